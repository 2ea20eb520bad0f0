#define _GNU_SOURCE
#include "CHoldfastSystem.h"

#include <linux/futex.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct holdfast_signal {
    _Atomic uint32_t counter;
    _Atomic uint32_t sleepers;
};

holdfast_signal *holdfast_signal_make(void) { return calloc(1, sizeof(holdfast_signal)); }

void holdfast_signal_free(holdfast_signal *signal) { free(signal); }

uint32_t holdfast_signal_current(holdfast_signal *signal) { return atomic_load(&signal->counter); }

void holdfast_signal_raise(holdfast_signal *signal) {
    // Sequentially consistent on both words: either the raiser sees the sleeper, or the sleeper's futex call
    // sees the new counter.
    atomic_fetch_add(&signal->counter, 1);
    if (atomic_load(&signal->sleepers) > 0)
        syscall(SYS_futex, &signal->counter, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

int64_t holdfast_signal_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000 + now.tv_nsec;
}

int holdfast_signal_wait(holdfast_signal *signal, uint32_t seen, int64_t spin_ns, int64_t timeout_ns) {
    if (spin_ns > 0) {
        int64_t end = holdfast_signal_clock() + spin_ns;
        do {
            for (int round = 0; round < 32; round++) {
                if (atomic_load_explicit(&signal->counter, memory_order_acquire) != seen) return 1;
#if defined(__x86_64__)
                __builtin_ia32_pause();
#endif
            }
        } while (holdfast_signal_clock() < end);
    }
    struct timespec timeout = {timeout_ns / 1000000000, timeout_ns % 1000000000};
    atomic_fetch_add(&signal->sleepers, 1);
    syscall(SYS_futex, &signal->counter, FUTEX_WAIT_PRIVATE, seen, timeout_ns < 0 ? NULL : &timeout, NULL, 0);
    atomic_fetch_sub(&signal->sleepers, 1);
    return 0;
}
