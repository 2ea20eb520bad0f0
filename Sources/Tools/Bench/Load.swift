import Client
import Histogram
import NIOCore
import NIOPosix
import Protocol

/// A load on a server: connections on one event loop that send what a plan says, and what they saw.
final class Load: @unchecked Sendable {
    // SAFETY of `@unchecked Sendable`: everything is touched on `loop` alone.
    let plan: LoadPlan
    var commands: LoadCommands
    private let loop: any EventLoop
    private var connections: [LoadConnection] = []
    private var ready = 0
    private var histogram = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
    private var result = LoadResult()
    private let done: EventLoopPromise<LoadResult>
    private var startedAt: UInt64 = 0
    /// Commands put into frames.
    private var put = 0
    private var isEnding = false
    private var hasEnded = false
    var framesFailed = 0
    private var firstRefusal: CommandResult?
    /// When each further million was answered.
    private var millions: [UInt64] = []
    /// Of an offered load: when the next is due, and who sends it.
    private var due: UInt64 = 0
    private var turn = 0

    init(_ plan: LoadPlan, _ commands: LoadCommands, on loop: any EventLoop) {
        (self.plan, self.commands, self.loop) = (plan, commands, loop)
        done = loop.makePromise(of: LoadResult.self)
    }

    var now: UInt64 { NIODeadline.now().uptimeNanoseconds }

    /// Runs the plan against a server.
    static func run(_ plan: LoadPlan, _ commands: LoadCommands, _ target: BenchTarget) throws -> LoadResult {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        defer { try? group.syncShutdownGracefully() }
        let load = Load(plan, commands, on: group.next())
        for _ in 0..<plan.connections { try load.connect(target) }
        return try load.done.futureResult.wait()
    }

    private func connect(_ target: BenchTarget) throws {
        let bootstrap = ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 256 << 10))
            .channelOption(
                .writeBufferWaterMark,
                value: ChannelOptions.Types.WriteBufferWaterMark(low: 8 << 20, high: 16 << 20)
            )
            .channelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    let places = plan.offeredPerSecond == nil ? plan.framesInFlight : 1_024
                    let connection = LoadConnection(self, places: places)
                    let handler = ClientChannel(
                        key: target.key, name: "bench", usesTLS: false, delegate: connection)
                    connection.channel = handler
                    connections.append(connection)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        _ = try bootstrap.connect(host: target.host, port: target.port).wait()
    }

    func connectionIsReady() {
        ready += 1
        guard ready == plan.connections else { return }
        startedAt = now
        due = startedAt
        if plan.offeredPerSecond != nil {
            offer()
        } else {
            for connection in connections { fill(connection, at: startedAt) }
        }
    }

    func connectionEnded(_ error: ClientError) {
        if hasEnded { return }
        hasEnded = true
        done.fail(error)
    }

    // MARK: One when one is answered

    private func fill(_ connection: LoadConnection, at time: UInt64) {
        while connection.hasRoom, !isEnding { put(connection, at: time) }
        connection.flush()
    }

    private func put(_ connection: LoadConnection, at time: UInt64) {
        connection.put(at: time)
        put += plan.commandsPerFrame
        if let most = plan.commands {
            isEnding = put >= most
        } else {
            isEnding = Double(time - startedAt) >= plan.seconds * 1e9
        }
    }

    func answered(_ connection: LoadConnection, at time: UInt64) {
        if plan.offeredPerSecond == nil { fill(connection, at: time) }
        if isEnding && connections.allSatisfy(\.isIdle) { end(at: time) }
    }

    // MARK: As many a second as are offered

    /// Sends what is due, and comes again soon. A frame counts from when it was due, sent late or not.
    private func offer() {
        guard let perSecond = plan.offeredPerSecond else { return }
        let time = now
        let step = UInt64(1e9 * Double(plan.commandsPerFrame) / perSecond)
        while due <= time, !isEnding {
            let connection = connections[turn % connections.count]
            turn += 1
            put(connection, at: due)
            connection.flush()
            due += step
        }
        if isEnding { return }
        let wait = Int64(due) - Int64(now)
        loop.assumeIsolated().scheduleTask(in: .nanoseconds(max(0, wait))) { [self] in offer() }
    }

    // MARK: What was seen

    func record(nanoseconds: UInt64) { histogram.record(nanoseconds) }

    func refused(_ answer: CommandResult) {
        result.refused += 1
        if firstRefusal == nil {
            firstRefusal = answer
            StandardError.write("holdfast: the first that was not done: \(answer.status)")
        }
    }

    func commandsAnswered(_ count: Int) {
        let before = result.commands / 1_000_000
        result.commands += count
        if result.commands / 1_000_000 > before { millions.append(now) }
    }

    private func end(at time: UInt64) {
        if hasEnded { return }
        hasEnded = true
        result.failed = framesFailed
        result.seconds = Double(time - startedAt) / 1e9
        if let first = millions.first, let last = millions.last, millions.count > 1 {
            result.firstMillion = 1e15 / Double(first - startedAt)
            result.lastMillion = 1e15 / Double(last - millions[millions.count - 2])
        }
        result.p50 = Double(histogram.valueAtPercentile(50)) / 1_000
        result.p99 = Double(histogram.valueAtPercentile(99)) / 1_000
        result.p999 = Double(histogram.valueAtPercentile(99.9)) / 1_000
        result.max = Double(histogram.max) / 1_000
        done.succeed(result)
        for connection in connections { connection.close() }
    }
}
