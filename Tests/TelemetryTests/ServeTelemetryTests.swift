import AsyncHTTPClient
import Client
import CoreMetrics
import Foundation
import Ledger
import LogStore
import NIOCore
import NIOHTTP1
import Protocol
import Server
import Telemetry
import TestSupport
import Testing

/// A whole server, watched over loopback.
@Suite struct ServeTelemetryTests {
    /// The built `holdfast serve`, and what it said.
    private final class ServedProcess {
        struct Started: Decodable {
            let port: Int
            let adminHost: String
            let adminPort: Int
            let keyFile: String
        }

        struct DidNotStart: Error {}

        let started: Started
        private let process = Process()
        private let errors: URL

        init(_ directory: TemporaryDirectory, _ arguments: [String]) throws {
            let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
                .deletingLastPathComponent().appending(path: "holdfast")
            errors = URL(filePath: directory.path + "/errors")
            try Data().write(to: errors)
            process.executableURL = executable
            process.arguments = ["serve", directory.path + "/ledger", "--port", "0", "--json"] + arguments
            let output = Pipe()
            process.standardOutput = output
            process.standardError = try FileHandle(forWritingTo: errors)
            try process.run()
            var bytes = Data()
            while true {
                let more = output.fileHandleForReading.availableData
                bytes += more
                if let started = try? JSONDecoder().decode(Started.self, from: bytes) {
                    self.started = started
                    return
                }
                if more.isEmpty { throw DidNotStart() }
            }
        }

        var key: APIKey {
            get throws {
                let text = try String(contentsOfFile: started.keyFile, encoding: .utf8)
                return try #require(APIKey(text.filter { !$0.isWhitespace }))
            }
        }

        /// Stops it in order; its lines.
        func stop() throws -> [Substring] {
            process.terminate()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            return try String(contentsOf: errors, encoding: .utf8).split(separator: "\n")
        }
    }

    private func get(_ path: String, _ started: ServedProcess.Started) async throws -> (UInt, String) {
        let request = HTTPClientRequest(url: "http://\(started.adminHost):\(started.adminPort)\(path)")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let body = try await response.body.collect(upTo: 4 << 20)
        return (response.status.code, String(buffer: body))
    }

    private var merchant: Command {
        var body = OpenMerchant()
        body.settings.name = Text("Shop") ?? Text()
        return Command(.openMerchant(body))
    }

    private let context = TraceContext(
        trace: Hash128(low: 0x0706_0504_0302_0100, high: 0x0F0E_0D0C_0B0A_0908), span: 5, isSampled: true)

    @Test func `a served command is seen on the admin port, in log lines and at the collector`() async throws
    {
        let (directory, receiver) = (try TemporaryDirectory(), try await SpanReceiver())
        let server = try ServedProcess(
            directory,
            ["--log-format", "json", "--log-level", "trace", "--otlp-endpoint", receiver.endpoint])
        let key = try server.key
        let stranger = try #require(
            APIKey(publicID: key.publicID, secret: [UInt8](repeating: 9, count: 32)))
        let port = server.started.port
        #expect(try await TracedClient.ask(merchant, in: context, port: port, key: key) == .results)
        await #expect(throws: (any Error).self) {
            try await TracedClient.ask(merchant, in: context, port: port, key: stranger)
        }
        #expect(server.started.adminHost == "127.0.0.1")
        #expect(try await get("/health", server.started) == (200, "ok\n"))
        #expect(try await get("/ready", server.started) == (200, "ok\n"))
        let (status, metrics) = try await get("/metrics", server.started)
        #expect(status == 200)
        for name in TelemetryNames.metrics { #expect(metrics.contains("# TYPE \(name) "), "\(name)") }

        try check(lines: try server.stop(), key: key)
        let spans = try receiver.spans
        #expect(spans.map { $0["name"] as? String } == ["holdfast.commands"])
        #expect(spans.first?["traceId"] as? String == "000102030405060708090a0b0c0d0e0f")
        #expect(spans.first?["parentSpanId"] as? String == "0000000000000005")
        try await receiver.stop()
    }

    /// Every line is one event with known fields, those that must be are there, and none tells a secret.
    private func check(lines: [Substring], key: APIKey) throws {
        var events: [String] = []
        let known = Set(ServerLogField.allCases.map(\.rawValue) + ["at", "level", "event"])
        for line in lines {
            let object = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
            #expect(Set(object.keys).subtracting(known) == [])
            events.append(object["event"] ?? "")
            #expect(!line.contains(key.text) && !line.contains(key.text.dropFirst(36).prefix(64)))
        }
        #expect(Set(events).subtracting(ServerLogEvent.allCases.map(\.rawValue)) == [])
        #expect(events.first == "starting" && events.last == "stopped")
        for event in [ServerLogEvent.opened, .listening, .connectionAccepted, .handshakeRefused, .draining] {
            #expect(events.contains(event.rawValue))
        }
    }

    @Test func `settings that make no sense end the command`() throws {
        for arguments in [
            ["--log-level", "loud"], ["--log-format", "xml"], ["--otlp-endpoint", "nowhere"],
            ["--admin-port", "70000"], ["--otlp-permille", "1001"],
        ] {
            let directory = try TemporaryDirectory()
            #expect(throws: ServedProcess.DidNotStart.self) { try ServedProcess(directory, arguments) }
            let said = try String(contentsOfFile: directory.path + "/errors", encoding: .utf8)
            #expect(!said.isEmpty && !said.contains("listening"))
        }
    }

    @Test func `samples tell what was done, and the last one is of a server that stopped`() async throws {
        let directory = try TemporaryDirectory()
        let registry = PrometheusRegistry()
        let metrics = ServerMetrics(registry)
        let (samples, came) = AsyncStream.makeStream(of: ServerSample.self)
        var watch = ServerWatch(
            metrics,
            onSample: { sample in
                metrics.record(sample, isReady: !sample.isDraining)
                came.yield(sample)
            })
        watch.sampleMilliseconds = 1
        var settings = ServerSettings()
        settings.port = 0
        settings.log.geometry.walBytes = 8 << 20
        let platform = LinuxPlatform(disk: try LinuxStorage(root: directory.path))
        let server = try LedgerServer.start(platform, settings, watch: watch) { error in
            Issue.record("the server failed: \(error)")
        }
        let key = try String(contentsOfFile: directory.path + "/api-key", encoding: .utf8)
        let client = try await LedgerClient.connect(
            ClientOptions(port: server.address.port, key: key.filter { !$0.isWhitespace }))
        #expect(try await client.execute(merchant, key: "m").status == .done)
        #expect(try await client.execute(Command(.openMerchant(OpenMerchant())), key: "n").status != .done)
        for await sample in samples where sample.counts.done == 1 && sample.counts.refused == 1 { break }
        for line in [
            "holdfast_commands_total{outcome=\"done\"} 1", "holdfast_connections 1", "holdfast_ready 1",
            "holdfast_refusals_total{code=\"textRequired\"} 1",
            "holdfast_commands_total{outcome=\"refused\"} 1",
        ] { #expect(registry.text.contains("\n\(line)\n"), "\(line)") }
        #expect(!registry.text.contains("\nholdfast_reply_seconds_count 0\n"))
        #expect(!registry.text.contains("\nholdfast_turn_seconds_count 0\n"))
        await client.close()
        try server.stop()
        for line in ["holdfast_snapshots_total{outcome=\"written\"} 1", "holdfast_ready 0"] {
            #expect(registry.text.contains("\n\(line)\n"), "\(line)")
        }
    }
}
