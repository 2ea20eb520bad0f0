/// A group of events as bytes somewhere, in the form the log holds them: what `append` takes.
///
/// Whoever encodes a log's events into memory of its own hands them over as they lie, instead of copying each
/// into an `EventBuffer`.
public struct EncodedGroup: ~Escapable {
    /// The events, headers included, one after the other.
    package let bytes: RawSpan
    package let count: Int
    /// Times of the first and last event.
    package let firstTime: UInt64
    package let lastTime: UInt64

    @_lifetime(copy bytes)
    init(unchecked bytes: RawSpan, count: Int, firstTime: UInt64, lastTime: UInt64) {
        (self.bytes, self.count, self.firstTime, self.lastTime) = (bytes, count, firstTime, lastTime)
    }

    /// Takes encoded events, looking at every header.
    ///
    /// Types below 0xFF00, times that increase, and lengths that add up are the caller's duty: anything else
    /// is a mistake of the program and stops the process.
    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan) {
        var (offset, count, first, last) = (0, 0, UInt64(0), UInt64(0))
        while offset < bytes.byteCount {
            invariant(offset &+ EventHeader.byteCount <= bytes.byteCount, "half an event at \(offset)")
            let header = EventHeader(reading: bytes, at: offset)
            invariant(header.type < EventHeader.reservedTypeMin, "type \(header.type) is the log's own")
            invariant(count == 0 || header.time > last, "event time \(header.time) is not after \(last)")
            if count == 0 { first = header.time }
            last = header.time
            offset &+= EventHeader.byteCount &+ Int(header.payloadLength)
            count &+= 1
        }
        invariant(offset == bytes.byteCount, "the last of \(count) events ends behind the group")
        self.init(unchecked: bytes, count: count, firstTime: first, lastTime: last)
    }
}
