internal import Ledger
internal import Protocol

/// One subscription of a client, over as many connections as it takes. On the client's loop; what comes goes
/// to `inbox`, from which another task takes it.
final class ClientSubscription: @unchecked Sendable {
    // SAFETY of `@unchecked Sendable`: touched on the client's loop alone, but for `inbox`, which is safe
    // everywhere.
    let inbox: EventInbox
    private var state: SubscriptionState
    private let isShown: Bool
    private let showsSequences: Bool
    private let endsWhenCaughtUp: Bool
    /// Its number on this connection; nil between connections.
    var request: UInt64?

    init(
        from position: UInt64, _ filter: EventFilter, window: UInt32, endsWhenCaughtUp: Bool,
        _ session: ClientSession, _ inbox: EventInbox
    ) {
        self.inbox = inbox
        self.endsWhenCaughtUp = endsWhenCaughtUp
        (isShown, showsSequences) = (!session.seesLog, session.showsSequences)
        state = SubscriptionState(
            from: position, window: window, merchant: filter.merchant, types: filter.types.sorted(),
            showsSequences: session.showsSequences)
    }

    /// What to send when a connection begins.
    func begin() -> Subscribe { state.begin() }

    /// - Returns: credit to send now.
    func consumed(_ count: UInt32) -> UInt32? { state.consumed(count) }

    func end(_ error: ClientError?) { inbox.end(error) }

    /// Takes a message of the subscription.
    ///
    /// - Returns: whether it goes on.
    func receive(_ type: MessageType, _ body: RawSpan) throws(ClientError) -> Bool {
        switch type {
        case .events: try take(body)
        case .progress:
            let progress = try Self.read(body) { (span) throws(WireError) in try Progress(reading: span) }
            try state.received(progress)
            inbox.put(progress: progress.position)
            if endsWhenCaughtUp, progress.position == progress.durableEnd {
                inbox.end(nil)
                return false
            }
        case .failure, .subscriptionEnded:
            let failure = try Self.read(body) { (span) throws(WireError) in
                try SubscriptionEnd.read(span)
            }
            request = nil
            guard let failure else { return false }
            // A server that stops is followed by another: the next connection goes on from there.
            if failure.code == .draining { return true }
            throw .failed(ClientError.Reason(failure))
        default: throw .malformedAnswer("\(type) is no message of a subscription")
        }
        return true
    }

    private func take(_ body: RawSpan) throws(ClientError) {
        var came: [EventInbox.Item] = []
        let isShown = isShown
        try state.received(events: body) { event in
            let subscribed = SubscribedEvent(
                position: event.position, bytes: event.bytes.copied, isShown: isShown)
            came.append(.event(subscribed, next: showsSequences ? event.position + 1 : nil))
        }
        inbox.put(came, end: state.next)
    }

    private static func read<Message>(
        _ body: RawSpan, _ parse: (RawSpan) throws(WireError) -> Message
    ) throws(ClientError) -> Message {
        do { return try parse(body) } catch { throw .malformedAnswer("\(error)") }
    }
}
