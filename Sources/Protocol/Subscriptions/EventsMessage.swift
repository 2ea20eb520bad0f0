// The body of `events`: a stretch of the log, and those events of it that were asked for.
//
//     0  8  position the stretch begins at: where the last `events` or `progress` ended, or as asked for
//     8  8  position behind it: where to subscribe again
//     16 4  count of events
//     20 …  each event: its position in 8 bytes, then its header and payload
//
// For keys with audit the bytes of an event are those of the log, the leaves of its Merkle tree.

/// What stands before the events.
package struct EventsHead: Equatable, Sendable {
    package static let byteCount = 20
    /// Before each event.
    package static let positionByteCount = 8

    package var start: UInt64
    package var end: UInt64
    package var count: UInt32

    package init(start: UInt64, end: UInt64, count: UInt32) {
        (self.start, self.end, self.count) = (start, end, count)
    }

    init(reading cursor: inout WireCursor) throws(WireError) {
        (start, end) = (try cursor.u64("start"), try cursor.u64("end"))
        count = try cursor.u32("count")
    }

    /// Writes it where room was left for it.
    package func write(to buffer: inout WireBuffer, at offset: Int) {
        buffer.set(start, at: offset)
        buffer.set(end, at: offset + 8)
        buffer.set(count, at: offset + 16)
    }

    /// Leaves room for a head, to be written when the events behind it are known.
    ///
    /// - Returns: where it is to stand.
    package static func leaveRoom(in buffer: inout WireBuffer) -> Int {
        let offset = buffer.count
        EventsHead(start: 0, end: 0, count: 0).put(to: &buffer)
        return offset
    }

    private func put(to buffer: inout WireBuffer) {
        buffer.put(start)
        buffer.put(end)
        buffer.put(count)
    }
}

/// An event as it came, in the bytes of the message.
package struct WireEvent: ~Escapable {
    package let position: UInt64
    /// Header and payload.
    package let bytes: RawSpan

    @_lifetime(copy bytes)
    fileprivate init(position: UInt64, bytes: RawSpan) {
        self.position = position
        self.bytes = bytes
    }
}

/// Walks over the events of a message where they lie; every length is checked.
package struct WireEventCursor: ~Copyable, ~Escapable {
    package let head: EventsHead
    private var cursor: WireCursor
    private var left: UInt32

    /// Of an event's header: its length stands in the last two.
    private static var headerByteCount: Int { 14 }

    @_lifetime(copy body)
    package init(_ body: RawSpan) throws(WireError) {
        var cursor = WireCursor(body)
        head = try EventsHead(reading: &cursor)
        left = head.count
        self.cursor = cursor
    }

    /// The next event; nil behind the last.
    @_lifetime(copy self)
    package mutating func next() throws(WireError) -> WireEvent? {
        guard left > 0 else {
            try cursor.expectEnd()
            return nil
        }
        left &-= 1
        let position = try cursor.u64("position")
        let rest = cursor.rest
        let header = try cursor.run("header", count: Self.headerByteCount)
        var length = WireCursor(header.extracting(12..<Self.headerByteCount))
        let payloadLength = Int(try length.u16("length"))
        _ = try cursor.run("payload", count: payloadLength)
        return WireEvent(
            position: position, bytes: rest.extracting(0..<Self.headerByteCount + payloadLength))
    }
}
