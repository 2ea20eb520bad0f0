import ArgumentParser
import Foundation
import LogStore

struct LogInit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Create an empty log.",
        discussion: "With a key-encryption key everything is encrypted; that is decided here, once.")

    @OptionGroup var place: PlaceOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var output: OutputOptions
    @Flag(help: "Encrypt everything; needs a key-encryption key.") var encrypt = false

    private struct Created: Encodable {
        let data: String
        let ledger: String
        let encrypted: Bool
        let verifierKey: String
    }

    func validate() throws {
        guard keys.grant == nil else { throw ValidationError("a grant opens a log, it makes none") }
    }

    func run() throws {
        try reportingFailures {
            let key = try keys.keyEncryptionKey()
            if encrypt && key == nil { throw CommandFailure(.usage, "--encrypt needs a key-encryption key") }
            do {
                try FileManager.default.createDirectory(atPath: place.data, withIntermediateDirectories: true)
            } catch {
                throw CommandFailure(
                    .inputOutput, "cannot create \(place.data): \(error.localizedDescription)")
            }
            let platform = try place.platform()
            let lock = try LogLock.take(on: platform)
            defer { withExtendedLifetime(lock) {} }
            guard try !platform.disk.exists(ShardPaths(shard: place.shard).superblock) else {
                throw CommandFailure(.usage, "\(place.data) already holds a log")
            }
            var options = LogOptions()
            options.shard = place.shard
            options.keyEncryptionKey = key
            let superblock = try LogCreation.run(platform: platform, options: options)
            let created = Created(
                data: place.data, ledger: superblock.ledger.description, encrypted: key != nil,
                verifierKey: LogIdentity(superblock).verifyingKey.description)
            if output.json { return try StandardOutput.json(created) }
            try StandardOutput.line(
                "created ledger \(created.ledger) in \(place.data)\(key == nil ? "" : ", encrypted")")
            try StandardOutput.line("auditors check it with \(created.verifierKey)")
        }
    }
}

/// Opens an existing log for writing, recovering it first.
func openForWriting(
    _ place: PlaceOptions, _ keys: KeyOptions, _ writing: WritingOptions,
    acceptedCut: LogOptions.AcceptedCut? = nil, time: UInt64? = nil
) throws -> LogStore<LinuxPlatform, NoIndex> {
    let platform = try place.existing()
    var options = LogOptions()
    options.shard = place.shard
    options.geometry = writing.geometry
    options.createsIfMissing = false
    options.keyEncryptionKey = try keys.keyEncryptionKey()
    options.acceptedCut = acceptedCut
    return try LogStore.open(platform: platform, options: options, index: NoIndex(), time: time)
}
