#define _GNU_SOURCE
#include "CHoldfastSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
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
