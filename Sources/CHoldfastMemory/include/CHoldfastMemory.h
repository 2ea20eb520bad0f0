// Memory for tables: stretches of zeros that grow without copying, in large pages, and hints to the cache.
#ifndef CHOLDFAST_MEMORY_H
#define CHOLDFAST_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Sizes in bytes. Constants of an enum, since Swift sees no macros with casts.
enum {
    // Below this size a stretch is a piece of the heap, since mapping costs more than copying so little; from
    // it on sizes are multiples of it.
    HOLDFAST_MEMORY_STEP = 64 << 10,
    // From this size on a stretch lies in large pages, if the system has them: a look-up at random in
    // gigabytes of 4 KiB pages costs a second cache miss for the page's own address.
    HOLDFAST_MEMORY_LARGE = 4 << 20,
    HOLDFAST_MEMORY_LARGE_PAGE = 2 << 20,
};

/// A stretch of zeros; null if the system has none. Pages cost nothing until they are touched.
void *holdfast_memory_make(size_t size);
/// The same bytes followed by zeros, perhaps elsewhere: from HOLDFAST_MEMORY_STEP on pages are moved, not
/// copied. Null if the system refuses; then nothing has changed.
void *holdfast_memory_grow(void *memory, size_t size, size_t larger);
/// Takes the pages of the first `size` bytes now, so that nobody waits for them later.
void holdfast_memory_touch(void *memory, size_t size);
/// Gives the pages that lie wholly between two offsets back; they read as zeros again.
void holdfast_memory_discard(void *memory, size_t start, size_t end);
void holdfast_memory_free(void *memory, size_t size);

/// Asks for the cache line at an address, which may be any, without waiting for it.
static inline void holdfast_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }

/// A bit for each of eight words that equals `word`, the first one lowest. All are compared without a branch,
/// in vectors: Swift 6.3 compiles the operators of `SIMD8` to a loop.
static inline uint32_t holdfast_equal_words(const uint32_t *words, uint32_t word) {
    typedef uint32_t vector __attribute__((vector_size(16)));
    vector low, high;
    memcpy(&low, words, sizeof low);
    memcpy(&high, words + 4, sizeof high);
    vector bits = ((vector)(low == word) & (vector){1, 2, 4, 8})
                  | ((vector)(high == word) & (vector){16, 32, 64, 128});
    return bits[0] | bits[1] | bits[2] | bits[3];
}

#endif
