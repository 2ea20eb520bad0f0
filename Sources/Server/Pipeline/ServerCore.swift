package import Ledger
package import LogStore
package import Projections
internal import Protocol
internal import Replay

/// A server without sockets, threads and clocks: connections, inbox, sequencer, and answers that wait for the
/// log. An event loop drives it, or a simulation: all on one thread.
///
///     connection.takeFrame ─▶ inbox ─▶ turn ─▶ log … durable … release ─▶ connection.output
package final class ServerCore<P: Platform, Index: EventIndex, Calendar: BusinessCalendar>: RequestTaker {
    package typealias Client = Connection<ServerCore>

    package let identity: ServerIdentity
    private let platform: P
    let log: LogStore<P, Index>
    let inbox: Inbox
    var sequencer: Sequencer<P, Index, Calendar>
    var snapshotter: Snapshotter<P>
    private(set) var replies = ReplyQueue()
    private var connections = ConnectionTable<Client>()
    let connectionsMax: Int
    package let mailbox: SubscriptionMailbox
    private(set) var isDraining = false
    private(set) var turnedAway = TurnedAwayCounts()
    /// Is told of connections and requests; nil: nobody wants to know.
    package var watch: CoreWatch? { didSet { watchRequests() } }
    package private(set) var coarseTime: UInt64
    /// Whether something was offered since the last turn.
    package private(set) var isTurnWanted = false

    package init(
        _ identity: ServerIdentity, platform: P, log: LogStore<P, Index>, inbox: Inbox,
        sequencer: consuming Sequencer<P, Index, Calendar>, connectionsMax: Int, snapshotEvents: UInt64 = 0,
        snapshot: UInt64? = nil
    ) {
        (self.identity, self.platform, self.log) = (identity, platform, log)
        (self.inbox, self.connectionsMax) = (inbox, connectionsMax)
        self.sequencer = sequencer
        snapshotter = Snapshotter(
            SnapshotStore(ReplayLog(log)), interval: snapshotEvents, last: snapshot)
        mailbox = SubscriptionMailbox(durableEnd: log.durableEnd)
        coarseTime = platform.monotonicTime()
    }

    // MARK: Connections

    /// A new connection; nil if there are too many, or the server is about to stop.
    package func open() -> Client? {
        guard connections.count < connectionsMax, !isDraining else {
            turnedAway.connections += 1
            watch?.note(.connectionTurnedAway)
            return nil
        }
        var nonce = [UInt8](repeating: 0, count: Scram.byteCount)
        nonce.withMutableRawSpan { platform.fillRandom(&$0) }
        let client = connections.add { Client($0, ConnectionState(identity, nonce: nonce), taker: self) }
        watch?.note(.connectionAccepted(client.id))
        return client
    }

    /// The connection is gone; answers to it are dropped.
    package func close(_ id: ConnectionID) {
        connections.remove(id)
        watch?.note(.connectionClosed(id))
        watch?.tracer?.closed(id)
        mailbox.post(.connectionClosed(id))
    }

    /// As the handshake tells them.
    package var subscriptionLimits: SubscriptionLimits {
        var limits = SubscriptionLimits()
        limits.perConnectionMax = Int(identity.limits.subscriptionsMax)
        return limits
    }

    package func post(_ command: SubscriptionCommand) { mailbox.post(command) }

    /// Gives a connection frames of its subscriptions.
    package func send(_ frames: RawSpan, to id: ConnectionID) { connections[id]?.send(frames) }

    package func offer(_ request: InboxRequest, body: RawSpan) -> Bool {
        guard inbox.offer(request, body: body) else {
            turnedAway.requests += 1
            return false
        }
        isTurnWanted = true
        return true
    }

    package var connectionCount: Int { connections.count }

    // MARK: Turns

    /// Decides what has come in: see `Sequencer.turn`.
    package func turn(at time: LedgerTime) throws(SequencerError) -> TurnEnd {
        isTurnWanted = false
        let end = try sequencer.turn(at: time, replies: &replies)
        if end == .idle || end == .isMoreDue { watch?.tracer?.turnEnded() }
        return end
    }

    /// Whether answers that wait keep new requests from being decided.
    package var isFull: Bool { replies.isFull }

    /// Gives the answers to their connections that depend on no more than `durableEnd` events.
    package func release(durableEnd: UInt64) {
        // First: whoever is told a position may subscribe at it.
        mailbox.durableAdvanced(to: durableEnd)
        while let turn = replies.ready(durableEnd) {
            for run in turn.runs {
                guard let connection = connections[run.connection] else { continue }
                turn.withFrames(run) {
                    connection.send($0, answers: run.answers)
                    watch?.tracer?.answered($0, to: run.connection)
                }
            }
            for found in turn.foundKeys {
                connections[found.connection]?.keyWasFound(found) { [self] asker in
                    sequencer.shown(found.position, to: asker)
                }
            }
            for history in turn.histories { read(history) }
            for key in turn.revokedKeys { mailbox.post(.keyRevoked(key)) }
            replies.removeFirst()
        }
    }

    /// Who reads the log for queries that want it; nil: whoever releases, at once.
    package var historyReader: ((HistoryRequest) -> Void)?

    private func read(_ history: HistoryRequest) {
        if let historyReader { return historyReader(history) }
        answer(history, history.answer(by: historyExecutor))
    }

    package var historyExecutor: HistoryExecutor<P> { HistoryExecutor(ReplayLog(log)) }

    /// Gives a connection what was read for it.
    package func answer(_ history: HistoryRequest, _ frames: consuming WireFrames) {
        guard let connection = connections[history.connection] else { return }
        frames.buffer.withBytes(0..<frames.buffer.count) {
            connection.send($0, answers: 1)
            watch?.tracer?.answered($0, to: history.connection)
        }
    }

    package var counts: SequencerCounts { sequencer.counts }

    /// Payments and keys that had left the memory and were wanted again.
    package var returnedCount: Int { sequencer.ledger.returnedCount + sequencer.ledger.agedKeysFound }

    /// Lends the state to `body`, for who compares it.
    package func withState<Result>(_ body: (borrowing LedgerState) -> Result) -> Result {
        body(sequencer.ledger.state)
    }

    // MARK: The end of connections

    /// Looks at the clock, and ends connections that have been silent, or stuck, for too long.
    package func endSilentConnections() {
        coarseTime = platform.monotonicTime()
        let idle = UInt64(identity.limits.idleMilliseconds) * 1_000_000
        for connection in connections.all {
            if let since = connection.stuckSince, coarseTime - since > Self.stuckMax {
                connection.carrier?.abort()
                continue
            }
            let allowed = connection.state.asker == nil ? min(idle, Self.handshakeMax) : idle
            if coarseTime > connection.heardAt, coarseTime - connection.heardAt > allowed {
                connection.end(Failure(.idle, "nothing was heard for \(allowed / 1_000_000) ms"))
            }
        }
    }

    /// How long a handshake may take, and how long a client may leave its answers unread; nanoseconds.
    private static var handshakeMax: UInt64 { 10_000_000_000 }
    private static var stuckMax: UInt64 { 30_000_000_000 }

    /// Tells every client that the server is about to stop; each is closed when it has its answers.
    package func drain() {
        isDraining = true
        mailbox.post(.drain)
        for connection in connections.all { connection.drain() }
    }

    /// Ends every connection at once.
    package func abort() {
        for connection in connections.all { connection.carrier?.abort() }
    }
}
