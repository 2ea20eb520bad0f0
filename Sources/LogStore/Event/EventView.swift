/// One event, borrowed from a reader's buffer; valid until the reader moves on.
public struct EventView: ~Escapable {
    /// The whole event, header included: the Merkle leaf input.
    public let bytes: RawSpan
    /// 0-based position in the log.
    public let sequence: UInt64

    @inline(__always)
    @_lifetime(copy bytes)
    package init(bytes: RawSpan, sequence: UInt64) {
        self.bytes = bytes
        self.sequence = sequence
    }

    public var header: EventHeader { EventHeader(reading: bytes, at: 0) }

    public var payload: RawSpan {
        @_lifetime(copy self)
        get { bytes.extracting(EventHeader.byteCount..<bytes.byteCount) }
    }
}

/// A run of whole events, one after the other, as a frame or block holds them.
///
/// `init` walks the run once and rejects one whose lengths do not add up or whose times do not increase, so
/// that iteration needs no further checks.
public struct EventRun: ~Escapable {
    package let bytes: RawSpan
    /// How many events.
    public let count: Int
    /// Sequence of the first event.
    public let firstSequence: UInt64

    /// - Parameter after: the time of the event before the run; 0 at the start of the log.
    @_lifetime(copy bytes)
    package init(
        validating bytes: RawSpan, count: Int, firstSequence: UInt64, after: UInt64 = 0
    ) throws(DecodingFailure) {
        var offset = 0
        var time = after
        for index in 0..<count {
            guard bytes.byteCount - offset >= EventHeader.byteCount else {
                throw DecodingFailure(
                    "event \(index) of \(count) starts at \(offset) of \(bytes.byteCount) bytes")
            }
            let next = offset + EventHeader.byteCount + Int(bytes.u16(offset + 12))
            guard next <= bytes.byteCount, next - offset <= EventHeader.eventBytesMax else {
                throw DecodingFailure(
                    "event \(index) of \(count) ends at \(next) of \(bytes.byteCount) bytes")
            }
            let eventTime = bytes.u64(offset + 4)
            guard eventTime > time else {
                throw DecodingFailure("event \(index) has time \(eventTime), not after \(time)")
            }
            time = eventTime
            offset = next
        }
        guard time <= EventHeader.timeMax else {
            throw DecodingFailure("an event has time \(time), beyond \(EventHeader.timeMax)")
        }
        guard offset == bytes.byteCount else {
            throw DecodingFailure("\(count) events take \(offset) bytes of \(bytes.byteCount)")
        }
        self.bytes = bytes
        self.count = count
        self.firstSequence = firstSequence
    }

    /// A run that was validated before and not changed since.
    @_lifetime(copy bytes)
    package init(unchecked bytes: RawSpan, count: Int, firstSequence: UInt64) {
        self.bytes = bytes
        self.count = count
        self.firstSequence = firstSequence
    }

    /// Sequence after the last event.
    public var endSequence: UInt64 { firstSequence + UInt64(count) }

    /// The events from `sequence` on; all of them if they start there or later.
    @_lifetime(copy self)
    package func dropping(below sequence: UInt64) -> EventRun {
        guard sequence > firstSequence else { return self }
        let dropped = Int(min(sequence - firstSequence, UInt64(count)))
        let start = offset(ofEvent: dropped)
        return EventRun(
            unchecked: bytes.extracting(start..<bytes.byteCount), count: count - dropped,
            firstSequence: firstSequence + UInt64(dropped))
    }

    /// The events before `sequence`.
    @_lifetime(copy self)
    package func prefix(below sequence: UInt64) -> EventRun {
        guard sequence < endSequence else { return self }
        let kept = sequence > firstSequence ? Int(sequence - firstSequence) : 0
        return EventRun(
            unchecked: bytes.extracting(0..<offset(ofEvent: kept)), count: kept, firstSequence: firstSequence)
    }

    private func offset(ofEvent index: Int) -> Int {
        var offset = 0
        for _ in 0..<index { offset &+= EventHeader.byteCount &+ Int(bytes.u16(offset &+ 12)) }
        return offset
    }

    /// The events in order.
    @_lifetime(copy self)
    public func makeCursor() -> EventCursor { EventCursor(run: self) }
}

/// Walks an `EventRun` without copying or allocating.
public struct EventCursor: ~Escapable {
    private let bytes: RawSpan
    private var offset = 0
    private var sequence: UInt64

    @inline(__always)
    @_lifetime(copy run)
    fileprivate init(run: EventRun) {
        bytes = run.bytes
        sequence = run.firstSequence
    }

    /// The next event, or nil after the last.
    @inline(__always)
    @_lifetime(copy self)
    public mutating func next() -> EventView? {
        guard offset < bytes.byteCount else { return nil }
        let end = offset &+ EventHeader.byteCount &+ Int(bytes.u16(offset &+ 12))
        let view = EventView(bytes: bytes.extracting(offset..<end), sequence: sequence)
        offset = end
        sequence &+= 1
        return view
    }
}
