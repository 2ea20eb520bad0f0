import ArgumentParser
import LogStore

struct LogRecover: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Say what opening the log would do, or open it once with your decision.",
        discussion: """
            --dry-run reads only. If its verdict is AMBIGUOUS it names a file and offset; with --accept-cut \
            they are cut there: the bytes are kept in quarantine, the cut is recorded in the log as an \
            operator's.
            """)

    @OptionGroup var place: PlaceOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var writing: WritingOptions
    @OptionGroup var output: OutputOptions
    @Flag(help: "Change nothing, say what would happen.") var dryRun = false
    @Option(help: "Cut this file exactly here: FILEUUID@OFFSET.") var acceptCut: String?

    private struct Report: Encodable {
        struct Place: Encodable, CustomStringConvertible {
            let file: String
            let offset: UInt64
            let what: String

            init(_ damage: Damage) { self.init(damage.file, damage.offset, damage.what) }

            init(_ file: StoragePath, _ offset: UInt64, _ what: String) {
                self.file = file.description
                self.offset = offset
                self.what = what
            }

            var description: String { "\(file) at offset \(offset): \(what)" }
        }
        let verdict: String
        let explanation: String
        let recoveredSequence: UInt64?
        let firstLostSequence: UInt64?
        let endLostSequence: UInt64?
        let evidence: String?
        let cuts: [Place]
        let repairs: [Place]
        let removals: [String]
        let damages: [Place]
        let acceptCut: String?
    }

    func validate() throws {
        guard dryRun != (acceptCut != nil) else {
            throw ValidationError("give either --dry-run or --accept-cut")
        }
        guard keys.grant == nil else { throw ValidationError("recovery needs the key-encryption key") }
    }

    func run() throws {
        try reportingFailures {
            if let acceptCut { return try cut(at: acceptCut) }
            let (report, verdict) = try examine()
            if output.json { try StandardOutput.json(report) } else { try show(report) }
            if verdict != .cleanEnd { throw ExitStatus(verdict).code }
        }
    }

    // MARK: Dry run

    private func examine() throws -> (Report, Verdict) {
        let platform = try place.existing()
        do throws(LogStoreError) {
            let superblock = try SuperblockStore.read(
                ShardPaths(shard: place.shard).superblock, on: platform.disk
            )
            .superblock
            var options = ExaminationOptions()
            options.shard = place.shard
            options.geometry = writing.geometry
            options.geometry.frameBytesMax = FrameHeader.totalLengthMax
            options.encryption = try unlock(platform, superblock)
            var examiner = LogExaminer(platform: platform, options: options)
            let examination = try examiner.examine()
            return (Self.report(examination), examination.verdict)
        } catch .refused(let refusal) {
            return (Self.report(refusal, cutPlace(refusal, platform)), refusal.verdict)
        }
    }

    private func unlock(_ platform: LinuxPlatform, _ superblock: Superblock) throws(LogStoreError)
        -> LogEncryption
    {
        let key: KeyEncryptionKey?
        do { key = try keys.keyEncryptionKey() } catch let failure as CommandFailure {
            throw .wrongKey(failure.message)
        } catch { throw .wrongKey("\(error)") }
        return try LogKeys.load(
            platform: platform, ledger: superblock.ledger, generation: superblock.keyringGeneration, key: key,
            forWriting: false
        ).encryption
    }

    private static func report(_ examination: LogExamination) -> Report {
        let torn = examination.verdict == .tornTail
        return Report(
            verdict: examination.verdict.rawValue,
            explanation: torn
                ? "the last write never completed and was never acknowledged; opening cuts and records it"
                : "everything written is there",
            recoveredSequence: examination.position.nextSequence, firstLostSequence: nil,
            endLostSequence: nil,
            evidence:
                "\(examination.evidence.source) proves \(examination.evidence.durableEnd) durable",
            cuts: examination.cuts.map {
                Report.Place(
                    $0.path, $0.cut.offset, "\($0.cut.length) bytes to quarantine, SHA-256 \($0.cut.hash)")
            },
            repairs: examination.repaired.map(Report.Place.init),
            removals: (examination.temporaries + examination.orphanSegments + examination.sealedWALFiles).map(
                \.description),
            damages: [], acceptCut: nil)
    }

    private static func report(_ refusal: Refusal, _ cut: String?) -> Report {
        Report(
            verdict: refusal.verdict.rawValue, explanation: refusal.explanation, recoveredSequence: nil,
            firstLostSequence: refusal.sequences?.lowerBound, endLostSequence: refusal.sequences?.upperBound,
            evidence: nil, cuts: [], repairs: [], removals: [],
            damages: refusal.damages.map(Report.Place.init),
            acceptCut: cut)
    }

    /// What --accept-cut takes, where an operator may decide.
    private func cutPlace(_ refusal: Refusal, _ platform: LinuxPlatform) -> String? {
        guard refusal.verdict == .ambiguous, let damage = refusal.damages.last,
            damage.file.name.hasSuffix(ShardPaths.Ending.wal)
        else { return nil }
        // Without a readable header there is no name to decide about; the refusal itself is already reported.
        guard let file = try? platform.disk.open(damage.file, .read),
            let header = try? FileHeader.read(from: file)
        else { return nil }
        return "\(header.fileUUID)@\(damage.offset)"
    }

    private func show(_ report: Report) throws {
        var lines = ["verdict: \(report.verdict): \(report.explanation)"]
        if let recovered = report.recoveredSequence { lines.append("events: \(recovered)") }
        if let first = report.firstLostSequence, let end = report.endLostSequence {
            lines.append("sequences lost or unreadable: \(first)..<\(end)")
        }
        if let evidence = report.evidence { lines.append("evidence: \(evidence)") }
        lines += report.damages.map { "damage: \($0)" }
        lines += report.cuts.map { "would cut: \($0)" }
        lines += report.repairs.map { "would repair: \($0)" }
        lines += report.removals.map { "would remove or reuse: \($0)" }
        if let cut = report.acceptCut {
            lines.append("to decide for a cut: holdfast log recover --accept-cut \(cut)")
        }
        try StandardOutput.line(lines.joined(separator: "\n"))
    }

    // MARK: The decision

    private func cut(at text: String) throws {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let offset = UInt64(parts[1]), let uuid = LogUUID(text: parts[0]) else {
            throw CommandFailure(.usage, "--accept-cut takes FILEUUID@OFFSET, as the dry run prints it")
        }
        let log = try openForWriting(
            place, keys, writing, acceptedCut: LogOptions.AcceptedCut(fileUUID: uuid, offset: offset))
        let report = log.report
        try log.close()
        if output.json {
            return try StandardOutput.json(
                Report(
                    verdict: report.verdict.rawValue,
                    explanation: "opened and closed with the operator's decision",
                    recoveredSequence: report.recoveredEnd, firstLostSequence: nil, endLostSequence: nil,
                    evidence: nil, cuts: report.cuts.map(Report.Place.init),
                    repairs: report.repaired.map(Report.Place.init),
                    removals: [], damages: [], acceptCut: nil))
        }
        try StandardOutput.line("\(report.verdict.rawValue): recovered \(report.recoveredEnd) events")
        for cut in report.cuts { try StandardOutput.line("cut: \(cut)") }
    }
}
