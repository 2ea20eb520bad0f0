import ArgumentParser
import Foundation
import LogStore

/// `holdfast backup`: a copy of a ledger as it stands, while it is served.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy a ledger while it is served.",
        discussion: """
            Takes no lock on the ledger and changes nothing in it. The backup ends between two commits, at \
            what is durable; nothing that could still be lost is in it. It is read back and verified, with \
            the keys that are given event by event, before its manifest is written: a directory without \
            MANIFEST is no backup.

            Into a directory with an older backup of the same ledger only what is new is copied. A backup \
            that breaks off leaves the older one whole.

            Keys are copied wrapped, as they lie; the key-encryption key, and the signing key of a ledger \
            that is not encrypted, are never copied: keep them elsewhere.
            """)

    @OptionGroup var place: LedgerPlaceOptions
    @Argument(help: "The backup's directory: new, empty, or with an older backup of this ledger.")
    var target: String
    @OptionGroup var keys: KeyOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "Threads that verify (default: one a core).")
    var jobs = ProcessInfo.processInfo.activeProcessorCount
    @Flag(help: "Believe what an older backup stored by its size, and do not read the copy back.")
    var quick = false

    func run() throws {
        try reportingFailures {
            var options = LogBackup<LinuxPlatform, LinuxStorage>.Options()
            options.shard = place.shard
            options.keys = try keys.readingKeys()
            options.jobs = max(1, min(jobs, 256))
            options.isQuick = quick
            let platform = try place.existing()
            let progress = VerificationProgress()
            let backup = LogBackup(
                platform: platform, target: try BackupPlace.make(target), options: options,
                progress: progress)
            let drawing = ProgressBar(progress)
            let outcome = Result { try backup.run() }
            drawing.stop()
            let document = BackupDocument(try outcome.get())
            if output.json { try StandardOutput.json(document) } else { try document.show() }
        }
    }
}

/// Where a backup is, or a restore goes.
enum BackupPlace {
    /// Makes the directory, and those above it, if they are missing.
    static func make(_ path: String) throws -> LinuxStorage {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure(.inputOutput, "cannot create \(path): \(error.localizedDescription)")
        }
        return try open(path)
    }

    static func open(_ path: String) throws -> LinuxStorage {
        do throws(StorageError) { return try LinuxStorage(root: path) } catch {
            throw CommandFailure(ExitStatus(.storage(error)), "cannot open \(path): \(error)")
        }
    }
}

/// What a backup is and what making it took, as JSON.
struct BackupDocument: Encodable {
    let ledger: String
    let shard: UInt32
    /// Events.
    let end: UInt64
    let root: String
    let sealedEnd: UInt64
    let checkpoint: UInt64
    let files: Int
    let copiedFiles: Int
    let copiedBytes: UInt64
    let keptFiles: Int
    let keptBytes: UInt64
    /// `full`, `partial` (without all keys) or `none`.
    let verified: String

    init(_ report: LogBackup<LinuxPlatform, LinuxStorage>.Report) {
        let manifest = report.manifest
        ledger = manifest.ledger.description
        shard = manifest.shard
        end = manifest.end.size
        root = manifest.end.root.description
        sealedEnd = manifest.sealedEnd
        checkpoint = manifest.checkpointSize
        files = manifest.files.count
        copiedFiles = report.copiedFiles
        copiedBytes = report.copiedBytes
        keptFiles = report.keptFiles
        keptBytes = report.keptBytes
        verified = report.verification.map { $0.isFullCheck ? "full" : "partial" } ?? "none"
    }

    func show() throws {
        try StandardOutput.line(
            """
            ledger \(ledger): \(end) events, root \(root)
            \(copiedFiles) files copied, \(TimeText.bytes(copiedBytes)); \
            \(keptFiles) kept, \(TimeText.bytes(keptBytes))
            verified: \(verified)
            """)
    }
}
