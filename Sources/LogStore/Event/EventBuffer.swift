/// A caller's reusable buffer of encoded events: one group, appended to the log whole.
///
/// A group lies in one frame and in one month. Nothing is allocated while it stays within its capacity.
/// Used by one thread.
public struct EventBuffer: ~Copyable {
    private var storage: [UInt8]
    /// Bytes in use.
    public private(set) var byteCount = 0
    /// Events in the buffer.
    public private(set) var count = 0
    /// Times of the first and last event; meaningless while empty.
    package private(set) var firstTime: UInt64 = 0
    package private(set) var lastTime: UInt64 = 0

    /// - Parameter capacity: bytes, events' headers included. It is a hard limit.
    public init(capacity: Int) { storage = [UInt8](repeating: 0, count: capacity) }

    /// Bytes the buffer can hold.
    public var capacity: Int { storage.count }

    /// Forgets the events, keeps the memory.
    public mutating func removeAll() {
        byteCount = 0
        count = 0
    }

    /// Adds one event. Returns false, and changes nothing, if it does not fit.
    ///
    /// The payload is at most 65,521 bytes, the type below 0xFF00, and the time after the previous event's;
    /// anything else is a mistake of the caller and stops the process. A time beyond
    /// `EventHeader.callerTimeMax` is taken here and refused by the log.
    @inline(__always)
    public mutating func append(
        type: UInt16, schema: UInt8, flags: UInt8 = 0, time: UInt64, payload: RawSpan
    ) -> Bool {
        invariant(type < EventHeader.reservedTypeMin, "event type \(type) is reserved for the log")
        return appendAny(type: type, schema: schema, flags: flags, time: time, payload: payload)
    }

    /// `append` without the check of the type, for LogStore's own events.
    @inline(__always)
    package mutating func appendAny(
        type: UInt16, schema: UInt8, flags: UInt8, time: UInt64, payload: RawSpan
    ) -> Bool {
        invariant(payload.byteCount <= EventHeader.payloadBytesMax, "a payload of \(payload.byteCount) bytes")
        invariant(count == 0 || time > lastTime, "event time \(time) is not after \(lastTime)")
        let start = byteCount
        let end = start + EventHeader.byteCount + payload.byteCount
        guard end <= storage.count else { return false }
        let header = EventHeader(
            type: type, schema: schema, flags: flags, time: time,
            payloadLength: UInt16(payload.byteCount))
        storage.withMutableRawSpan { span in
            header.write(to: &span, at: start)
            span.copy(from: payload, at: start + EventHeader.byteCount)
        }
        if count == 0 { firstTime = time }
        lastTime = time
        byteCount = end
        count += 1
        return true
    }

    /// The events as the log takes them.
    package var group: EncodedGroup {
        @_lifetime(borrow self)
        borrowing get {
            EncodedGroup(unchecked: bytes, count: count, firstTime: firstTime, lastTime: lastTime)
        }
    }

    /// The encoded events.
    package var bytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
            unsafe storage.span.bytes.extracting(0..<byteCount)
        }
    }
}
