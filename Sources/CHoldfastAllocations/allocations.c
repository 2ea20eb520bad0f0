#define _GNU_SOURCE
#include "CHoldfastAllocations.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define STANDS_IN 0
#endif
#endif
#if !defined(__GLIBC__)
#define STANDS_IN 0
#endif
#ifndef STANDS_IN
#define STANDS_IN 1
#endif

// The program's own thread-local storage: reaching it allocates nothing.
static _Thread_local uint64_t of_thread;
static _Atomic uint64_t of_process;

int holdfast_allocations_are_counted(void) { return STANDS_IN; }

uint64_t holdfast_allocations_of_thread(void) { return of_thread; }

uint64_t holdfast_allocations_of_process(void) {
    return atomic_load_explicit(&of_process, memory_order_relaxed);
}

#if STANDS_IN
// glibc's own entry points; what they return is freed by glibc's free, which stays in place.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static void count(void) {
    of_thread++;
    atomic_fetch_add_explicit(&of_process, 1, memory_order_relaxed);
}

void *malloc(size_t size) {
    count();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count();
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    count();
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

// Tables take their memory from the system themselves. What glibc maps for malloc does not come by here.
void *mmap(void *address, size_t size, int protection, int flags, int file, off_t offset) {
    count();
    return (void *)syscall(SYS_mmap, address, size, protection, flags, file, offset);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
    void *memory = memalign(alignment, size);
    if (memory == NULL) return ENOMEM;
    *result = memory;
    return 0;
}
#endif
