// What Swift on Linux cannot say itself: a CPU instruction, and calls that Glibc's Swift overlay hides.
#ifndef CHOLDFAST_SYSTEM_H
#define CHOLDFAST_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

// --- CRC-32C (Castagnoli, reflected 0x82F63B78; RFC 3720 B.4) ---------------------------------

/// Continues `crc` (0 to start) over `length` bytes, with the SSE 4.2 instruction where the CPU has it.
uint32_t holdfast_crc32c(uint32_t crc, const void *bytes, size_t length);
/// The same value by table alone; the path of other CPUs, public so that tests can compare the two.
uint32_t holdfast_crc32c_table(uint32_t crc, const void *bytes, size_t length);
/// 1 if `holdfast_crc32c` uses the instruction on this machine.
int holdfast_crc32c_is_hardware(void);

// --- Byte-matrix transposition, the heart of the column shuffle ----------------------------------

/// `source` holds `rows` rows of `columns` bytes; `target` receives `columns` rows of `rows` bytes.
/// The two must not overlap; each holds rows × columns bytes.
void holdfast_transpose(uint8_t *target, const uint8_t *source, size_t rows, size_t columns);

// --- Linux ---------------------------------------------------------------------------------------

/// O_DIRECT of this architecture (Glibc hides it from Swift).
int holdfast_o_direct(void);
/// fallocate(2), mode 0: reserves blocks and extends the size. Returns 0 or an errno.
int holdfast_fallocate(int descriptor, int64_t offset, int64_t length);
/// getrandom(2) until `length` bytes are filled. Returns 0 or an errno.
int holdfast_getrandom(void *bytes, size_t length);
/// Sleeps while `*word == expected`, at most `timeout_ns` (negative: no limit). Spurious returns are legal.
void holdfast_futex_wait(uint32_t *word, uint32_t expected, int64_t timeout_ns);
/// Wakes every thread of this process that waits on `word`.
void holdfast_futex_wake_all(uint32_t *word);
/// Puts the calling thread into SCHED_IDLE or, if that is refused, at the lowest nice value. Returns 0 or an errno.
int holdfast_thread_be_idle(void);
/// Names the calling thread (at most 15 bytes) for top, perf and gdb.
void holdfast_thread_name(const char *name);

#endif
