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
/// Puts the calling thread into SCHED_IDLE or, if that is refused, at the lowest nice value. Returns 0 or an
/// errno.
int holdfast_thread_be_idle(void);
/// Puts the calling thread back into SCHED_OTHER at the default nice value. Returns 0 or an errno.
int holdfast_thread_be_normal(void);
/// Names the calling thread (at most 15 bytes) for top, perf and gdb.
void holdfast_thread_name(const char *name);

// --- A copy of this process ----------------------------------------------------------------------

/// fork(2) for one piece of work: the copy has the calling thread alone, no descriptor above 2 but `kept`,
/// ends when the caller's thread does, leaves interrupts from the terminal alone, and has a lower priority.
/// Returns 0 in the copy, its process id in the caller, or a negative errno.
int holdfast_fork(int kept);
/// Ends the calling process at once, without what a process does at its end.
void holdfast_exit(int status);
/// Whether a child has ended: 0 if not, 1 if well, 2 if with another status or by a signal, or a negative
/// errno. To be asked no more once it has.
int holdfast_child(int process);
/// Kills a child that has not ended, and waits for its end.
void holdfast_child_end(int process);

// --- A signal between threads: a counter one can sleep on --------------------------------------------

typedef struct holdfast_signal holdfast_signal;

holdfast_signal *holdfast_signal_make(void);
void holdfast_signal_free(holdfast_signal *signal);
/// The counter now. Read it before testing the condition, pass it to `wait` if the test fails.
uint32_t holdfast_signal_current(holdfast_signal *signal);
/// Counts up and wakes every sleeper. One atomic add when nobody sleeps.
void holdfast_signal_raise(holdfast_signal *signal);
/// Returns once the counter differs from `seen` or after `timeout_ns` (negative: no limit). Looks for
/// `spin_ns` before it sleeps: waking a thread on a sleeping core costs tens of microseconds. Returns 1 if
/// the counter changed before it slept.
int holdfast_signal_wait(holdfast_signal *signal, uint32_t seen, int64_t spin_ns, int64_t timeout_ns);
// The clock the timeout runs on, nanoseconds.
int64_t holdfast_signal_clock(void);

#endif
