#ifndef HOLDFAST_CRASH_SHIM_H
#define HOLDFAST_CRASH_SHIM_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define SECTOR 512
#define CHUNK_SECTORS 128
#define CHUNK_BYTES (SECTOR * CHUNK_SECTORS)
#define CHUNKS_MAX (1 << 20)  // a file of at most 64 GiB
#define DESCRIPTORS_MAX 65536
#define FREEZE_SIGNAL (SIGRTMAX - 1)

// State. Everything is touched only under `lock`, except the atomics.

/// Pre-images of 128 neighbouring sectors. Bit n of `pending` is set if sector n was written since the last
/// sync.
struct chunk {
    struct chunk *next_free;
    uint64_t pending[CHUNK_SECTORS / 64];
    uint8_t before[CHUNK_BYTES];
};

/// A regular file below root, by inode.
struct file {
    struct file *next;
    dev_t device;
    ino_t inode;
    int references;  // descriptors of the program
    int plain;       // our own read-write descriptor through the page cache; -1 until the first write
    int64_t durable_size;
    struct chunk **chunks;  // CHUNKS_MAX, lazily backed
    int64_t chunk_low, chunk_high;  // pending chunks lie in low ..< high
};

/// A directory below root (or root), by inode.
struct directory {
    struct directory *next;
    dev_t device;
    ino_t inode;
    int descriptor;  // ours
    int references;  // descriptors of the program and operations that name it
};

enum kind { CREATED, RENAMED, EXCHANGED, UNLINKED, MADE_DIRECTORY, REMOVED_DIRECTORY };

/// One change of a name that is not durable yet. `journal` is the directory whose sync settles it.
struct operation {
    struct operation *next;  // younger
    struct operation *previous;
    enum kind kind;
    struct directory *journal;
    struct directory *source;  // RENAMED, EXCHANGED
    uint64_t held;  // number of what was replaced or removed, kept in the side directory; 0 = nothing
    bool undo;
    char name[NAME_MAX + 1];
    char source_name[NAME_MAX + 1];
};

enum role { UNTRACKED, FILE_DESCRIPTOR, DIRECTORY_DESCRIPTOR };

struct slot {
    enum role role;
    bool synchronous;
    void *target;
};

/// What a crash found pending and what it undid.
struct tally {
    uint64_t files, sectors, sectors_dropped, sizes, sizes_restored, names, names_undone, errors;
};

extern atomic_bool active, crash_wanted, crashing;
extern atomic_int watcher_thread;
extern char summary_path[PATH_MAX];
extern int side;
extern bool ignore_sync, ignore_directory_sync;
extern uint64_t crash_at, crash_seed, operation_count, held_count;
extern struct slot *slots;
extern struct file *files;
extern struct directory *directories;
extern struct operation *oldest, *youngest;
extern pid_t own_process;

// crash_shim.c
void fail(const char *what) __attribute__((noreturn));
void *pages(size_t size);
bool owns_descriptors(void);
void enter(void);
void leave(void);
void effect_happened(void);
bool is_below_root(const char *path);

// files.c
int64_t size_of(int fd);
struct file *find_file(const struct stat *status);
struct file *file_of(int fd);
void prepare(struct file *file, int fd);
bool is_pending(const struct chunk *chunk, int sector);
void remember(struct file *file, int64_t start, int64_t end);
void forget_all(struct file *file);
void forget_range(struct file *file, int64_t start, int64_t end);
void drop_if_idle(struct file *file);

// names.c
bool descriptor_is_below_root(int fd);
struct directory *directory_of(int fd);
void release(struct directory *directory);
bool locate(int at, const char *path, struct directory **directory, char name[NAME_MAX + 1]);
const char *held_name(uint64_t number, char buffer[48]);
uint64_t hold(struct directory *directory, const char *name);
void let_go(uint64_t number);
void record(
    enum kind kind, struct directory *journal, const char *name, struct directory *source,
    const char *source_name, uint64_t held);
void names_are_durable(struct directory *directory);

// calls_open.c
struct slot *slot_of(int fd);
int tracked_open(int at, const char *path, int flags, mode_t mode);

// crash.c
void write_summary(const char *trigger, uint64_t seed, int threads, const struct tally *tally);
void freeze(int signal);
void crash(uint64_t seed, const char *trigger) __attribute__((noreturn));

// Records of one type, a few hundred bytes each and a few thousand in a run: from a free list of their own.
#define POOL(type)                                              \
    static type *free_##type##s;                                \
    static type *new_##type(void) {                             \
        if (!free_##type##s) {                                  \
            type *block = pages(64 * sizeof(type));             \
            for (int i = 0; i < 64; i++) {                      \
                block[i].next = free_##type##s;                 \
                free_##type##s = &block[i];                     \
            }                                                   \
        }                                                       \
        type *taken = free_##type##s;                           \
        free_##type##s = taken->next;                           \
        memset(taken, 0, sizeof *taken);                        \
        return taken;                                           \
    }                                                           \
    static void free_##type(type *returned) {                   \
        returned->next = free_##type##s;                        \
        free_##type##s = returned;                              \
    }

// The kernel itself, past our own interposition.

static inline int kernel_openat(int at, const char *path, int flags, mode_t mode) {
    return (int)syscall(SYS_openat, at, path, flags, mode);
}
static inline int kernel_close(int fd) { return (int)syscall(SYS_close, fd); }
static inline ssize_t kernel_pread(int fd, void *bytes, size_t size, int64_t offset) {
    return syscall(SYS_pread64, fd, bytes, size, offset);
}
static inline ssize_t kernel_pwrite(int fd, const void *bytes, size_t size, int64_t offset) {
    return syscall(SYS_pwrite64, fd, bytes, size, offset);
}
static inline int kernel_truncate(int fd, int64_t size) { return (int)syscall(SYS_ftruncate, fd, size); }
static inline int kernel_rename(int from, const char *source, int to, const char *target, unsigned flags) {
    return (int)syscall(SYS_renameat2, from, source, to, target, flags);
}
static inline int kernel_unlink(int at, const char *name, int flags) {
    return (int)syscall(SYS_unlinkat, at, name, flags);
}
static inline int kernel_link(int from, const char *source, int to, const char *target, int flags) {
    return (int)syscall(SYS_linkat, from, source, to, target, flags);
}

#endif
