internal import CHoldfastSystem
internal import Glibc

/// The real machine.
public struct LinuxPlatform: Platform {
    /// One directory of the file system.
    public let disk: LinuxStorage

    /// A machine with this disk and the system's clocks and randomness.
    public init(disk: LinuxStorage) { self.disk = disk }

    /// CLOCK_REALTIME.
    public func wallTime() -> UInt64 { Self.read(CLOCK_REALTIME) }

    /// CLOCK_BOOTTIME: goes on while the machine sleeps, so that deadlines do not stretch.
    public func monotonicTime() -> UInt64 { Self.read(CLOCK_BOOTTIME) }

    /// getrandom(2).
    public func fillRandom(_ bytes: inout MutableRawSpan) {
        // SAFETY: the call fills exactly the span.
        let code = unsafe bytes.withUnsafeMutableBytes { unsafe holdfast_getrandom($0.baseAddress, $0.count) }
        // Keys and nonces depend on it: no randomness, no process.
        invariant(code == 0, "getrandom: \(ErrorNumber.text(code))")
    }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        // SAFETY: `time` is a place for the answer.
        let result = unsafe clock_gettime(clock, &time)
        invariant(result == 0 && time.tv_sec >= 0, "clock \(clock) is not readable or before 1970")
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
