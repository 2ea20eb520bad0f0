import ArgumentParser
import Foundation
import LogStore

/// What an auditor brings along, got on another way than the log.
struct TrustOptions: ParsableArguments {
    @Option(help: "Threads (default: one a core).") var jobs = ProcessInfo.processInfo.activeProcessorCount
    @Option(help: "The verifier key the log must be signed with.") var vkey: String?
    @Option(help: "A signed checkpoint kept from earlier.") var checkpoint: String?

    /// How the log is to be verified.
    func options(_ shard: UInt32, _ keys: ReadingKeys) throws -> LogVerifier<LinuxPlatform, NoIndex>.Options {
        var options = LogVerifier<LinuxPlatform, NoIndex>.Options()
        options.shard = shard
        options.keys = keys
        options.jobs = max(1, min(jobs, 256))
        if let vkey { options.expectedKey = try NoteVerifyingKey(parsing: vkey) }
        if let checkpoint {
            options.earlierCheckpoint = try InputFile.read(checkpoint, byteCountMax: SignedNote.byteCountMax)
        }
        return options
    }
}
