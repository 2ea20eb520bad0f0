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

    /// getpid(2) and the kernel's random id of this start.
    public var process: ProcessIdentity { ProcessIdentity(number: getpid(), bootID: Self.readBootID()) }

    /// Empty where the kernel does not tell: it only makes a message clearer.
    private static func readBootID() -> String {
        let descriptor = unsafe Glibc.open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { _ = Glibc.close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        // SAFETY: at most the array's own length is filled.
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
        }
        return String(decoding: bytes.prefix(max(0, count)).prefix { $0 > 32 }, as: UTF8.self)
    }

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
