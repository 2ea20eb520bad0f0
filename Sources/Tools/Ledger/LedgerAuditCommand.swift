import ArgumentParser
import Foundation
import Ledger
import LogStore
import Projections
import Replay

/// `holdfast audit`: every byte, every event, every sum.
struct LedgerAuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Check a whole ledger: its log, its money, its promises.",
        discussion: """
            Verifies the log as `log verify` does, then replays it with books of its own beside the state. \
            An auditor gives --vkey, and with --checkpoint what the log signed earlier; of an encrypted \
            ledger a grant for all months. Takes no lock, changes nothing, and works beside a running server.
            """)

    @OptionGroup var place: LedgerPlaceOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var trust: TrustOptions

    func run() throws {
        try reportingFailures {
            let platform = try place.existing()
            let keys = try keys.readingKeys()
            let verification = try verify(platform, keys)
            let log = ReplayLog(try ReadOnlyLog(platform: platform, shard: place.shard, keys: keys))
            tellContradiction(verification, log)
            var line = ReplayProgressLine()
            let report = LedgerAudit.run(log, seed: .random(in: .min ... .max)) { line.draw($0) }
            line.end()
            let result = AuditResult(verification: verification, report: report)
            if output.json {
                try StandardOutput.json(AuditDocument(result))
            } else {
                try StandardOutput.line(AuditText.lines(result).joined(separator: "\n"))
            }
            if result.status != .ok { throw result.status.code }
        }
    }

    private func verify(_ platform: LinuxPlatform, _ keys: ReadingKeys) throws -> VerificationReport {
        let progress = VerificationProgress()
        var verifier = LogVerifier(
            platform: platform, index: NoIndex(), options: try trust.options(place.shard, keys),
            progress: progress)
        let drawing = ProgressBar(progress)
        let outcome = Result { try verifier.run() }
        drawing.stop()
        return try outcome.get()
    }

    /// If an event cannot be applied at all there are no totals to tell: what the log's own checks found, and
    /// the event.
    private func tellContradiction(
        _ verification: VerificationReport, _ log: ReplayLog<LinuxPlatform>
    ) {
        let isJSON = output.json
        LedgerContradiction.endProcess { sequence, what in
            var report = AuditReport(ledger: log.ledger, end: log.readableEnd)
            report.contradict(AuditFinding(sequence: sequence, file: log.file(of: sequence), what: what))
            let result = AuditResult(verification: verification, report: report)
            // The status says what matters if nobody reads the rest.
            if isJSON {
                try? StandardOutput.json(AuditDocument(result))
            } else {
                try? StandardOutput.line(AuditText.lines(result).joined(separator: "\n"))
            }
        }
    }
}

/// What an audit came to, both halves together.
struct AuditResult {
    let verification: VerificationReport
    let report: AuditReport

    /// Damage first: what is not what was written says nothing. Then contradictions, then what could not be
    /// read.
    var status: ExitStatus {
        let log = LogVerify.status(of: verification)
        if !verification.damages.isEmpty || log == .contradicted { return log }
        if report.findingCount > 0 { return .contradicted }
        if let failure = report.failure { return ExitStatus(failure) }
        if !verification.lockedFiles.isEmpty { return .wrongKey }
        if report.opening == nil { return .missing }
        return log
    }

    /// In a word.
    var verdict: String {
        switch status {
        case .ok, .repairable: "OK"
        case .contradicted: "CONTRADICTED"
        case .missing, .wrongKey: "INCOMPLETE"
        default: verification.damages.isEmpty ? "DAMAGED" : verification.verdict.rawValue
        }
    }
}
