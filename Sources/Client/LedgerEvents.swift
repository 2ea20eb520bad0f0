/// The events of a subscription, in the log's order, each once, over as many connections as it takes.
///
///     for try await event in client.subscribe(from: saved) {
///         work(event)
///         save(events.position)
///     }
///
/// Ends when the task is cancelled, when the client is closed or, if asked for, when everything there is has
/// come. Events that were not taken hold up the server, and only this subscription: see `window` of
/// `LedgerClient.subscribe`. One task at a time takes them. When nobody holds it any more, the subscription
/// ends.
public final class LedgerEvents: AsyncSequence, Sendable {
    public typealias Element = SubscribedEvent
    public typealias Failure = ClientError

    private let subscription: ClientSubscription
    /// Tells the client, from any thread, how many events were worked off; nil: all that ever will be.
    private let consumed: @Sendable (UInt32?) -> Void
    private let quarter: UInt32

    init(
        _ subscription: ClientSubscription, window: UInt32, consumed: @escaping @Sendable (UInt32?) -> Void
    ) {
        self.subscription = subscription
        self.consumed = consumed
        quarter = Swift.max(1, window / 4)
    }

    deinit { consumed(nil) }

    /// Where to subscribe to go on behind the last event taken. With tokens it moves on when all of a stretch
    /// was taken: going on from there may repeat events, and leaves none out.
    public var position: UInt64 { subscription.inbox.position }

    /// Takes events.
    public func makeAsyncIterator() -> Iterator { Iterator(events: self) }

    /// Takes the events of a subscription, one at a time.
    public struct Iterator: AsyncIteratorProtocol {
        private let events: LedgerEvents
        /// Handed out, and not told to the client yet.
        private var open: UInt32 = 0

        fileprivate init(events: LedgerEvents) { self.events = events }

        /// The next event; nil at the end. Whoever asks for the next has worked off the one before.
        ///
        /// - Throws: what the server has against the subscription: `failed`; `malformedAnswer`,
        ///   `ledgerForked` and `closed`.
        public mutating func next() async throws(ClientError) -> SubscribedEvent? {
            if open >= events.quarter || events.subscription.inbox.isEmpty { tell() }
            switch await events.subscription.inbox.take() {
            case .event(let event):
                open += 1
                return event
            case .end: return nil
            case .failed(let error): throw error
            }
        }

        /// The same.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(ClientError) -> SubscribedEvent? {
            try await next()
        }

        private mutating func tell() {
            if open > 0 { events.consumed(open) }
            open = 0
        }
    }
}
