// A power cut for one process, by LD_PRELOAD.
//
// SIGKILL leaves the page cache intact, so a missing sync goes unnoticed. This library lets every
// file-system call below one directory happen for real, remembers how to undo what has not been made
// durable, and on command undoes a random part of it and kills the process. What the next process finds is
// a state that a power cut could have left.
//
// Build:  make shim                       (.build/crash-shim/libholdfast-crash-shim.so)
// Test:   make shim-test
//
// Environment (exec the program directly; the shim removes LD_PRELOAD, so that children run without it):
//   LD_PRELOAD               the library
//   HOLDFAST_SHIM_ROOT       the directory whose effects can be lost; without it the shim does nothing
//   HOLDFAST_SHIM_SIDE       a directory OUTSIDE root on the same file system, for replaced and removed
//                            files. Its content is of no use after the crash; empty it between runs
//   HOLDFAST_SHIM_CONTROL    a FIFO; 'K' and a seed of 8 bytes (little-endian) make the crash
//   HOLDFAST_SHIM_CRASH_AT   or: crash inside the Nth (from 1) tracked mutating call, after its effect
//                            happened and before it returns; a sync at N has not become durable. With
//   HOLDFAST_SHIM_SEED       the seed in decimal (default 0)
//   HOLDFAST_SHIM_SUMMARY    a file; the crash (and a normal exit) appends one line of JSON
//   HOLDFAST_SHIM_IGNORE     `sync`: fsync, fdatasync, O_SYNC and O_DSYNC of files make nothing durable;
//                            `dirsync`: fsync of directories makes nothing durable; `sync,dirsync`: both.
//                            For proving that a suite can fail
//
// Rules, those of POSIX read strictly:
//   - fsync/fdatasync of a file makes its bytes and size durable, not its name.
//   - A write through O_DSYNC or O_SYNC is durable once the call has returned; until then it can tear.
//   - fsync of a directory makes the names in it durable. A rename between two directories belongs to the
//     target's.
//   - What was there before the process started is durable.
// A crash keeps, for every file, a random subset of the 512-byte sectors written since its last sync (all,
// none, half, all but one, one, a prefix, a suffix), the old or the new size, or one between; for every
// directory a random prefix of the operations on its names since its last sync. A sector is either as at
// the last sync or as now, never a version between. A file whose creation is undone is gone with its data,
// synced or not.
//
// Not seen: mmap'ed writes, io_uring, descriptors opened by stdio or mkstemp, writes by child processes.
// A rename over an existing directory ends the process with code 99, as does trouble of the shim's own.
//
// Threads: one lock is held through every tracked call, syncs included, so a crash falls between calls or,
// since a call in flight when the crash is asked for never returns, at the end of one. All other threads
// are frozen by a signal before anything is undone. The shim allocates only with mmap: a frozen thread may
// hold the lock of malloc.
//
// Files: this one starts and watches; `files.c` undoes bytes, `names.c` names, `crash.c` decides and ends;
// `calls_*.c` are the interposed calls.

#include "shim.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
atomic_bool active, crash_wanted, crashing;
char summary_path[PATH_MAX];
static char root[PATH_MAX], control_path[PATH_MAX];
static size_t root_length;
int side = -1;
bool ignore_sync, ignore_directory_sync;
uint64_t crash_at, crash_seed, operation_count, held_count;
struct slot *slots;
struct file *files;
struct directory *directories;
struct operation *oldest, *youngest;
pid_t own_process;
atomic_int watcher_thread;

void fail(const char *what) {
    dprintf(2, "crash shim: %s: %s\n", what, strerror(errno));
    _exit(99);
}

void *pages(size_t size) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED) fail("mmap");
    return memory;
}

bool is_below_root(const char *path) {
    return strncmp(path, root, root_length) == 0 && (path[root_length] == 0 || path[root_length] == '/');
}

/// False also in a child between vfork and exec, which shares our memory but not our descriptors.
bool owns_descriptors(void) { return atomic_load(&active) && getpid() == own_process; }

void enter(void) { pthread_mutex_lock(&lock); }

void leave(void) { pthread_mutex_unlock(&lock); }

static void stop_here(void) {
    leave();
    for (;;) pause();
}

/// At the end of every tracked mutating call whose effect happened, before its durability is recorded. Does
/// not come back if the crash is to fall here.
void effect_happened(void) {
    operation_count++;
    if (crash_at != 0 && operation_count == crash_at) crash(crash_seed, "operation");
    if (atomic_load(&crash_wanted)) stop_here();
}

static void *watch(void *unused) {
    (void)unused;
    atomic_store(&watcher_thread, (int)syscall(SYS_gettid));
    int fd = kernel_openat(AT_FDCWD, control_path, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) fail("cannot open the control FIFO");
    uint8_t message[9];
    size_t got = 0;
    while (got < sizeof message) {
        ssize_t more = syscall(SYS_read, fd, message + got, sizeof message - got);
        if (more > 0) got += (size_t)more;
        if (got > 0 && message[0] != 'K') got = 0;
    }
    uint64_t seed = 0;
    for (int i = 0; i < 8; i++) seed |= (uint64_t)message[1 + i] << (8 * i);
    atomic_store(&crash_wanted, true);
    enter();
    crash(seed, "control");
}

static void child_without_shim(void) { atomic_store(&active, false); }

static bool take_path(const char *variable, char path[PATH_MAX]) {
    const char *value = getenv(variable);
    if (!value || strlen(value) >= PATH_MAX) return false;
    strcpy(path, value);
    return true;
}

__attribute__((constructor)) static void start(void) {
    char given[PATH_MAX], side_path[PATH_MAX];
    if (!take_path("HOLDFAST_SHIM_ROOT", given)) return;
    if (!realpath(given, root)) fail("HOLDFAST_SHIM_ROOT");
    root_length = strlen(root);
    if (!take_path("HOLDFAST_SHIM_SIDE", side_path)) fail("HOLDFAST_SHIM_SIDE is not set");
    side = kernel_openat(AT_FDCWD, side_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (side < 0) fail("HOLDFAST_SHIM_SIDE");
    struct stat root_status, side_status;
    if (stat(root, &root_status) != 0 || fstat(side, &side_status) != 0) fail("stat");
    errno = EINVAL;
    if (root_status.st_dev != side_status.st_dev || descriptor_is_below_root(side))
        fail("HOLDFAST_SHIM_SIDE is inside root or on another file system");
    take_path("HOLDFAST_SHIM_SUMMARY", summary_path);
    const char *text = getenv("HOLDFAST_SHIM_IGNORE");
    if (text) {
        ignore_directory_sync = strstr(text, "dirsync") != NULL;
        ignore_sync = strncmp(text, "sync", 4) == 0 || strstr(text, ",sync") != NULL;
    }
    if ((text = getenv("HOLDFAST_SHIM_CRASH_AT"))) crash_at = strtoull(text, NULL, 10);
    if ((text = getenv("HOLDFAST_SHIM_SEED"))) crash_seed = strtoull(text, NULL, 10);
    own_process = getpid();
    slots = pages(DESCRIPTORS_MAX * sizeof *slots);
    struct sigaction action = {.sa_handler = freeze};
    sigfillset(&action.sa_mask);
    if (sigaction(FREEZE_SIGNAL, &action, NULL) != 0) fail("sigaction");
    pthread_atfork(NULL, NULL, child_without_shim);
    atomic_store(&active, true);
    if (take_path("HOLDFAST_SHIM_CONTROL", control_path)) {
        sigset_t all, old;
        pthread_t thread;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &old);
        if (pthread_create(&thread, NULL, watch, NULL) != 0) fail("pthread_create");
        pthread_sigmask(SIG_SETMASK, &old, NULL);
    }
    unsetenv("HOLDFAST_SHIM_ROOT");
    unsetenv("LD_PRELOAD");
}

/// A program that ends by itself loses nothing here, but says how many operations there were to crash at.
__attribute__((destructor)) static void finish(void) {
    if (!atomic_load(&active) || atomic_load(&crashing)) return;
    struct tally none = {0};
    write_summary("exit", 0, 0, &none);
}
