import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A collector on loopback that keeps what it is sent.
final class SpanReceiver: Sendable {
    struct Post: Sendable {
        let path: String
        let type: String
        let body: [UInt8]
    }

    let port: Int
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let channel: any Channel
    private let kept: Posts

    private final class Posts: Sendable {
        let all = Mutex<[Post]>([])
    }

    /// - Parameter status: that it answers with.
    init(status: HTTPResponseStatus = .ok) async throws {
        let kept = Posts()
        self.kept = kept
        let bootstrap = ServerBootstrap(group: group).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                try channel.pipeline.syncOperations.addHandler(
                    Handler(status) { post in kept.all.withLock { $0.append(post) } })
            }
        }
        channel = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    var endpoint: String { "http://127.0.0.1:\(port)" }
    var posts: [Post] { kept.all.withLock { $0 } }

    /// All spans that came, as the JSON has them.
    var spans: [[String: Any]] {
        get throws {
            try posts.flatMap { post in
                let object = try JSONSerialization.jsonObject(with: Data(post.body)) as? [String: Any]
                let resources = object?["resourceSpans"] as? [[String: Any]] ?? []
                let scopes = resources.flatMap { $0["scopeSpans"] as? [[String: Any]] ?? [] }
                return scopes.flatMap { $0["spans"] as? [[String: Any]] ?? [] }
            }
        }
    }

    func stop() async throws {
        try await channel.close()
        try await group.shutdownGracefully()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let status: HTTPResponseStatus
        private let keep: (Post) -> Void
        private var head: HTTPRequestHead?
        private var body = ByteBuffer()

        init(_ status: HTTPResponseStatus, keep: @escaping (Post) -> Void) {
            (self.status, self.keep) = (status, keep)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): (self.head, body) = (head, ByteBuffer())
            case .body(var part): body.writeBuffer(&part)
            case .end:
                keep(
                    Post(
                        path: head?.uri ?? "", type: head?.headers.first(name: "content-type") ?? "",
                        body: Array(body.readableBytesView)))
                let answer = HTTPResponseHead(
                    version: .http1_1, status: status, headers: ["content-length": "2"])
                context.write(wrapOutboundOut(.head(answer)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "{}")))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
