package import Ledger
package import Protocol

/// What a client keeps of a subscription, over as many connections as it takes. Pure.
///
///     var state = SubscriptionState(from: position, window: 10_000, showsSequences: …)
///     send(state.begin())                            // with every new connection
///     try state.received(events: body) { … }         // each event once, in order
///     if let credit = state.consumed(count) { send(credit) }
package struct SubscriptionState: Sendable {
    /// Where the next stretch begins: where to subscribe again.
    package private(set) var next: UInt64
    /// Behind the last durable event, as the server last told it; nil before.
    package private(set) var durableEnd: UInt64?
    /// Events that may be on their way or waiting to be worked off, together.
    private let window: UInt32
    private let merchant: MerchantID
    private let types: [UInt16]
    /// Whether positions are sequences, which ascend; tokens say nothing.
    private let showsSequences: Bool
    /// Events the server may still send.
    private var open: UInt32 = 0
    /// Received, and not worked off yet.
    private var waiting: UInt32 = 0
    /// Worked off, and not given back yet.
    private var owed: UInt32 = 0

    /// - Parameters:
    ///   - position: of the first event wanted; 0: from the beginning.
    ///   - window: events at most that were received and not worked off; at least 1.
    ///   - showsSequences: whether the key has audit or admin.
    package init(
        from position: UInt64, window: UInt32, merchant: MerchantID = .none, types: [UInt16] = [],
        showsSequences: Bool
    ) {
        (next, self.window) = (position, max(1, window))
        (self.merchant, self.types, self.showsSequences) = (merchant, types, showsSequences)
    }

    /// What to send when a connection begins. What was received and not worked off stays, and takes its part
    /// of the credit.
    package mutating func begin() -> Subscribe {
        (open, owed) = (window - waiting, 0)
        return Subscribe(position: next, credit: open, merchant: merchant, types: types)
    }

    /// Takes the body of `events`: all of it or, if it is not what must come now, none.
    package mutating func received(
        events body: RawSpan, _ deliver: (borrowing WireEvent) -> Void
    ) throws(ClientError) {
        let head: EventsHead
        do throws(WireError) { head = try check(body) } catch {
            throw .malformedAnswer("events: \(error)")
        }
        do throws(WireError) {
            var cursor = try WireEventCursor(body)
            while let event = try cursor.next() { deliver(event) }
        } catch { throw .malformedAnswer("events: \(error)") }
        next = head.end
        open -= head.count
        waiting += head.count
    }

    /// Takes a `progress`.
    package mutating func received(_ progress: Progress) throws(ClientError) {
        let isBack = showsSequences && (progress.position < next || progress.durableEnd < progress.position)
        guard !isBack else {
            throw .malformedAnswer("progress: \(progress.position) of \(progress.durableEnd) after \(next)")
        }
        (next, durableEnd) = (progress.position, progress.durableEnd)
    }

    /// Notes that events were worked off.
    ///
    /// - Returns: credit to send now: when it is half of the window, so that nobody waits for it and few
    ///   frames carry it.
    package mutating func consumed(_ count: UInt32) -> UInt32? {
        let count = min(count, waiting)
        waiting -= count
        // What waited from before this connection, and was left out of its credit, is given now.
        owed += count
        guard owed >= max(1, window / 2) else { return nil }
        defer { owed = 0 }
        open += owed
        return owed
    }

    // MARK: Checks

    private func check(_ body: RawSpan) throws(WireError) -> EventsHead {
        var cursor = try WireEventCursor(body)
        let head = cursor.head
        guard head.start == next else { throw WireError("start", "is \(head.start), expected \(next)") }
        guard head.count <= open else {
            throw WireError("count", "is \(head.count) with a credit of \(open)")
        }
        var expected = head.start
        while let event = try cursor.next() {
            if showsSequences { try check(event.position, from: expected, in: head) }
            expected = event.position &+ 1
        }
        if showsSequences, expected > head.end || isWhole && expected != head.end {
            throw WireError("end", "is \(head.end), expected \(expected)")
        }
        return head
    }

    private func check(
        _ position: UInt64, from expected: UInt64, in head: EventsHead
    ) throws(WireError) {
        let isNext = isWhole ? position == expected : position >= expected
        guard isNext, position < head.end else {
            throw WireError("position", "is \(position), expected \(expected) to \(head.end)")
        }
    }

    /// Whether every event of the log comes.
    private var isWhole: Bool { types.isEmpty && merchant.isNone }
}
