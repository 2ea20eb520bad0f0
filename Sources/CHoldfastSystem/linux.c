#define _GNU_SOURCE
#include "CHoldfastSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int holdfast_o_direct(void) { return O_DIRECT; }

int holdfast_fallocate(int descriptor, int64_t offset, int64_t length) {
    int result;
    do result = fallocate(descriptor, 0, offset, length);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

int holdfast_getrandom(void *bytes, size_t length) {
    uint8_t *next = bytes;
    while (length > 0) {
        ssize_t got = getrandom(next, length, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            return errno;
        }
        next += got;
        length -= (size_t)got;
    }
    return 0;
}

int holdfast_thread_be_idle(void) {
    struct sched_param none = {0};
    if (pthread_setschedparam(pthread_self(), SCHED_IDLE, &none) == 0) return 0;
    // On Linux a nice value belongs to the thread (setpriority(2), "C library/kernel differences").
    return setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 19) == 0 ? 0 : errno;
}

int holdfast_thread_be_normal(void) {
    struct sched_param none = {0};
    int code = pthread_setschedparam(pthread_self(), SCHED_OTHER, &none);
    // A nice value raised by `be_idle` may not be lowered without privilege; that is no failure.
    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 0);
    return code;
}

void holdfast_thread_name(const char *name) { pthread_setname_np(pthread_self(), name); }

// close_range(2) as a number: Glibc has it from 2.34 on.
static void close_between(unsigned first, unsigned last) {
    if (first <= last) (void)syscall(SYS_close_range, first, last, 0);
}

int holdfast_fork(int kept) {
    pid_t parent = getpid();
    pid_t child = fork();
    if (child < 0) return -errno;
    if (child > 0) return child;
    // Whoever outlived the caller would hold its lock and its sockets.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(1);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    if (kept > 2) {
        close_between(3, (unsigned)kept - 1);
        close_between((unsigned)kept + 1, ~0U);
    }
    (void)setpriority(PRIO_PROCESS, 0, 5);
    return 0;
}

void holdfast_exit(int status) { _exit(status); }

int holdfast_child(int process) {
    int status = 0;
    pid_t ended;
    do ended = waitpid(process, &status, WNOHANG);
    while (ended < 0 && errno == EINTR);
    if (ended < 0) return -errno;
    if (ended == 0) return 0;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 1 : 2;
}

void holdfast_child_end(int process) {
    (void)kill(process, SIGKILL);
    pid_t ended;
    do ended = waitpid(process, NULL, 0);
    while (ended < 0 && errno == EINTR);
}
