import ArgumentParser
import Client
import Foundation
import Ledger
import LogStore
import Protocol
import Replay

/// `holdfast status`: what a server says of itself and its ledger.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Ask a server how it and its ledger are.",
        discussion: """
            What the key may not ask is left out: rows and memory take scope read of the whole ledger, the \
            digest takes audit. Digests are equal at equal sequences, wherever the ledger runs.
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    struct Document: Encodable {
        struct Rows: Encodable {
            let merchants: UInt64
            let acquirers: UInt64
            let apiKeys: UInt64
            let accounts: UInt64
            let payments: UInt64
            let paymentsAway: UInt64
            let captures: UInt64
            let refunds: UInt64
            let batches: UInt64
            let disputes: UInt64
            let exceptions: UInt64
            let payouts: UInt64
            let idempotencyKeys: UInt64
        }
        struct Digest: Encodable {
            let value: String
            let rows: UInt64
            let next: UInt64
        }

        let ledger: String
        let shard: UInt16
        let server: String
        let protocolVersion: UInt16
        let host: String
        let port: Int
        let scopes: [String]
        let merchant: String?
        let next: UInt64
        let durableEnd: UInt64?
        let time: String?
        let memoryBytes: UInt64?
        let rows: Rows?
        let digest: Digest?
        /// Sequence of the newest snapshot in `--directory`.
        let snapshot: UInt64?
    }

    func run() async throws {
        try await reportingFailures {
            let place = try connection.place()
            try await connection.withClient { client in
                let document = try await ask(client, place)
                if output.json { return try StandardOutput.json(document) }
                try StandardOutput.line(Self.lines(document).joined(separator: "\n"))
            }
        }
    }

    private func ask(_ client: LedgerClient, _ place: ServerPlace) async throws -> Document {
        let session = client.session
        let status = try await permitted { () throws(ClientError) in try await client.ask(StatusQuery()) }
        let digest = try await permitted { () throws(ClientError) in try await client.ask(DigestQuery()) }
        return Document(
            ledger: LogUUID(high: session.ledger.high, low: session.ledger.low).description,
            shard: session.shard, server: session.server, protocolVersion: session.protocolVersion,
            host: place.host, port: place.port, scopes: session.scopes.words,
            merchant: session.merchant.isNone ? nil : session.merchant.text,
            next: status?.position.raw ?? session.position, durableEnd: status?.answer?.durableEnd.raw,
            time: status?.answer.map { TimeText.rfc3339($0.time.nanoseconds) },
            memoryBytes: status?.answer?.memory, rows: status?.answer.map { Document.Rows($0) },
            digest: digest.flatMap { Document.Digest($0) }, snapshot: snapshot())
    }

    /// Nil if the key may not ask.
    private func permitted<Answer>(
        _ asking: () async throws(ClientError) -> Answer
    ) async throws(ClientError) -> Answer? {
        do { return try await asking() } catch {
            if case .failed(let reason) = error, reason.code == 21 { return nil }
            throw error
        }
    }

    /// Of the served directory, if that is told and can be read.
    private func snapshot() -> UInt64? {
        guard
            let directory = connection.directory ?? ProcessInfo.processInfo.environment["HOLDFAST_DIRECTORY"],
            let disk = try? LinuxStorage(root: directory),
            let names = try? disk.list(ShardPaths(shard: 0).snapshots)
        else { return nil }
        return names.filter { $0.hasSuffix(ShardPaths.Ending.snapshot) }
            .compactMap { UInt64($0.dropLast(ShardPaths.Ending.snapshot.count)) }.max()
    }

    private static func lines(_ document: Document) -> [String] {
        var lines = [
            "ledger \(document.ledger), shard \(document.shard)",
            "server \(document.server) at \(document.host), port \(document.port), "
                + "protocol \(document.protocolVersion)",
            "key \(document.merchant.map { "of \($0)" } ?? "of the whole ledger"), may "
                + document.scopes.joined(separator: ", "),
        ]
        if let durableEnd = document.durableEnd, let time = document.time {
            lines.append("next sequence \(document.next), durable before \(durableEnd), log time \(time)")
        }
        if let digest = document.digest {
            lines.append("digest \(digest.value) of \(digest.rows) rows, before event \(digest.next)")
        }
        if let rows = document.rows, let memory = document.memoryBytes {
            lines.append(
                "\(rows.merchants) merchants, \(rows.acquirers) acquirers, \(rows.payments) payments in "
                    + "memory, \(rows.paymentsAway) away, \(rows.idempotencyKeys) idempotency keys, "
                    + TimeText.bytes(memory))
        }
        if let snapshot = document.snapshot { lines.append("newest snapshot before event \(snapshot)") }
        return lines
    }
}

extension StatusCommand.Document.Rows {
    init(_ status: StatusRecord) {
        (merchants, acquirers) = (status.merchants, status.acquirers)
        (apiKeys, accounts) = (status.apiKeys, status.accounts)
        (payments, paymentsAway) = (status.payments, status.paymentsAway)
        (captures, refunds) = (status.captures, status.refunds)
        (batches, disputes) = (status.batches, status.disputes)
        (exceptions, payouts) = (status.exceptions, status.payouts)
        idempotencyKeys = status.keys
    }
}

extension StatusCommand.Document.Digest {
    init?(_ answer: AnswerMessage<DigestQuery>) {
        guard let record = answer.answer else { return nil }
        value = HashText.text(record.digest)
        (rows, next) = (record.rows, answer.position.raw)
    }
}

/// Hashes as people see them.
enum HashText {
    /// 32 digits, the upper half first.
    static func text(_ hash: Hash128) -> String {
        hexadecimal(hash.high) + hexadecimal(hash.low)
    }
}

extension Scopes {
    /// `write`, `read` …
    var words: [String] {
        let named: [(Scopes, String)] = [
            (.write, "write"), (.read, "read"), (.audit, "audit"), (.admin, "admin"),
        ]
        return named.filter { contains($0.0) }.map(\.1)
    }
}
