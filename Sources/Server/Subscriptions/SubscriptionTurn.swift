internal import Ledger
internal import LogStore
internal import Protocol

/// What one subscription is sent at a time: an `events` frame that grows, in memory that is used again.
struct SubscriptionTurn: ~Copyable {
    private(set) var buffer: WireBuffer
    /// Events in the frame.
    private(set) var count: UInt32 = 0
    /// Bytes of events that were looked at for it, wanted or not.
    private(set) var lookedAt = 0
    private var frame = 0
    private var head = 0
    private let byteCountMax: Int

    /// How much may be looked at for one frame: who wants little must not hold up the others.
    private static var lookedAtMax: Int { 1 << 20 }

    /// - Parameter byteCountMax: of a frame; one event always fits.
    init(byteCountMax: Int) {
        self.byteCountMax = byteCountMax
        buffer = WireBuffer(capacity: byteCountMax + (64 << 10))
    }

    /// Begins a frame without events.
    mutating func begin() {
        buffer.removeAll()
        (count, lookedAt) = (0, 0)
        frame = buffer.beginFrame()
        head = EventsHead.leaveRoom(in: &buffer)
    }

    /// Whether an event of so many bytes has room, and time is left to look at it.
    @inline(__always)
    func hasRoom(for byteCount: Int) -> Bool {
        let isSmall = buffer.count &+ EventsHead.positionByteCount &+ byteCount <= byteCountMax
        return (isSmall || count == 0) && lookedAt < Self.lookedAtMax
    }

    /// Passes over an event nobody wants.
    @inline(__always)
    mutating func pass(_ byteCount: Int) { lookedAt &+= byteCount }

    /// Adds an event in the bytes of the log.
    @inline(__always)
    mutating func add(_ event: RawSpan, at sequence: UInt64) {
        buffer.put(sequence)
        buffer.put(event)
        count &+= 1
        lookedAt &+= event.byteCount
    }

    /// Adds an event as it is shown.
    mutating func add(_ event: Event, shownBy names: Names) {
        let start = buffer.count
        buffer.put(names.close(event.sequence.raw, as: SequenceNumber.disclosure))
        buffer.withRoom(EventBatch.eventBytesMax) { event.encodeShown(by: names, into: &$0) }
        count &+= 1
        lookedAt &+= buffer.count &- start
    }

    /// Ends the frame. Positions are as they are shown.
    mutating func end(start: UInt64, end: UInt64, request: UInt64) {
        EventsHead(start: start, end: end, count: count).write(to: &buffer, at: head)
        buffer.endFrame(frame, .events, request: request)
    }

    /// A frame of its own in place of what was there.
    mutating func write(_ progress: Progress, request: UInt64) {
        begin(.progress, request) { progress.write(to: &$0) }
    }

    mutating func write(_ failure: Failure, request: UInt64) {
        begin(.failure, request) { failure.write(to: &$0) }
    }

    /// - Parameter failure: nil if the client asked for the end.
    mutating func writeEnd(_ failure: Failure?, request: UInt64) {
        begin(.subscriptionEnded, request) { failure?.write(to: &$0) }
    }

    private mutating func begin(
        _ type: MessageType, _ request: UInt64, _ body: (inout WireBuffer) -> Void
    ) {
        buffer.removeAll()
        let start = buffer.beginFrame()
        body(&buffer)
        buffer.endFrame(start, type, request: request)
    }
}
