import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Telemetry
import Testing

/// The admin port, over loopback.
@Suite struct AdminServerTests {
    private struct Answer: Equatable {
        let status: UInt
        let text: String
    }

    private func get(_ path: String, of admin: AdminServer) async throws -> Answer {
        let request = HTTPClientRequest(url: "http://127.0.0.1:\(admin.port)\(path)")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let body = try await response.body.collect(upTo: 1 << 20)
        return Answer(status: response.status.code, text: String(buffer: body))
    }

    @Test func `it tells metrics, life and readiness as they are when it is asked`() async throws {
        let board = HealthBoard { 0 }
        let admin = try await AdminServer.start(host: "127.0.0.1", port: 0, health: board) { "a 1\n" }
        #expect(try await get("/metrics", of: admin) == Answer(status: 200, text: "a 1\n"))
        #expect(try await get("/health", of: admin) == Answer(status: 200, text: "ok\n"))
        #expect(try await get("/ready", of: admin).status == 503)
        board.enter(.serving)
        #expect(try await get("/ready", of: admin) == Answer(status: 200, text: "ok\n"))
        board.note(hindrances: ["one", "two"])
        #expect(try await get("/ready", of: admin) == Answer(status: 503, text: "one\ntwo\n"))
        board.enter(.stopping)
        #expect(try await get("/ready", of: admin) == Answer(status: 503, text: "stopping\n"))
        board.enter(.failed("disk"))
        #expect(try await get("/health", of: admin) == Answer(status: 503, text: "failed: disk\n"))
        #expect(try await get("/else", of: admin).status == 404)
        await admin.stop()
    }

    @Test func `a port that is taken is an error that names it`() async throws {
        let board = HealthBoard { 0 }
        let admin = try await AdminServer.start(host: "127.0.0.1", port: 0, health: board) { "" }
        let error = await #expect(throws: AdminServerError.self) {
            try await AdminServer.start(host: "127.0.0.1", port: admin.port, health: board) { "" }
        }
        #expect(error?.description.contains("127.0.0.1, port \(admin.port)") == true)
        await admin.stop()
    }
}
