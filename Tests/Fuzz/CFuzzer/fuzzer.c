#define _GNU_SOURCE
#include "CFuzzer.h"

#include <stdio.h>
#include <sys/resource.h>

extern int LLVMFuzzerRunDriver(int *argc, char ***argv, holdfast_fuzz_target target) __attribute__((weak));
extern size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t capacity) __attribute__((weak));

static holdfast_fuzz_repair current_repair;

int holdfast_fuzz_is_available(void) { return LLVMFuzzerRunDriver != NULL && LLVMFuzzerMutate != NULL; }

int holdfast_fuzz_run(int argc, char **argv, holdfast_fuzz_target target, holdfast_fuzz_repair repair) {
    if (!holdfast_fuzz_is_available()) return -1;
    current_repair = repair;
    return LLVMFuzzerRunDriver(&argc, &argv, target);
}

// libFuzzer finds this by its name.
__attribute__((used, visibility("default"))) size_t
LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t capacity, unsigned seed) {
    if (LLVMFuzzerMutate == NULL) return size;
    size = LLVMFuzzerMutate(bytes, size, capacity);
    if (current_repair == NULL || seed % 8 == 0) return size;
    return current_repair(bytes, size, capacity);
}

int holdfast_fuzz_limit_memory(size_t bytes) {
    FILE *status = fopen("/proc/self/statm", "re");
    if (status == NULL) return 0;
    unsigned long total, resident, shared, text, library, data;
    int fields = fscanf(
        status, "%lu %lu %lu %lu %lu %lu", &total, &resident, &shared, &text, &library, &data);
    fclose(status);
    if (fields != 6) return 0;
    rlim_t limit = (rlim_t)data * 4096 + bytes;
    struct rlimit limits = {limit, limit};
    return setrlimit(RLIMIT_DATA, &limits) == 0;
}
