#ifndef HOLDFAST_PROVE_MEMORY_H
#define HOLDFAST_PROVE_MEMORY_H

#include <stdint.h>

/// Has the C library keep freed memory for the next case, instead of giving it back to the kernel and having
/// it zeroed anew. Once, before anything is allocated in quantity.
void holdfast_prove_keep_memory(void);

/// Signatures found valid before, and not verified again.
uint64_t holdfast_prove_signatures_remembered(void);

#endif
