// What Swift needs of libFuzzer, as weak symbols: a build without the fuzzer links too, and then only replays
// files.

#ifndef HOLDFAST_FUZZER_H
#define HOLDFAST_FUZZER_H

#include <stddef.h>
#include <stdint.h>

// Judges one input; returns 0, or stops the process.
typedef int (*holdfast_fuzz_target)(const uint8_t *bytes, size_t count);
// Makes checksums and lengths right again after a mutation; returns the new size, at most `capacity`.
typedef size_t (*holdfast_fuzz_repair)(uint8_t *bytes, size_t count, size_t capacity);

// Whether libFuzzer is linked in.
int holdfast_fuzz_is_available(void);

// Runs libFuzzer with its own command line until its limits are met. `repair` may be NULL. One in eight
// mutants is left unrepaired, so that the checks of checksums are exercised too.
int holdfast_fuzz_run(int argc, char **argv, holdfast_fuzz_target target, holdfast_fuzz_repair repair);

// Stops the process when it holds more than `bytes` of data beyond what it holds now; 0 if it cannot.
int holdfast_fuzz_limit_memory(size_t bytes);

#endif
