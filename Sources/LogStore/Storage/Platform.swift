/// The machine below the log: disk, clock and randomness, in one generic parameter.
///
/// `LinuxPlatform` is the real one; the `Simulation` module has its deterministic twin.
public protocol Platform: Sendable {
    associatedtype Disk: Storage

    var disk: Disk { get }
    /// Wall clock, nanoseconds since the Unix epoch. Information only: order is the sequence.
    func wallTime() -> UInt64
    /// A clock that never goes back, nanoseconds; for pacing and deadlines.
    func monotonicTime() -> UInt64
    /// Which process this is, for whoever finds its lock.
    var process: ProcessIdentity { get }
    /// Fills `bytes` with cryptographically strong randomness (keys, UUIDs).
    func fillRandom(_ bytes: inout MutableRawSpan)
}

extension Platform {
    /// 16 random bytes with the version 4 and variant bits of RFC 9562.
    package func makeUUID() -> LogUUID {
        var bytes = [UInt8](repeating: 0, count: 16)
        bytes.withMutableRawSpan { span in fillRandom(&span) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        return LogUUID(bytes: bytes)
    }
}

/// A process among those of every machine.
public struct ProcessIdentity: Sendable, Equatable {
    /// The operating system's number of it.
    public var number: Int32
    /// One start of one machine; empty if it is not known.
    public var bootID: String

    /// A process of the machine that was started under `bootID`.
    public init(number: Int32, bootID: String) {
        self.number = number
        self.bootID = bootID
    }
}
