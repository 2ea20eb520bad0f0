import ArgumentParser
import LogStore

struct LogRepairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair", abstract: "Put damaged sealed segments back from an archive.",
        discussion: """
            Reads every sealed segment that is here whole, and those that are damaged or missing are fetched \
            from the archive: only bytes with the size and SHA-256 the log's manifest names take the \
            damaged file's place. What the damaged file still gives is kept in quarantine. No key is \
            needed; with the key of an encrypted log its blocks are decoded too.

            --quick reads whole only what keeps a log from opening: the newest segment and what the scrubber \
            noted; of the others the tail. --segment reads those that hold the given sequences.

            Exit status 0: nothing is damaged any more. With --dry-run 80 if something is.
            """)

    @OptionGroup var place: PlaceOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "The archive's directory.") var archive: String
    @Option(help: "Only the segment that holds this sequence; may be given again.") var segment: [UInt64] = []
    @Flag(help: "Read whole only the newest segment and what the scrubber noted.") var quick = false
    @Flag(help: "Change nothing, take no lock, say what would be done.") var dryRun = false

    func validate() throws {
        guard !quick || segment.isEmpty else { throw ValidationError("give either --quick or --segment") }
        guard keys.grant == nil else {
            throw ValidationError("repairing takes the key-encryption key, or none")
        }
    }

    func run() throws {
        try reportingFailures {
            var options = LogRepair<LinuxPlatform>.Options()
            options.shard = place.shard
            options.key = try keys.keyEncryptionKey()
            options.isDryRun = dryRun
            options.selection = segment.isEmpty ? quick ? .quick : .all : .holding(segment)
            let platform = try place.existing()
            let progress = VerificationProgress()
            let source = try openArchive()
            let drawing = ProgressBar(progress)
            let repair = LogRepair(platform: platform, options: options)
            let outcome = Result { try repair.run(from: source, progress: progress) }
            drawing.stop()
            let document = RepairDocument(try outcome.get(), isDryRun: dryRun)
            if output.json { try StandardOutput.json(document) } else { try show(document) }
            let status = Self.status(of: try outcome.get())
            if status != .ok { throw status.code }
        }
    }

    private func openArchive() throws -> DirectoryArchive<LinuxStorage> {
        do throws(StorageError) { return DirectoryArchive(disk: try LinuxStorage(root: archive)) } catch {
            throw CommandFailure(
                ExitStatus(.storage(error)), "cannot open the archive \(archive): \(error)")
        }
    }

    static func status(of report: LogRepair<LinuxPlatform>.Report) -> ExitStatus {
        for repair in report.damaged {
            if case .failed(let error) = repair.outcome { return ExitStatus(error) }
        }
        return report.damaged.contains { $0.outcome == .repairable } ? .corruptSealed : .ok
    }

    private func show(_ document: RepairDocument) throws {
        var lines: [String] = []
        for segment in document.segments {
            lines.append("damaged: \(segment.damage) (\(segment.file) at offset \(segment.offset))")
            let range = "sequences \(segment.firstSequence)..<\(segment.endSequence)"
            switch segment.outcome {
            case "repaired": lines.append("  repaired: \(range)")
            case "repairable": lines.append("  would repair: \(range)")
            default: lines.append("  NOT repaired: \(range): \(segment.reason ?? "")")
            }
            if let kept = segment.quarantine { lines.append("  the damaged bytes are kept in \(kept)") }
            lines += segment.unreadable.map {
                "  \($0.length) bytes at offset \($0.offset) were not readable, zeros there"
            }
        }
        lines.append(
            "\(document.checkedSegments) segments, \(TimeText.bytes(document.checkedBytes)) looked at, "
                + "\(document.segments.count) damaged")
        try StandardOutput.line(lines.joined(separator: "\n"))
    }
}

/// What a repair found and did, as JSON.
struct RepairDocument: Encodable {
    struct Gap: Encodable {
        let offset: UInt64
        let length: UInt64
    }
    struct Segment: Encodable {
        let file: String
        let firstSequence: UInt64
        let endSequence: UInt64
        let offset: UInt64
        let damage: String
        /// `repaired`, `repairable` (a dry run) or `failed`.
        let outcome: String
        let reason: String?
        let quarantine: String?
        let unreadable: [Gap]
    }

    let dryRun: Bool
    let checkedSegments: Int
    let checkedBytes: UInt64
    let segments: [Segment]

    init(_ report: LogRepair<LinuxPlatform>.Report, isDryRun: Bool) {
        dryRun = isDryRun
        checkedSegments = report.checkedCount
        checkedBytes = report.checkedBytes
        segments = report.damaged.map { repair in
            var (outcome, reason, copy): (String, String?, DamagedCopy?) = ("repairable", nil, nil)
            switch repair.outcome {
            case .repairable: break
            case .repaired(let kept): (outcome, copy) = ("repaired", kept)
            case .failed(let error): (outcome, reason) = ("failed", error.description)
            }
            return Segment(
                file: repair.file.description, firstSequence: repair.sequences.lowerBound,
                endSequence: repair.sequences.upperBound, offset: repair.damage.offset,
                damage: repair.damage.what, outcome: outcome, reason: reason,
                quarantine: copy?.path.description,
                unreadable: copy?.unreadable.map { Gap(offset: $0.lowerBound, length: UInt64($0.count)) }
                    ?? [])
        }
    }
}
