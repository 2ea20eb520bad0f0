internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import Synchronization

/// The port for operators and their machines: `GET /metrics`, `/health` and `/ready`.
///
/// It tells counts and states, nothing of payments, and takes no orders; it asks nobody who they are, so it
/// belongs on loopback or a network of operators.
package final class AdminServer: Sendable {
    /// Where it listens.
    package let port: Int
    private let running: Task<Void, any Error>

    private init(port: Int, running: Task<Void, any Error>) { (self.port, self.running) = (port, running) }

    /// Listens; returns when it does.
    ///
    /// - Parameters:
    ///   - port: 0: any that is free.
    ///   - metrics: what `/metrics` says, made anew each time.
    package static func start(
        host: String, port: Int, health: HealthBoard, metrics: @escaping @Sendable () -> String
    ) async throws(AdminServerError) -> AdminServer {
        let (ports, said) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router(health, metrics),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { channel in said.yield(channel.localAddress?.port ?? port) },
            logger: Logger(label: "holdfast.admin") { _ in SwiftLogNoOpLogHandler() })
        let running = Task {
            defer { said.finish() }
            try await application.run()
        }
        for await port in ports { return AdminServer(port: port, running: running) }
        var problem = "it ended at once"
        do { try await running.value } catch { problem = "\(error)" }
        throw AdminServerError(host: host, port: port, problem: problem)
    }

    /// Closes the port.
    package func stop() async {
        running.cancel()
        _ = await running.result
    }

    // MARK: Answers

    private static func router(
        _ health: HealthBoard, _ metrics: @escaping @Sendable () -> String
    ) -> Router<BasicRequestContext> {
        let router = Router()
        router.get("metrics") { _, _ in
            response(.ok, metrics(), type: "text/plain; version=0.0.4; charset=utf-8")
        }
        router.get("health") { _, _ in response(health.live) }
        router.get("ready") { _, _ in response(health.ready) }
        return router
    }

    /// 200 `ok`, or 503 with a reason a line.
    private static func response(_ answer: HealthBoard.Answer) -> Response {
        let text = answer.isGood ? "ok\n" : answer.reasons.map { $0 + "\n" }.joined()
        return response(
            answer.isGood ? .ok : .serviceUnavailable, text, type: "text/plain; charset=utf-8")
    }

    private static func response(_ status: HTTPResponse.Status, _ text: String, type: String) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

/// Why the admin port did not open.
package struct AdminServerError: Error, Sendable, CustomStringConvertible {
    let host: String
    let port: Int
    let problem: String

    package var description: String { "cannot listen for operators on \(host), port \(port): \(problem)" }
}
