internal import Ledger
package import LogStore
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Protocol
package import Replay
internal import Synchronization

/// A ledger that serves: its log, its state, and the loop that clients talk to.
///
///     let server = try await LedgerServer.start(platform, settings)
///     …
///     try await server.stop()
///
/// `start` returns when clients may connect. A failure of the log or of what left the memory is given to
/// `onFailure`; nothing more is acknowledged then, and the process should end.
package final class LedgerServer<P: Platform>: Sendable {
    private typealias Loop = ServerLoop<P, LedgerIndex, ZonedCalendar>

    private let loop: Loop
    private let eventLoop: any EventLoop
    private let group: MultiThreadedEventLoopGroup
    private let listener: any Channel
    private let log: LogStore<P, LedgerIndex>
    private let settings: ServerSettings
    private let bell: DurableBell
    private let threads: NIOThreadPool
    /// Where clients connect.
    package let address: (host: String, port: Int)
    /// How the start went.
    package let report: ServerReport

    private init(
        loop: Loop, eventLoop: any EventLoop, group: MultiThreadedEventLoopGroup, listener: any Channel,
        log: LogStore<P, LedgerIndex>, bell: DurableBell, threads: NIOThreadPool, settings: ServerSettings,
        report: ServerReport
    ) {
        (self.loop, self.eventLoop, self.group, self.listener) = (loop, eventLoop, group, listener)
        (self.log, self.bell, self.settings, self.report) = (log, bell, settings, report)
        self.threads = threads
        address = (
            listener.localAddress?.ipAddress ?? settings.host, listener.localAddress?.port ?? settings.port
        )
    }

    /// Opens the ledger, making one if the directory has none, replays it, and begins to listen.
    ///
    /// - Parameters:
    ///   - isTest: of a ledger that is made: whether its clock may be driven by hand.
    ///   - progress: as for `Rebuild.replay`, while the log is replayed.
    ///   - watch: is told how the server stands and what happens, from the first connection on.
    ///   - onFailure: called once, on the server's loop.
    package static func start(
        _ platform: P, _ settings: ServerSettings, isTest: Bool = false,
        progress: (ReplayProgress) -> Void = { _ in }, watch: ServerWatch? = nil,
        onFailure: @escaping @Sendable (SequencerError) -> Void
    ) throws(ServerStartError) -> LedgerServer {
        guard settings.tls != nil || settings.allowsPlaintext || isLoopback(settings.host) else {
            throw .plaintext(host: settings.host)
        }
        let certificate = try settings.tls.map { files throws(ServerStartError) in
            try ServerCertificate(files)
        }
        try checkFrames(settings.log.geometry)
        let bell = DurableBell()
        var options = settings.log
        options.onDurable = { _ in bell.ring() }
        var settings = settings
        settings.log = options
        let assembled = try AssembledServer.open(
            platform, settings, certificate: certificate?.hash ?? [], calendar: ZonedCalendar(),
            isTest: isTest, progress: progress)
        let threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = group.next()
        let loop = ServerLoop(
            on: eventLoop, assembled.core, log: assembled.log,
            now: { LedgerTime(nanoseconds: platform.wallTime()) },
            onFailure: onFailure)
        assembled.core.watch = watch.map { CoreWatch($0, platform) }
        bell.answer { [weak loop] in loop?.durableAdvanced() }
        do {
            let listener = try listen(on: group, settings, certificate?.context, loop)
            let (source, cipher) = (assembled.log.parts.source, assembled.cipher)
            eventLoop.execute {
                loop.start()
                loop.startFeed(source, cipher)
                loop.startHistory(threads)
                if let watch { loop.begin(watch) }
            }
            return LedgerServer(
                loop: loop, eventLoop: eventLoop, group: group, listener: listener,
                log: assembled.log, bell: bell, threads: threads, settings: settings, report: assembled.report
            )
        } catch {
            throw .listen(host: settings.host, port: settings.port, "\(error)")
        }
    }

    /// All that a request may write has to fit a frame of the log.
    private static func checkFrames(_ geometry: LogGeometry) throws(ServerStartError) {
        let needed = Sequencer<P, LedgerIndex, ZonedCalendar>.groupBytesMax
        guard geometry.groupBytesMax >= needed else {
            throw .log(
                .invalidRequest("frames take \(geometry.groupBytesMax) bytes; requests need \(needed)"))
        }
    }

    private static func listen(
        on group: MultiThreadedEventLoopGroup, _ settings: ServerSettings, _ tls: NIOSSLContext?,
        _ loop: Loop
    ) throws -> any Channel {
        try ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: false)
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 4_096, initial: 16_384, maximum: 1 << 20)
            )
            .childChannelOption(
                .writeBufferWaterMark,
                value: ChannelOptions.Types.WriteBufferWaterMark(low: 1 << 19, high: 4 << 20)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
                    }
                    try channel.pipeline.syncOperations.addHandler(FrameHandler(loop))
                }
            }
            .bind(host: settings.host, port: settings.port).wait()
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    /// Stops in order: no new connections, those there are are told and answered, the log is closed.
    package func stop() throws(LogStoreError) {
        try? listener.close().wait()
        let drained = eventLoop.makePromise(of: Void.self)
        eventLoop.execute { self.loop.drain().cascade(to: drained) }
        eventLoop.scheduleTask(in: .seconds(Int64(settings.drainSeconds))) { drained.succeed() }
        try? drained.futureResult.wait()
        try? eventLoop.submit { self.loop.stop() }.wait()
        bell.answer(nil)
        try? threads.syncShutdownGracefully()
        try? group.syncShutdownGracefully()
        try log.close()
    }
}

/// Tells the loop, once there is one, that more is durable.
private final class DurableBell: Sendable {
    private let answered = Mutex<(@Sendable () -> Void)?>(nil)

    /// - Parameter answer: nil: nobody listens any more.
    func answer(_ answer: (@Sendable () -> Void)?) { answered.withLock { $0 = answer } }

    func ring() { answered.withLock { $0 }?() }
}
