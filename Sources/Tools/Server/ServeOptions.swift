import ArgumentParser
import Foundation
import LogStore
import Projections
import Protocol
import Replay
import Server

/// What `holdfast serve` can be told, each by a flag, an environment variable or the configuration file; the
/// first of these that says something counts: `--idle-seconds`, `HOLDFAST_IDLE_SECONDS`, `"idle-seconds"`.
struct ServeOptions: ParsableArguments {
    @Option(help: "Address to listen on (default: 127.0.0.1).") var host: String?
    @Option(help: "Port to listen on, 0: any that is free (default: 7420).") var port: Int?
    @Option(help: "Certificate chain in PEM; needed off loopback.") var tlsCertificate: String?
    @Option(help: "Private key of the certificate in PEM.") var tlsKey: String?
    @Option(help: "Certificates in PEM that vouch for clients: then every client needs one.")
    var tlsClientAuthority: String?
    @Option(help: "Whether to go without TLS off loopback: true or false (default: false).")
    var allowPlaintext: Bool?
    @Option(help: "Connections at a time (default: 10000).") var connectionsMax: Int?
    @Option(help: "Requests in flight of one connection, 1 to 65535 (default: 1024).")
    var requestsMax: Int?
    @Option(help: "Seconds without a frame after which a connection is closed (default: 120).")
    var idleSeconds: Int?
    @Option(help: "Payments kept in memory (default: 10000000).") var paymentsInMemory: Int?
    @Option(help: "Idempotency keys kept in memory (default: 50000000).") var keysInMemory: Int?
    @Option(
        help: "Payments to take memory for at the start, each with a key and a card (default: 0).")
    var paymentsExpected: Int?
    @Option(help: "Captures to take memory for at the start, each with its key (default: 0).")
    var capturesExpected: Int?
    @Option(help: "Events after which a snapshot is written, 0: never (default: 1500000).")
    var snapshotEvents: Int?
    @Option(help: "Size of new write-ahead files in MiB, 16 to 1024 (default: 128).") var walMib: Int?
    @Option(help: "Seconds that a stop waits for answers in flight (default: 10).") var drainSeconds: Int?
    @Option(help: "File with settings as JSON: an object whose keys are the names of these flags.")
    var config: String?

    /// Reads what environment and file say.
    func reader(environment: [String: String]) async throws -> SettingsReader {
        try await SettingsReader(file: config, environment)
    }

    /// The settings that flags, environment and file say together.
    func settings(_ reader: SettingsReader) throws -> ServerSettings {
        var settings = ServerSettings()
        settings.host = try reader.text(host, "host") ?? settings.host
        settings.port = try reader.number(port, "port", 0...65_535) ?? settings.port
        settings.tls = try tls(reader)
        settings.allowsPlaintext =
            try reader.truth(allowPlaintext, "allow-plaintext") ?? settings.allowsPlaintext
        settings.connectionsMax =
            try reader.number(connectionsMax, "connections-max", 1...1_000_000) ?? settings.connectionsMax
        if let requests = try reader.number(requestsMax, "requests-max", 1...65_535) {
            settings.limits.requestsMax = UInt16(requests)
        }
        if let seconds = try reader.number(idleSeconds, "idle-seconds", 1...86_400) {
            settings.limits.idleMilliseconds = UInt32(seconds) * 1_000
        }
        settings.memory.payments =
            try reader.number(paymentsInMemory, "payments-in-memory", 1_000...1_000_000_000)
            ?? settings.memory.payments
        settings.memory.keys =
            try reader.number(keysInMemory, "keys-in-memory", 1_000...1_000_000_000) ?? settings.memory.keys
        settings.memory.room = try room(reader)
        if let events = try reader.number(snapshotEvents, "snapshot-events", 0...1_000_000_000) {
            settings.snapshotEvents = UInt64(events)
        }
        if let mebibytes = try reader.number(walMib, "wal-mib", 16...1_024) {
            settings.log.geometry.walBytes = mebibytes << 20
            settings.log.geometry.sealBacklogBytesMax = 16 * (mebibytes << 20)
        }
        settings.drainSeconds =
            try reader.number(drainSeconds, "drain-seconds", 0...3_600) ?? settings.drainSeconds
        return settings
    }

    private func room(_ reader: SettingsReader) throws -> LedgerRoom {
        let range = 0...1_000_000_000
        let payments = try reader.number(paymentsExpected, "payments-expected", range) ?? 0
        let captures = try reader.number(capturesExpected, "captures-expected", range) ?? 0
        return LedgerRoom(
            payments: payments, captures: captures, keys: payments + captures, cards: payments)
    }

    private func tls(_ reader: SettingsReader) throws -> ServerSettings.TLSFiles? {
        let certificate = try reader.text(tlsCertificate, "tls-certificate")
        let key = try reader.text(tlsKey, "tls-key")
        let authority = try reader.text(tlsClientAuthority, "tls-client-authority")
        guard let certificate, let key else {
            if certificate == nil, key == nil, authority == nil { return nil }
            throw CommandFailure(.usage, "--tls-certificate and --tls-key belong together")
        }
        return .init(certificateChain: certificate, privateKey: key, clientAuthority: authority)
    }
}
