import Client
import Ledger
import NIOCore
import NIOPosix
import Protocol
import Synchronization

/// A subscriber on a connection of its own that keeps what comes, and gives credit back as it does.
final class SubscriberOverLoopback: ClientChannelDelegate, @unchecked Sendable {
    // SAFETY of `@unchecked Sendable`: the state of the subscription is touched on the loop alone.
    private var state: SubscriptionState
    private var channel: ClientChannel<SubscriberOverLoopback>?
    private let loop: any EventLoop
    private let wanted: UInt64
    private let done: EventLoopPromise<[UInt64]>
    private var positions: [UInt64] = []

    /// - Parameters:
    ///   - wanted: how many events to wait for.
    ///   - window: events that may be on their way.
    init(on loop: any EventLoop, from position: UInt64, wanted: UInt64, window: UInt32) {
        (self.loop, self.wanted) = (loop, wanted)
        state = SubscriptionState(from: position, window: window, showsSequences: true)
        done = loop.makePromise(of: [UInt64].self)
    }

    /// Positions of the events that came, once there are enough.
    func run(port: Int, key: APIKey) async throws -> [UInt64] {
        let bootstrap = ClientBootstrap(group: loop).channelInitializer { [self] channel in
            channel.eventLoop.makeCompletedFuture {
                let handler = ClientChannel(key: key, name: "test", usesTLS: false, delegate: self)
                self.channel = handler
                try channel.pipeline.syncOperations.addHandler(handler)
            }
        }
        _ = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        return try await done.futureResult.get()
    }

    func isReady(_ challenge: Challenge, _ session: Session) {
        var out = WireBuffer()
        let start = out.beginFrame()
        state.begin().write(to: &out)
        out.endFrame(start, .subscribe, request: 1)
        channel?.send(out)
        channel?.flush()
    }

    func received(_ header: MessageHeader, _ body: RawSpan) {
        guard header.type == .events else { return }
        do throws(ClientError) {
            var came: [UInt64] = []
            try state.received(events: body) { came.append($0.position) }
            positions += came
            if let credit = state.consumed(UInt32(came.count)) { give(credit) }
        } catch { done.fail(error) }
        if positions.count >= Int(wanted) { finish() }
    }

    private func give(_ credit: UInt32) {
        var out = WireBuffer()
        let start = out.beginFrame()
        out.put(credit)
        out.endFrame(start, .credit, request: 1)
        channel?.send(out)
        channel?.flush()
    }

    private func finish() {
        done.succeed(positions)
        channel?.close()
    }

    func ended(_ error: ClientError) { done.fail(error) }
}
