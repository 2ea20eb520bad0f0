import ArgumentParser
import Client
import Ledger
import LogStore
import Projections
import Protocol
import Replay

/// `holdfast replay`: the state again, from nothing but the log.
struct LedgerReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Rebuild the state in this process and print its digest.",
        discussion: """
            Reads every event, applies it, and compares the digests in the log with those of the state \
            rebuilt so far. Takes no lock, changes nothing, and works beside a running server. With \
            --compare the server is asked for its digest, and the state is rebuilt to the very sequence it \
            names: status 0 if they are equal, 83 if not.
            """)

    @OptionGroup var place: LedgerPlaceOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "Sequence to stop before (default: after all that is durable).") var upto: UInt64?
    @Option(help: "Server to compare with: HOST, or HOST:PORT (default: HOLDFAST_PORT, 7420).") var compare:
        String?
    @Option(help: "File with an API key with audit for it (default: api-key of the directory).")
    var keyFile: String?
    @OptionGroup var tls: TLSOptions

    private struct Result: Encodable {
        let ledger: String
        let next: UInt64
        let digest: String
        let rows: UInt64
        let digestVersion: UInt16
        let events: UInt64
        let bytes: UInt64
        let digestsCompared: UInt64
        let digestsOfOtherVersions: UInt64
        let eventsPerSecond: UInt64
        var server: LiveDigest?
        /// Whether the server's digest is this one; nil if none was asked.
        var equal: Bool? { server.map { $0.digest == digest && $0.rows == rows } }

        enum CodingKeys: String, CodingKey {
            case ledger, next, digest, rows, digestVersion, events, bytes, digestsCompared
            case digestsOfOtherVersions, eventsPerSecond, server, equal
        }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(ledger, forKey: .ledger)
            try values.encode(next, forKey: .next)
            try values.encode(digest, forKey: .digest)
            try values.encode(rows, forKey: .rows)
            try values.encode(digestVersion, forKey: .digestVersion)
            try values.encode(events, forKey: .events)
            try values.encode(bytes, forKey: .bytes)
            try values.encode(digestsCompared, forKey: .digestsCompared)
            try values.encode(digestsOfOtherVersions, forKey: .digestsOfOtherVersions)
            try values.encode(eventsPerSecond, forKey: .eventsPerSecond)
            try values.encodeIfPresent(server, forKey: .server)
            try values.encodeIfPresent(equal, forKey: .equal)
        }
    }

    func validate() throws {
        guard compare == nil || upto == nil else {
            throw ValidationError("--compare says where to stop, --upto does too")
        }
    }

    func run() async throws {
        try await reportingFailures {
            let live = try await liveDigest()
            let log = try ReadOnlyLog(
                platform: try place.existing(), shard: place.shard, keys: try keys.readingKeys())
            if let live { try await catchUp(log, live) }
            if let upto, upto > log.readableEnd {
                throw CommandFailure(.missing, "\(log.readableEnd) events are readable, not \(upto)")
            }
            endingWhenContradicted(log)
            var result = try replay(ReplayLog(log), upTo: live?.next ?? upto)
            result.server = live
            try show(result)
            if result.equal == false { throw ExitStatus.contradicted.code }
        }
    }

    private func liveDigest() async throws -> LiveDigest? {
        guard let compare else { return nil }
        var server = ServerPlace(keyFile: keyFile ?? place.directory + "/api-key", tls: try tls.trust())
        server.port = try ConnectionOptions.environmentPort() ?? server.port
        try server.setAddress(compare)
        return try await LiveDigest.ask(server)
    }

    /// What the server answered for is durable; whoever only reads believes so as soon as something later
    /// says it.
    private func catchUp(_ log: ReadOnlyLog<LinuxPlatform>, _ live: LiveDigest) async throws {
        guard log.identityText == live.ledger else {
            throw CommandFailure(
                .contradicted, "the directory holds ledger \(log.identityText), the server \(live.ledger)")
        }
        guard live.next > 0 else { return }
        guard try log.waitForMore(beyond: live.next - 1, timeoutNanoseconds: 10_000_000_000) else {
            throw CommandFailure(
                .missing, "\(log.readableEnd) events are readable here, the server has \(live.next)")
        }
    }

    private func replay(
        _ log: ReplayLog<LinuxPlatform>, upTo end: UInt64?
    ) throws(ReplayError) -> Result {
        var state = LedgerState(shard: log.shard, seed: .random(in: .min ... .max))
        var line = ReplayProgressLine()
        defer { line.end() }
        let done = try Rebuild.replay(log, into: &state, upTo: end) { line.draw($0) }
        let digest = state.digest
        return Result(
            ledger: log.ledger.description, next: end ?? state.next.raw, digest: digest.hexadecimal,
            rows: digest.rowCount, digestVersion: StateDigest.version, events: done.eventCount,
            bytes: done.byteCount, digestsCompared: done.digestCount,
            digestsOfOtherVersions: done.foreignDigestCount, eventsPerSecond: line.rate(done))
    }

    private func show(_ result: Result) throws {
        if output.json { return try StandardOutput.json(result) }
        try StandardOutput.line(
            """
            ledger \(result.ledger), before event \(result.next)
            digest \(result.digest) of \(result.rows) rows, version \(result.digestVersion)
            \(result.events) events, \(TimeText.bytes(result.bytes)), \(result.eventsPerSecond) events/s
            \(result.digestsCompared) digests in the log compared\(otherVersions(result))
            """)
        guard let server = result.server else { return }
        try StandardOutput.line(
            result.equal == true
                ? "equal to the server's at \(server.host), port \(server.port)"
                : "DIFFERENT from the server's: \(server.digest) of \(server.rows) rows")
    }

    private func otherVersions(_ result: Result) -> String {
        result.digestsOfOtherVersions == 0 ? "" : ", \(result.digestsOfOtherVersions) of other versions not"
    }

    /// An event that cannot be applied ends the command as any other contradiction does.
    private func endingWhenContradicted(_ log: ReadOnlyLog<LinuxPlatform>) {
        LedgerContradiction.endProcess { sequence, what in
            let file = ReplayLog(log).file(of: sequence)
            StandardError.write("holdfast: event \(sequence)\(file.map { " in \($0)" } ?? ""): \(what)")
        }
    }
}
