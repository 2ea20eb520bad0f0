#define _GNU_SOURCE
#include "CHoldfastMemory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const size_t large_page = HOLDFAST_MEMORY_LARGE_PAGE;

// Maps `size` bytes at a multiple of a large page, if they are to lie in such pages.
static void *map_aligned(size_t size) {
    int is_large = size >= HOLDFAST_MEMORY_LARGE;
    size_t slack = is_large ? large_page : 0;
    uint8_t *start = mmap(
        NULL, size + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) return NULL;
    if (!is_large) return start;
    size_t before = (large_page - (uintptr_t)start % large_page) % large_page;
    if (before > 0) munmap(start, before);
    if (slack > before) munmap(start + before + size, slack - before);
    // A wish: without large pages everything works, slower.
    madvise(start + before, size, MADV_HUGEPAGE);
    return start + before;
}

void *holdfast_memory_make(size_t size) {
    if (size >= HOLDFAST_MEMORY_STEP) return map_aligned(size);
    // Whole cache lines.
    void *memory = aligned_alloc(64, (size + 63) / 64 * 64);
    if (memory != NULL) memset(memory, 0, size);
    return memory;
}

static void *copy_small(void *memory, size_t size, size_t larger) {
    void *copy = holdfast_memory_make(larger);
    if (copy == NULL) return NULL;
    memcpy(copy, memory, size);
    free(memory);
    return copy;
}

void *holdfast_memory_grow(void *memory, size_t size, size_t larger) {
    if (size < HOLDFAST_MEMORY_STEP) return copy_small(memory, size, larger);
    void *target = map_aligned(larger);
    if (target == NULL) return NULL;
    // Takes the place of the target and is as long: one mapping, which the next move can take as a whole
    // (before Linux 6.17 a move of several is refused). What is behind the old end is zeros.
    void *moved = mremap(memory, size, larger, MREMAP_MAYMOVE | MREMAP_FIXED, target);
    if (moved == MAP_FAILED) {
        munmap(target, larger);
        return NULL;
    }
    // The moved part keeps the wishes of its old self.
    if (larger >= HOLDFAST_MEMORY_LARGE) madvise(target, larger, MADV_HUGEPAGE);
    return moved;
}

void holdfast_memory_touch(void *memory, size_t size) {
    volatile uint8_t *bytes = memory;
    // Written as they are: they may be in use.
    for (size_t offset = 0; offset < size; offset += 4096) bytes[offset] = bytes[offset];
}

void holdfast_memory_discard(void *memory, size_t start, size_t end) {
    size_t first = (start + large_page - 1) / large_page * large_page;
    size_t last = end / large_page * large_page;
    if (first < last) madvise((uint8_t *)memory + first, last - first, MADV_DONTNEED);
}

void holdfast_memory_free(void *memory, size_t size) {
    if (size >= HOLDFAST_MEMORY_STEP) {
        munmap(memory, size);
    } else {
        free(memory);
    }
}
