// Stands in for malloc and its relatives in the program it is linked into, and counts.
#ifndef CHOLDFAST_ALLOCATIONS_H
#define CHOLDFAST_ALLOCATIONS_H

#include <stdint.h>

/// 1 if allocations are counted; 0 under a sanitizer, which stands in for malloc itself.
int holdfast_allocations_are_counted(void);
/// Allocations the calling thread has made since it started. A call of realloc counts as one.
uint64_t holdfast_allocations_of_thread(void);
/// Allocations of all threads since the program started.
uint64_t holdfast_allocations_of_process(void);

#endif
