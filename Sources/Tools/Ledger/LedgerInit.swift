import ArgumentParser
import Foundation
import Ledger
import LogStore
import Replay

/// `holdfast init`: a new ledger.
struct LedgerInit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make a new ledger.",
        discussion: """
            With a key-encryption key everything is encrypted; that is decided here, once. What a crash \
            interrupted is completed by doing it again.
            """)

    @OptionGroup var place: LedgerPlaceOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var writing: WritingOptions
    @OptionGroup var output: OutputOptions
    @Flag(help: "Encrypt everything; needs a key-encryption key.") var encrypt = false
    @Flag(help: "A test ledger, whose clock may be driven by hand; for good.") var testClock = false

    private struct Created: Encodable {
        let directory: String
        let ledger: String
        let shard: UInt32
        let encrypted: Bool
        let testClock: Bool
        let openedAt: String
        let sequence: UInt64
        let verifierKey: String
    }

    func validate() throws {
        guard keys.grant == nil else { throw ValidationError("a grant opens a ledger, it makes none") }
        guard place.shard < 1024 else { throw ValidationError("--shard is below 1024") }
    }

    func run() throws {
        try reportingFailures {
            var options = LogOptions()
            options.shard = place.shard
            options.geometry = writing.geometry
            options.keyEncryptionKey = try keys.keyEncryptionKey()
            if encrypt && options.keyEncryptionKey == nil {
                throw CommandFailure(.usage, "--encrypt needs a key-encryption key")
            }
            try place.create()
            let made = try LedgerCreation.run(
                platform: try place.platform(), options: options, isTest: testClock)
            try show(made)
        }
    }

    private func show(_ made: CreatedLedger) throws {
        let created = Created(
            directory: place.directory, ledger: made.ledger.description, shard: place.shard,
            encrypted: made.isEncrypted, testClock: made.isTest,
            openedAt: TimeText.rfc3339(made.time.nanoseconds), sequence: made.sequence,
            verifierKey: made.verifier.description)
        if output.json { return try StandardOutput.json(created) }
        let kind = "\(made.isTest ? "test ledger" : "ledger") \(created.ledger)"
        try StandardOutput.line(
            "created \(kind) in \(place.directory)\(made.isEncrypted ? ", encrypted" : "")")
        try StandardOutput.line("opened at \(created.openedAt) by event \(made.sequence)")
        try StandardOutput.line("auditors check it with \(created.verifierKey)")
    }
}
