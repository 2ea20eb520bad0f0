import ArgumentParser
import Foundation
import LogStore

struct LogVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check every byte, signature, root and total.",
        discussion: """
            With the key-encryption key, or a grant for all months, every event is read, hashed and summed. \
            Without keys of an encrypted log, signatures, chains, hashes and checksums are checked, and the \
            report says so. An auditor gives --vkey, and with --checkpoint what the log signed earlier: \
            the log must extend it.
            """)

    @OptionGroup var place: PlaceOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var trust: TrustOptions

    func run() throws {
        try reportingFailures {
            let options = try trust.options(place.shard, try keys.readingKeys())
            let progress = VerificationProgress()
            let drawing = ProgressBar(progress)
            var verifier = LogVerifier(
                platform: try place.existing(), index: NoIndex(), options: options, progress: progress)
            let outcome = Result { try verifier.run() }
            drawing.stop()
            let report = try outcome.get()
            if output.json {
                try StandardOutput.json(VerificationDocument(report))
            } else {
                try StandardOutput.line(Self.lines(report).joined(separator: "\n"))
            }
            let status = Self.status(of: report)
            if status != .ok { throw status.code }
        }
    }

    static func status(of report: VerificationReport) -> ExitStatus {
        let status = ExitStatus(report.verdict)
        if status != .ok { return status }
        switch report.earlier {
        case .contradicted: return .contradicted
        case .notCheckable: return .wrongKey
        case .extended, nil: return report.findings.isEmpty ? .ok : .repairable
        }
    }

    /// The report for people.
    static func lines(_ report: VerificationReport) -> [String] {
        var lines = ["log \(report.origin)", "signed with \(report.key)"]
        lines.append(
            report.isFullCheck
                ? report.counts.eventsHashed == report.size
                    ? "full check: every event was read and hashed"
                    : "full check, every key: \(report.counts.eventsHashed) of \(report.size) events readable"
                : "partial check: \(report.lockedFiles.count) encrypted files without key, "
                    + "\(report.counts.evictedSegments) segments only in the archive; "
                    + "those by hashes, signatures and chains alone")
        let counts = report.counts
        lines.append(
            "\(counts.files) files, \(TimeText.bytes(counts.bytes)), \(counts.segments) segments; "
                + "\(report.size) events, \(counts.eventsHashed) hashed; "
                + "\(counts.rootsCompared) roots compared"
                + (counts.rootsNotCompared > 0 ? ", \(counts.rootsNotCompared) not comparable" : ""))
        lines.append(
            "root over \(report.size): \(report.root?.description ?? "not computable with these keys")")
        for month in report.months { lines += self.lines(month) }
        lines += report.notes.map { "note: \($0)" }
        for finding in report.findings {
            let kind = finding.isRepairable ? "repairable" : finding.verdict.rawValue
            let range = finding.sequences.map { ", sequences \($0)" } ?? ""
            lines.append("\(kind): \(finding.damage)\(range)")
        }
        switch report.earlier {
        case .extended(let size):
            lines.append(
                "extends the checkpoint of \(size) events"
                    + (report.isFullCheck ? "" : ", as far as the roots it states go"))
        case .contradicted(let size, let why):
            lines.append("CONTRADICTS the checkpoint of \(size) events: \(why)")
        case .notCheckable(let size, let why):
            lines.append("the checkpoint of \(size) events was NOT compared: \(why)")
        case nil: break
        }
        lines.append("verdict: \(report.damages.isEmpty ? "OK" : report.verdict.rawValue)")
        return lines
    }

    private static func lines(_ month: VerificationReport.MonthSummary) -> [String] {
        let note =
            switch month.amounts {
            case .recomputed: "recomputed"
            case .counted: "counted; this build does not know the index that sums amounts"
            case .incomplete: "incomplete: not every event was readable here"
            }
        var lines = [
            "month \(month.month): sequences \(month.sequences), "
                + "\(month.segmentCount) segments\(month.isClosed ? ", closed" : ""); totals \(note)"
        ]
        for row in month.totals.rows {
            lines.append("  type \(row.type) currency \(row.currency): \(row.count), sum \(row.sum)")
        }
        return lines
    }
}

/// The report as JSON. Sums are text: they may exceed what JSON readers keep exactly.
struct VerificationDocument: Encodable {
    struct Finding: Encodable {
        let verdict: String
        let repairable: Bool
        let file: String
        let offset: UInt64
        let what: String
        let firstSequence: UInt64?
        let endSequence: UInt64?
    }
    struct Row: Encodable {
        let type: UInt16
        let currency: UInt16
        let count: UInt64
        let sum: String
    }
    struct MonthTotals: Encodable {
        let month: String
        let firstSequence: UInt64
        let endSequence: UInt64
        let segments: Int
        let closed: Bool
        let amounts: String
        let totals: [Row]
    }
    struct Earlier: Encodable {
        let size: UInt64
        let result: String
        let reason: String?
    }

    let verdict: String
    let full: Bool
    let origin: String
    let verifierKey: String
    let events: UInt64
    let provenDurable: UInt64
    let eventsHashed: UInt64
    let files: Int
    let bytes: UInt64
    let segments: Int
    let root: String?
    let months: [MonthTotals]
    let findings: [Finding]
    let notes: [String]
    let filesWithoutKey: [String]
    let checkpoint: Earlier?

    init(_ report: VerificationReport) {
        verdict = report.damages.isEmpty ? "OK" : report.verdict.rawValue
        full = report.isFullCheck
        origin = report.origin
        verifierKey = report.key.description
        events = report.size
        provenDurable = report.provenEnd
        eventsHashed = report.counts.eventsHashed
        files = report.counts.files
        bytes = report.counts.bytes
        segments = report.counts.segments
        root = report.root?.description
        months = report.months.map { month in
            MonthTotals(
                month: month.month.description, firstSequence: month.sequences.lowerBound,
                endSequence: month.sequences.upperBound, segments: month.segmentCount, closed: month.isClosed,
                amounts: month.amounts.rawValue,
                totals: month.totals.rows.map {
                    Row(type: $0.type, currency: $0.currency, count: $0.count, sum: "\($0.sum)")
                })
        }
        findings = report.findings.map {
            Finding(
                verdict: $0.verdict.rawValue, repairable: $0.isRepairable, file: $0.damage.file.description,
                offset: $0.damage.offset, what: $0.damage.what, firstSequence: $0.sequences?.lowerBound,
                endSequence: $0.sequences?.upperBound)
        }
        notes = report.notes
        filesWithoutKey = report.lockedFiles.map(\.description)
        checkpoint = report.earlier.map {
            switch $0 {
            case .extended(let size): Earlier(size: size, result: "extended", reason: nil)
            case .contradicted(let size, let why): Earlier(size: size, result: "contradicted", reason: why)
            case .notCheckable(let size, let why): Earlier(size: size, result: "not compared", reason: why)
            }
        }
    }
}
