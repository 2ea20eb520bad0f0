import ArgumentParser
import Foundation
import LogStore
import Replay

/// `holdfast restore`: a ledger from a backup, as it ended or as it was before.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make a ledger of a backup, in an empty directory.",
        discussion: """
            The backup is verified first, and every file's hash is compared while it is copied. Without an \
            end the ledger comes back as it was backed up, under its own id.

            --to-sequence and --to-time end it earlier, never inside a group of events: then a little \
            earlier than asked for, which is told. What a checkpoint or a sealed segment has signed cannot \
            be taken back under the same id; with --fork a new ledger is made instead, with an id of its \
            own, that says in its log which ledger it continues and from where. It can be read; nobody \
            appends to it before `holdfast promote`.

            --checkpoint is the newest signed checkpoint that anybody holds, if it may be newer than the \
            backup: a backup that ends before it is restored as a fork only.
            """)

    @Argument(help: "The backup's directory.") var source: String
    @Argument(help: "Where to make the ledger: a new or an empty directory.") var directory: String
    @Option(help: "End before this sequence: as many events are kept.") var toSequence: UInt64?
    @Option(help: "End behind the last event that is not later: 2026-11-24T10:00:00Z, or nanoseconds.")
    var toTime: String?
    @Flag(help: "Make a new ledger that continues this one.") var fork = false
    @Option(help: "The newest signed checkpoint anybody holds.") var checkpoint: String?
    @Option(help: "File with the signing key of a ledger that is not encrypted.") var signingKey: String?
    @Option(help: "Threads that verify (default: one a core).")
    var jobs = ProcessInfo.processInfo.activeProcessorCount
    @OptionGroup var keys: KeyOptions
    @OptionGroup var writing: WritingOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard toSequence == nil || toTime == nil else {
            throw ValidationError("give either --to-sequence or --to-time")
        }
        if let toTime, TimeText.nanoseconds(of: toTime) == nil {
            throw ValidationError("--to-time is like 2026-11-24T10:00:00Z, or nanoseconds since 1970")
        }
        guard keys.grant == nil else { throw ValidationError("a grant is for reading") }
    }

    private var end: LogRestore<LinuxPlatform, LinuxStorage, LedgerIndex>.End {
        if let toSequence { return .sequence(toSequence) }
        return toTime.flatMap { TimeText.nanoseconds(of: $0) }.map { .time($0) } ?? .whole
    }

    func run() throws {
        try reportingFailures {
            var options = LogRestore<LinuxPlatform, LinuxStorage, LedgerIndex>.Options()
            options.end = end
            options.forks = fork
            options.key = try keys.keyEncryptionKey()
            options.geometry = writing.geometry
            options.jobs = max(1, min(jobs, 256))
            options.knownCheckpoint = try checkpoint.map {
                try InputFile.read($0, byteCountMax: SignedNote.byteCountMax)
            }
            options.signingSeed = try signingKey.map {
                try InputFile.read($0, byteCountMax: SecretKey.byteCount)
            }
            let backup = try BackupPlace.open(source)
            guard try backup.exists(BackupManifest.path) else {
                throw CommandFailure(.missing, "\(source) holds no finished backup")
            }
            let progress = VerificationProgress()
            let restore = LogRestore(
                platform: LinuxPlatform(disk: try BackupPlace.make(directory)), source: backup,
                index: LedgerIndex(), options: options, progress: progress)
            let drawing = ProgressBar(progress)
            let outcome = Result { try restore.run() }
            drawing.stop()
            let document = RestoreDocument(try outcome.get())
            if output.json { try StandardOutput.json(document) } else { try document.show(directory) }
        }
    }
}

/// What was restored, as JSON.
struct RestoreDocument: Encodable {
    let ledger: String
    let shard: UInt32
    /// Events of the backup that were restored; a fork has one of its own behind them.
    let end: UInt64
    let root: String
    /// Where the backup ends.
    let backupEnd: UInt64
    /// The ledger this fork continues.
    let parent: String?
    /// What was asked for, if a group of events had to be left out as a whole.
    let movedFrom: UInt64?
    let lacksSigningKey: Bool
    /// `full` or `partial` (without all keys).
    let verified: String

    init(_ report: LogRestore<LinuxPlatform, LinuxStorage, LedgerIndex>.Report) {
        ledger = report.ledger.description
        shard = report.shard
        end = report.end.size
        root = report.end.root.description
        backupEnd = report.backup.end.size
        parent = report.parent?.description
        movedFrom = report.movedFrom
        lacksSigningKey = report.lacksSigningKey
        verified = report.verification.isFullCheck ? "full" : "partial"
    }

    func show(_ directory: String) throws {
        var lines = [
            "ledger \(ledger): \(end) of \(backupEnd) events, root \(root)", "verified: \(verified)",
        ]
        if let movedFrom { lines.append("ends before a group of events that \(movedFrom) lies in") }
        if let parent {
            lines.append("a fork of ledger \(parent); `holdfast promote \(directory)` lets it be served")
        }
        if lacksSigningKey { lines.append("put its signing key into \(ShardPaths.signingKey) to serve it") }
        try StandardOutput.line(lines.joined(separator: "\n"))
    }
}
