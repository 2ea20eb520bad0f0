import Client
import Ledger
import LogStore
import NIOCore
import NIOPosix
import Protocol

/// A client that sends one command in a trace, and waits for what is said.
final class TracedClient: ClientChannelDelegate, @unchecked Sendable {
    // SAFETY of `@unchecked Sendable`: the channel is set and used on its loop alone.
    private var channel: ClientChannel<TracedClient>?
    private let command: Command
    private let context: TraceContext
    private let answer: EventLoopPromise<MessageType>

    private init(_ command: Command, _ context: TraceContext, on loop: any EventLoop) {
        (self.command, self.context) = (command, context)
        answer = loop.makePromise(of: MessageType.self)
    }

    /// What kind of message answers a command.
    static func ask(
        _ command: Command, in context: TraceContext, port: Int, key: APIKey
    ) async throws -> MessageType {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let client = TracedClient(command, context, on: loop)
        let bootstrap = ClientBootstrap(group: loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let handler = ClientChannel(key: key, name: "test", usesTLS: false, delegate: client)
                client.channel = handler
                try channel.pipeline.syncOperations.addHandler(handler)
            }
        }
        _ = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        return try await client.answer.futureResult.get()
    }

    func isReady(_ challenge: Challenge, _ session: Session) {
        var out = WireBuffer()
        let start = out.beginFrame()
        context.write(to: &out)
        CommandsRequest.writeHead(isAtomic: false, count: 1, to: &out)
        [UInt8]().withRawSpan { CommandsRequest.put(command, key: $0, names: .asShown, to: &out) }
        out.endFrame(start, .commands, request: 1, flags: .traced)
        channel?.send(out)
        channel?.flush()
    }

    func received(_ header: MessageHeader, _ body: RawSpan) {
        answer.succeed(header.type)
        channel?.close()
    }

    func ended(_ error: ClientError) { answer.fail(error) }
}
