internal import Ledger
internal import LogStore
internal import NIOCore
internal import Protocol
internal import Synchronization

/// Everything that happens on a server's event loop: connections are read, what they brought is decided in
/// one turn at the end of the round, and answers leave once the log is durable.
///
///     read … read ─▶ turn ─▶ (log commits on its own thread) ─▶ release ─▶ write … write
///
/// Only `durableAdvanced` may be called from elsewhere.
final class ServerLoop<P: Platform, Index: EventIndex, Calendar: BusinessCalendar>: ConnectionHost,
    @unchecked Sendable
{
    // SAFETY of `@unchecked Sendable`: everything but the atomic is touched on `loop` alone.
    private let loop: any EventLoop
    private let platform: P
    let identity: ServerIdentity
    private let log: LogStore<P, Index>
    private let inbox: Inbox
    private var sequencer: Sequencer<P, Index, Calendar>
    private var replies = ReplyQueue()
    private var connections = ConnectionTable<FrameHandler<ServerLoop>>()
    private var withOutput: [FrameHandler<ServerLoop>] = []
    private let connectionsMax: Int
    /// Log time.
    private let now: () -> LedgerTime
    private let onFailure: @Sendable (SequencerError) -> Void

    private var isTurnScheduled = false
    private var isReleasing = false
    private var hasFailed = false
    private let isReleaseScheduled = Atomic<Bool>(false)
    private(set) var coarseTime: UInt64 = 0
    private var timer: RepeatedTask?
    private var isDraining = false
    private var drained: EventLoopPromise<Void>?

    init(
        on loop: any EventLoop, platform: P, identity: ServerIdentity, log: LogStore<P, Index>, inbox: Inbox,
        sequencer: consuming Sequencer<P, Index, Calendar>, connectionsMax: Int,
        now: @escaping () -> LedgerTime, onFailure: @escaping @Sendable (SequencerError) -> Void
    ) {
        (self.loop, self.platform, self.identity, self.log) = (loop, platform, identity, log)
        (self.inbox, self.connectionsMax) = (inbox, connectionsMax)
        self.sequencer = sequencer
        (self.now, self.onFailure) = (now, onFailure)
        coarseTime = platform.monotonicTime()
    }

    /// Begins to look for what falls due and who is silent.
    func start() {
        loop.assertInEventLoop()
        timer = loop.scheduleRepeatedTask(
            initialDelay: .milliseconds(Self.tickMilliseconds), delay: .milliseconds(Self.tickMilliseconds)
        ) { [unowned self] _ in self.tick() }
    }

    /// How often what falls due is looked for when nobody asks for anything.
    private static var tickMilliseconds: Int64 { 50 }

    // MARK: Connections

    func opened(_ connection: FrameHandler<ServerLoop>) -> ConnectionID? {
        guard connections.count < connectionsMax, !isDraining else { return nil }
        return connections.add(connection)
    }

    func closed(_ id: ConnectionID) {
        connections.remove(id)
        if connections.count == 0 { drained?.succeed() }
    }

    func makeNonce() -> [UInt8] {
        var nonce = [UInt8](repeating: 0, count: Scram.byteCount)
        nonce.withMutableRawSpan { platform.fillRandom(&$0) }
        return nonce
    }

    func offer(_ request: InboxRequest, body: RawSpan) -> Bool {
        guard inbox.offer(request, body: body) else { return false }
        scheduleTurn()
        return true
    }

    func hasOutput(_ connection: FrameHandler<ServerLoop>) {
        withOutput.append(connection)
        // What leaves with a release is flushed at its end, the rest at the end of the round.
        if !isReleasing { scheduleTurn() }
    }

    // MARK: Turns

    /// Behind everything that this round of the loop still reads.
    private func scheduleTurn() {
        if isTurnScheduled { return }
        isTurnScheduled = true
        loop.assumeIsolated().execute { [self] in takeTurn() }
    }

    private func takeTurn() {
        isTurnScheduled = false
        if hasFailed { return flush() }
        do throws(SequencerError) {
            switch try sequencer.turn(at: now(), replies: &replies) {
            case .idle, .repliesWait: break
            case .isMoreDue: scheduleTurn()
            case .logIsBusy(let milliseconds): scheduleTurn(in: milliseconds)
            }
        } catch {
            // Nothing more is acknowledged: nobody shall wait for it.
            hasFailed = true
            for connection in connections.all { connection.abort() }
            onFailure(error)
        }
        release()
    }

    private func scheduleTurn(in milliseconds: Int) {
        loop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(milliseconds))) { [self] in
            scheduleTurn()
        }
    }

    private func tick() {
        coarseTime = platform.monotonicTime()
        endSilentConnections()
        scheduleTurn()
    }

    // MARK: Answers

    /// The log is durable further than before. Called on the committer's thread.
    func durableAdvanced() {
        if isReleaseScheduled.exchange(true, ordering: .acquiringAndReleasing) { return }
        loop.execute { [self] in
            isReleaseScheduled.store(false, ordering: .releasing)
            let wasFull = replies.isFull
            release()
            if wasFull && !replies.isFull { scheduleTurn() }
        }
    }

    private func release() {
        let durableEnd = log.durableEnd
        isReleasing = true
        while let turn = replies.ready(durableEnd) {
            for run in turn.runs {
                guard let connection = connections[run.connection] else { continue }
                turn.withFrames(run) { connection.send($0, answers: run.answers) }
            }
            for found in turn.foundKeys {
                connections[found.connection]?.keyWasFound(found) { [self] asker in
                    sequencer.shown(found.position, to: asker)
                }
            }
            replies.removeFirst()
        }
        isReleasing = false
        flush()
    }

    private func flush() {
        for connection in withOutput { connection.flush() }
        withOutput.removeAll(keepingCapacity: true)
    }

    // MARK: The end of connections

    private func endSilentConnections() {
        let idle = UInt64(identity.limits.idleMilliseconds) * 1_000_000
        for connection in connections.all {
            if let since = connection.stuckSince, coarseTime - since > Self.stuckMax {
                connection.abort()
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

    /// Tells every client that the server is about to stop, answers what is in flight, and closes.
    ///
    /// - Returns: done when no connection is left.
    func drain() -> EventLoopFuture<Void> {
        loop.assertInEventLoop()
        isDraining = true
        let promise = loop.makePromise(of: Void.self)
        drained = promise
        if connections.count == 0 { promise.succeed() }
        for connection in connections.all { connection.drain() }
        return promise.futureResult
    }

    /// Closes what is still there, and stops.
    func stop() {
        loop.assertInEventLoop()
        for connection in connections.all { connection.abort() }
        timer?.cancel()
        timer = nil
        hasFailed = true
    }

    // MARK: What is told of it

    var connectionCount: Int { connections.count }
    var counts: SequencerCounts { sequencer.counts }
}
