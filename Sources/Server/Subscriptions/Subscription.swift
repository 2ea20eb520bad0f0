package import Ledger
internal import LogStore
package import Protocol

/// One subscription: where it is, how much it may be sent, what it wants. It owns no queue. Pure.
///
///     told ≤ position ≤ end       told: behind the last stretch the client heard of
///                                 position: the next event to look at
package struct Subscription: Sendable {
    package let connection: ConnectionID
    /// Its name on the connection.
    package let request: UInt64
    package let key: APIKeyID
    package let filter: SubscriptionFilter
    package let form: SubscriptionForm
    private let names: Names
    package private(set) var position: UInt64
    package private(set) var told: UInt64
    /// Events it may still be sent.
    package private(set) var credit: UInt32
    /// Whether its connection takes more.
    package var hasRoom = true
    /// Whether it has been at the end once.
    package private(set) var hasCaughtUp = false
    /// Whether it was told that it is over: the feed forgets it.
    var isOver = false
    /// When it last heard something, monotonic nanoseconds.
    private var toldAt: Int64

    /// After so long without a frame it is told where it is.
    package static var heartbeatNanoseconds: Int64 { 10_000_000_000 }

    /// Judges what was asked for.
    ///
    /// - Parameters:
    ///   - end: the sequence behind the last durable event; the last that may be asked for.
    ///   - now: monotonic nanoseconds.
    package init(
        _ asked: SubscriptionRequest, cipher: IDCipher, end: UInt64, now: Int64
    ) throws(SubscriptionRefusal) {
        let (asker, wanted) = (asked.asker, asked.subscribe)
        guard let form = asker.form(ofSubscriptionTo: wanted.merchant) else { throw .forbidden }
        names = Names(cipher: cipher, showsSequences: asker.showsSequences)
        let first = names.open(wanted.position, as: SequenceNumber.disclosure)
        guard first <= end else { throw .unknownPosition }
        (connection, request, key) = (asked.connection, asked.request, asker.key)
        filter = SubscriptionFilter(
            merchant: wanted.merchant.isNone ? asker.merchant : wanted.merchant, types: wanted.types)
        self.form = form
        (position, told, credit, toldAt) = (first, first, wanted.credit, now)
    }

    package mutating func add(credit more: UInt32) {
        let (sum, isMore) = credit.addingReportingOverflow(more)
        credit = isMore ? .max : sum
    }

    /// Whether there is something to look at for it, and it may be sent what is found.
    package func canTake(before end: UInt64) -> Bool { hasRoom && credit > 0 && position < end }

    // MARK: Events

    /// Adds to the turn what it wants of a window, as far as credit and room reach.
    ///
    /// - Returns: whether it looked at everything the window has before `end`.
    mutating func take(
        _ window: EventWindow, before end: UInt64, into turn: inout SubscriptionTurn
    ) throws(EventFormatError) -> Bool {
        let last = min(end, window.sequences.upperBound)
        // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
        let bytes = unsafe window.bytes.span.bytes
        var offset = window.offset(of: position)
        while position < last {
            let byteCount = EventWindow.byteCount(ofEventAt: offset, in: bytes)
            guard credit > 0, turn.hasRoom(for: byteCount) else { return false }
            let event = bytes.extracting(offset..<offset &+ byteCount)
            if filter.wants(event) {
                try add(event, to: &turn)
                credit &-= 1
            } else {
                turn.pass(byteCount)
            }
            offset &+= byteCount
            position &+= 1
        }
        return true
    }

    @inline(__always)
    private func add(_ event: RawSpan, to turn: inout SubscriptionTurn) throws(EventFormatError) {
        switch form {
        case .asLogged: turn.add(event, at: names.close(position, as: SequenceNumber.disclosure))
        case .shown: turn.add(try decoded(event), shownBy: names)
        }
    }

    private func decoded(_ bytes: RawSpan) throws(EventFormatError) -> Event {
        let view = EventView(bytes: bytes, sequence: position)
        let header = view.header
        return try Event(
            sequence: SequenceNumber(raw: position), time: LedgerTime(nanoseconds: header.time),
            type: header.type, schema: header.schema, flags: header.flags, payload: view.payload)
    }

    /// Ends a turn with events: from now on it knows how far it is.
    mutating func finish(_ turn: inout SubscriptionTurn, now: Int64) {
        turn.end(start: shown(told), end: shown(position), request: request)
        (told, toldAt) = (position, now)
    }

    // MARK: Progress

    /// Whether it is to be told where it is.
    package func isProgressDue(end: UInt64, now: Int64) -> Bool {
        hasRoom && (position == end && !hasCaughtUp || now >= nextHeartbeat)
    }

    /// When it is to be told, if nothing else happens.
    package var nextHeartbeat: Int64 { toldAt &+ Self.heartbeatNanoseconds }

    /// Where it is, for telling it now.
    package mutating func progress(end: UInt64, now: Int64) -> Progress {
        (told, toldAt) = (position, now)
        if position == end { hasCaughtUp = true }
        return Progress(position: shown(position), durableEnd: shown(end))
    }

    private func shown(_ sequence: UInt64) -> UInt64 {
        names.close(sequence, as: SequenceNumber.disclosure)
    }
}

/// Why there is no subscription.
package enum SubscriptionRefusal: Error, Equatable, Sendable {
    case forbidden
    case unknownPosition
    case tooMany
    case nameTaken
    case draining

    /// What the client is told.
    package var failure: Failure {
        switch self {
        case .forbidden: Failure(.forbidden, "this key may not subscribe to that")
        case .unknownPosition: Failure(.unknownPosition, "the position is behind the next event, or none")
        case .tooMany: Failure(.tooManySubscriptions, "no more subscriptions now", retryMilliseconds: 1_000)
        case .nameTaken: Failure(.malformedRequest, "the request number names a subscription already")
        case .draining: Failure(.draining, "the server is about to stop")
        }
    }
}
