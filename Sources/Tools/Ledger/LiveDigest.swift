import Client
import Ledger
import LogStore
import Protocol
import Replay

/// The digest of a server's state, as of a sequence.
struct LiveDigest: Encodable {
    let host: String
    let port: Int
    let ledger: String
    /// It covers all events before.
    let next: UInt64
    let digest: String
    let rows: UInt64

    /// Asks a server; takes a key with audit.
    static func ask(_ server: ServerPlace) async throws -> LiveDigest {
        let client = try await server.connect()
        do {
            let answer = try await client.ask(DigestQuery())
            guard let record = answer.answer else {
                throw CommandFailure(.internalError, "the server has no digest")
            }
            let ledger = client.session.ledger
            await client.close()
            return LiveDigest(
                host: server.host, port: server.port,
                ledger: LogUUID(high: ledger.high, low: ledger.low).description, next: answer.position.raw,
                digest: HashText.text(record.digest), rows: record.rows)
        } catch {
            await client.close()
            throw error
        }
    }
}

extension ServerPlace {
    /// HOST, HOST:PORT, or [ADDRESS]:PORT.
    mutating func setAddress(_ text: String) throws {
        let bare = text.hasPrefix("[") ? text.dropFirst().split(separator: "]", maxSplits: 1) : []
        if let address = bare.first {
            host = String(address)
            return try setPort(bare.count > 1 ? bare[1].dropFirst() : nil)
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        // More colons than one: an address of version 6, without a port.
        guard parts.count <= 2 else {
            host = text
            return
        }
        host = String(parts[0])
        try setPort(parts.count == 2 ? parts[1] : nil)
    }

    private mutating func setPort(_ text: Substring?) throws {
        guard let text else { return }
        guard let port = Int(text), (1...65_535).contains(port) else {
            throw CommandFailure(.usage, "\"\(text)\" is no port")
        }
        self.port = port
    }
}

extension ReadOnlyLog {
    /// The UUID of the ledger it is of.
    var identityText: String { ReplayLog(self).ledger.description }
}
