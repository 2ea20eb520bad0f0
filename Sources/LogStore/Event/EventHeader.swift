/// The first 14 bytes of every event.
///
///     0  2  type            LogStore's own types are 0xFF00 and above
///     2  1  schema version
///     3  1  flags           the caller's; LogStore keeps them
///     4  8  time            nanoseconds since the Unix epoch, strictly increasing along the log, below 2^63
///     12 2  payload length
///     14 …  payload
///
/// These exact bytes are the Merkle leaf input, the record in a WAL frame, what a sealed block gives back and
/// what a subscriber receives. The sequence is implicit by position.
public struct EventHeader: Sendable, Equatable {
    public var type: UInt16
    public var schema: UInt8
    public var flags: UInt8
    /// Nanoseconds since the Unix epoch.
    public var time: UInt64
    /// Bytes after the header.
    public var payloadLength: UInt16

    public static let byteCount = 14
    /// A whole event, header included, fits a 16-bit length.
    public static let eventBytesMax = 65_535
    public static let payloadBytesMax = eventBytesMax - byteCount
    /// The latest time an event can have, in the year 2262.
    public static let timeMax: UInt64 = (1 << 63) - 1
    /// The latest time a caller's event can have. The 18 minutes behind it are kept for LogStore's own acts:
    /// whatever was appended, the log can still be opened, ended and opened again.
    public static let callerTimeMax: UInt64 = timeMax - (1 << 40)
    /// Types from here on belong to LogStore.
    public static let reservedTypeMin: UInt16 = 0xFF00

    public init(type: UInt16, schema: UInt8, flags: UInt8, time: UInt64, payloadLength: UInt16) {
        self.type = type
        self.schema = schema
        self.flags = flags
        self.time = time
        self.payloadLength = payloadLength
    }

    @inline(__always)
    package init(reading span: RawSpan, at offset: Int) {
        type = span.u16(offset)
        schema = span.u8(offset + 2)
        flags = span.u8(offset + 3)
        time = span.u64(offset + 4)
        payloadLength = span.u16(offset + 12)
    }

    @inline(__always)
    package func write(to span: inout MutableRawSpan, at offset: Int) {
        span.set(type, at: offset)
        span.set(schema, at: offset + 2)
        span.set(flags, at: offset + 3)
        span.set(time, at: offset + 4)
        span.set(payloadLength, at: offset + 12)
    }
}
