import ArgumentParser
import Ledger
import LogStore
import Projections
import Replay

/// `holdfast replay`: the state again, from nothing but the log.
struct LedgerReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Rebuild the state in this process and print its digest.",
        discussion: """
            Reads every event, applies it, and compares the digests in the log with those of the state \
            rebuilt so far. Takes no lock, changes nothing, and works beside a running server.
            """)

    @OptionGroup var place: LedgerPlaceOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "Sequence to stop before (default: after all that is durable).") var upto: UInt64?

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
    }

    func run() throws {
        try reportingFailures {
            let log = try ReadOnlyLog(
                platform: try place.existing(), shard: place.shard, keys: try keys.readingKeys())
            if let upto, upto > log.readableEnd {
                throw CommandFailure(.missing, "\(log.readableEnd) events are readable, not \(upto)")
            }
            endingWhenContradicted(log)
            try show(try replay(ReplayLog(log)))
        }
    }

    private func replay(_ log: ReplayLog<LinuxPlatform>) throws(ReplayError) -> Result {
        var state = LedgerState(shard: log.shard, seed: .random(in: .min ... .max))
        var line = ReplayProgressLine()
        defer { line.end() }
        let done = try Rebuild.replay(log, into: &state, upTo: upto) { line.draw($0) }
        let digest = state.digest
        return Result(
            ledger: log.ledger.description, next: state.next.raw, digest: digest.hexadecimal,
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
