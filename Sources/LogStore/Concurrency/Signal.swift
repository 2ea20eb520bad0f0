internal import CHoldfastSystem

/// A counter that threads sleep on: how the committer learns of work and waiters of durability.
///
/// Usage: read `current`, test the condition, and only if it fails `wait(since:)`; a raise between the two is
/// never missed. Any thread may raise, any may wait.
@safe package final class Signal: @unchecked Sendable {
    // SAFETY of `@unchecked Sendable`: the pointer is constant, and everything behind it is atomic.
    // SAFETY throughout: the pointer is what `holdfast_signal_make` gave and is freed by `deinit` alone.
    private let signal: OpaquePointer

    package init() {
        guard let signal = unsafe holdfast_signal_make() else { invariantViolated("no memory for a signal") }
        unsafe self.signal = signal
    }

    deinit { unsafe holdfast_signal_free(signal) }

    package var current: UInt32 { unsafe holdfast_signal_current(signal) }

    /// The clock timeouts run on, nanoseconds: for a waiter that is woken early and waits on.
    package static var clock: Int64 { holdfast_signal_clock() }

    package func raise() { unsafe holdfast_signal_raise(signal) }

    /// Returns once raised after `seen` was read, after the timeout, or spuriously; true if raised before it
    /// slept.
    @discardableResult
    package func wait(
        since seen: UInt32, spinNanoseconds: Int64 = 0, timeoutNanoseconds: Int64 = -1
    ) -> Bool {
        unsafe holdfast_signal_wait(signal, seen, spinNanoseconds, timeoutNanoseconds) == 1
    }
}
