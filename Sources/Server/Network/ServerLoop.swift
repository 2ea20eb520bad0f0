internal import Ledger
internal import LogStore
internal import NIOCore
internal import NIOPosix
internal import Projections
internal import Synchronization

/// Drives a server's core on an event loop: sockets are read, what they brought is decided in one turn at the
/// end of the round, and answers leave once the log is durable.
///
///     read … read ─▶ turn ─▶ (log commits on its own thread) ─▶ release ─▶ write … write
///
/// Only `durableAdvanced` may be called from elsewhere.
final class ServerLoop<P: Platform, Index: EventIndex, Calendar: BusinessCalendar>: ConnectionLoop,
    @unchecked Sendable
{
    // SAFETY of `@unchecked Sendable`: everything but the atomic is touched on `loop` alone.
    typealias Core = ServerCore<P, Index, Calendar>
    typealias Taker = Core

    let loop: any EventLoop
    let core: Core
    private let log: LogStore<P, Index>
    /// Log time.
    private let now: () -> LedgerTime
    private let onFailure: @Sendable (SequencerError) -> Void
    private var withOutput: [FrameHandler<ServerLoop>] = []
    private var isTurnScheduled = false
    private var isReleasing = false
    /// Connections that were given frames of subscriptions since their last flush.
    private var fed: Set<ConnectionID> = []
    private var hasFailed = false
    private let isReleaseScheduled = Atomic<Bool>(false)
    private var timer: RepeatedTask?
    private var drained: EventLoopPromise<Void>?
    private var outlet: LoopOutlet?
    private var feed: SubscriptionThread?
    /// Times turns, once somebody wants to know.
    var turnWatch: TurnWatch?
    /// Shows a sample to whoever watches.
    var look: (() -> Void)?
    var sampler: RepeatedTask?

    init(
        on loop: any EventLoop, _ core: Core, log: LogStore<P, Index>, now: @escaping () -> LedgerTime,
        onFailure: @escaping @Sendable (SequencerError) -> Void
    ) {
        (self.loop, self.core, self.log, self.now, self.onFailure) = (loop, core, log, now, onFailure)
    }

    /// Begins to look for what falls due and who is silent.
    func start() {
        loop.assertInEventLoop()
        timer = loop.scheduleRepeatedTask(
            initialDelay: .milliseconds(Self.tickMilliseconds), delay: .milliseconds(Self.tickMilliseconds)
        ) { [unowned self] _ in
            core.endSilentConnections()
            keepSnapshots()
            scheduleTurn()
        }
    }

    private func keepSnapshots() {
        if hasFailed { return }
        do throws(SequencerError) { try core.keepSnapshots() } catch { fail(error) }
    }

    /// Lets a thread of its own read the log for queries that want it.
    func startHistory(_ threads: NIOThreadPool) {
        loop.assertInEventLoop()
        let executor = core.historyExecutor
        core.historyReader = { [unowned self] history in
            let loop = self
            threads.submit { _ in
                loop.historyWasRead(history, FrameBox(history.answer(by: executor)))
            }
        }
    }

    /// Called on the thread that reads.
    private func historyWasRead(_ history: HistoryRequest, _ frames: FrameBox) {
        loop.execute { [self] in
            core.answer(history, frames.take())
            scheduleTurn()
        }
    }

    /// Begins to feed subscriptions.
    func startFeed(_ source: LogSource<P.Disk>, _ cipher: IDCipher) {
        loop.assertInEventLoop()
        let outlet = LoopOutlet(core.mailbox) { [weak self] in self?.framesCame() }
        self.outlet = outlet
        feed = SubscriptionThread(
            of: source, cipher: cipher, mailbox: core.mailbox, outlet: outlet,
            limits: core.subscriptionLimits)
    }

    /// Frames of subscriptions wait to be taken. Called on the feed's thread.
    private func framesCame() {
        loop.execute { [self] in
            for (id, bytes) in outlet?.take() ?? [] {
                // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
                core.send(unsafe bytes.span.bytes, to: id)
                fed.insert(id)
            }
            scheduleTurn()
        }
    }

    func hasRoom(_ id: ConnectionID) { outlet?.hasRoom(id) }

    /// How often what falls due is looked for when nobody asks for anything.
    private static var tickMilliseconds: Int64 { 50 }

    // MARK: Connections

    func open() -> Connection<Core>? { core.open() }

    func closed(_ id: ConnectionID) {
        core.close(id)
        fed.remove(id)
        outlet?.hasRoom(id)
        if core.connectionCount == 0 { drained?.succeed() }
    }

    func hasOutput(_ handler: FrameHandler<ServerLoop>) {
        withOutput.append(handler)
        // What leaves with a release is flushed at its end, the rest at the end of the round.
        if !isReleasing { scheduleTurn() }
    }

    // MARK: Turns

    /// A round of the loop ends with a turn if something came in.
    func readComplete() { if core.isTurnWanted { scheduleTurn() } }

    /// Behind everything that this round of the loop still reads.
    private func scheduleTurn() {
        if isTurnScheduled { return }
        isTurnScheduled = true
        loop.assumeIsolated().execute { [self] in takeTurn() }
    }

    private func takeTurn() {
        isTurnScheduled = false
        turnWatch?.turnBegins(core.counts, at: NIODeadline.now().uptimeNanoseconds)
        if !hasFailed {
            do throws(SequencerError) {
                switch try core.turn(at: now()) {
                case .idle, .repliesWait: break
                case .isMoreDue: scheduleTurn()
                case .logIsBusy(let milliseconds): scheduleTurn(in: milliseconds)
                }
            } catch { fail(error) }
        }
        turnWatch?.turnEnded(
            core.counts, end: core.withState { $0.next.raw }, at: NIODeadline.now().uptimeNanoseconds)
        release()
    }

    /// Nothing more is acknowledged: nobody shall wait for it.
    private func fail(_ error: SequencerError) {
        hasFailed = true
        core.abort()
        onFailure(error)
    }

    private func scheduleTurn(in milliseconds: Int) {
        loop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(milliseconds))) { [self] in
            scheduleTurn()
        }
    }

    // MARK: Answers

    /// The log is durable further than before. Called on the committer's thread.
    func durableAdvanced() {
        if isReleaseScheduled.exchange(true, ordering: .acquiringAndReleasing) { return }
        loop.execute { [self] in
            isReleaseScheduled.store(false, ordering: .releasing)
            let wasFull = core.isFull
            release()
            if wasFull && !core.isFull { scheduleTurn() }
        }
    }

    private func release() {
        isReleasing = true
        let durableEnd = log.durableEnd
        core.release(durableEnd: durableEnd)
        turnWatch?.released(durableEnd, at: NIODeadline.now().uptimeNanoseconds)
        isReleasing = false
        for handler in withOutput {
            handler.flush()
            if handler.isWritable, let id = handler.id, fed.remove(id) != nil { outlet?.hasRoom(id) }
        }
        withOutput.removeAll(keepingCapacity: true)
    }

    // MARK: The end

    /// Tells every client that the server is about to stop, answers what is in flight, and closes.
    ///
    /// - Returns: done when no connection is left.
    func drain() -> EventLoopFuture<Void> {
        loop.assertInEventLoop()
        let promise = loop.makePromise(of: Void.self)
        drained = promise
        core.drain()
        if core.connectionCount == 0 { promise.succeed() }
        return promise.futureResult
    }

    /// Closes what is still there, and stops.
    func stop() {
        loop.assertInEventLoop()
        core.abort()
        timer?.cancel()
        timer = nil
        if !hasFailed {
            do throws(SequencerError) { try core.endSnapshots() } catch { onFailure(error) }
        }
        hasFailed = true
        feed?.stop()
        feed = nil
        endWatch()
    }
}

/// Frames on their way from one thread to another: closures cannot hold what is not copied.
private final class FrameBox: Sendable {
    private let frames: Mutex<WireFrames>

    init(_ frames: consuming WireFrames) { self.frames = Mutex(frames) }

    /// The frames; nothing the second time.
    func take() -> WireFrames {
        frames.withLock { frames in
            var taken = WireFrames()
            swap(&taken, &frames)
            return taken
        }
    }
}
