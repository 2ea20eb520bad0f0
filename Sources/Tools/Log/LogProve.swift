import ArgumentParser
import LogStore

struct LogProve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Make and check proofs that need neither the log nor trust in its operator.",
        subcommands: [Inclusion.self, Consistency.self, Check.self])

    struct Inclusion: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prove that an event is in the log (c2sp.org/tlog-proof).")

        @OptionGroup var place: PlaceOptions
        @OptionGroup var keys: KeyOptions
        @Option(help: "Write the proof here instead of to standard output.") var output: String?
        @OptionGroup var format: OutputOptions
        @Argument(help: "The event's sequence.") var sequence: UInt64

        func run() throws {
            try reportingFailures {
                let log = try SignedLog(place, keys)
                let proof = try log.prover.inclusion(of: sequence, in: log.checkpoint)
                let made = MadeProof(
                    sequence: sequence, oldSize: nil, of: try log.verifier.checkpoint(log.checkpoint),
                    text: proof.text, output: output)
                try made.write(asJSON: format.json)
            }
        }
    }

    struct Consistency: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Prove that the log only grew since an earlier checkpoint (as c2sp.org/tlog-witness asks).")

        @OptionGroup var place: PlaceOptions
        @OptionGroup var keys: KeyOptions
        @Option(help: "Write the proof here instead of to standard output.") var output: String?
        @OptionGroup var format: OutputOptions
        @Option(help: "Size of the earlier tree.") var from: UInt64?
        @Option(help: "The earlier signed checkpoint.") var fromCheckpoint: String?

        func validate() throws {
            guard (from == nil) != (fromCheckpoint == nil) else {
                throw ValidationError("give either --from or --from-checkpoint")
            }
        }

        func run() throws {
            try reportingFailures {
                let log = try SignedLog(place, keys)
                var size = from ?? 0
                if let fromCheckpoint {
                    let note = try InputFile.read(fromCheckpoint, byteCountMax: SignedNote.byteCountMax)
                    size = try log.verifier.checkpoint(note).size
                }
                let proof = try log.prover.growth(from: size, to: log.checkpoint)
                let made = MadeProof(
                    sequence: nil, oldSize: size, of: try log.verifier.checkpoint(log.checkpoint),
                    text: proof.text, output: output)
                try made.write(asJSON: format.json)
            }
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a proof offline: needs the file, the verifier key, and nothing of the log.")

        @Argument(help: "An inclusion or consistency proof.") var file: String
        @Option(help: "The log's verifier key.") var vkey: String
        @Option(help: "The log's origin, if it is not the key's name.") var origin: String?
        @Option(help: "For an inclusion proof: the event's exact bytes (`log export --format raw`).")
        var event: String?
        @Option(help: "For a consistency proof: the earlier signed checkpoint.") var fromCheckpoint: String?
        @OptionGroup var output: OutputOptions

        private struct Checked: Encodable {
            let proof: String
            let sequence: UInt64?
            let oldSize: UInt64?
            let size: UInt64
            let root: String
        }

        func run() throws {
            try reportingFailures {
                let key = try NoteVerifyingKey(parsing: vkey)
                let verifier = OfflineVerifier(origin: origin ?? key.name.description, keys: [key])
                let text = try InputFile.read(file, byteCountMax: TlogProof.byteCountMax)
                let checked =
                    text.starts(with: "old ".utf8)
                    ? try growth(text, verifier) : try inclusion(text, verifier)
                if output.json { return try StandardOutput.json(checked) }
                let what =
                    checked.sequence.map { "event \($0) is in" }
                    ?? "everything of the \(checked.oldSize ?? 0) events then is unchanged in"
                try StandardOutput.line(
                    "the proof holds: \(what) the log of \(checked.size) events, root \(checked.root)")
            }
        }

        private func inclusion(_ text: [UInt8], _ verifier: OfflineVerifier) throws -> Checked {
            guard let event else {
                throw CommandFailure(.usage, "an inclusion proof is checked with --event FILE")
            }
            let bytes = try InputFile.read(event, byteCountMax: EventHeader.eventBytesMax)
            let (index, checkpoint) = try verifier.inclusion(of: bytes, proof: text)
            return Checked(
                proof: "inclusion", sequence: index, oldSize: nil, size: checkpoint.size,
                root: checkpoint.root.description)
        }

        private func growth(_ text: [UInt8], _ verifier: OfflineVerifier) throws -> Checked {
            guard let fromCheckpoint else {
                throw CommandFailure(.usage, "a consistency proof is checked with --from-checkpoint FILE")
            }
            let note = try InputFile.read(fromCheckpoint, byteCountMax: SignedNote.byteCountMax)
            let (old, new) = try verifier.growth(from: note, proof: text)
            return Checked(
                proof: "consistency", sequence: nil, oldSize: old.size, size: new.size,
                root: new.root.description)
        }
    }
}

/// What making a proof gives. The text goes to the file if there is one, else it is the result or in it.
private struct MadeProof: Encodable {
    let sequence: UInt64?
    let oldSize: UInt64?
    let size: UInt64
    let root: String
    let output: String?
    let proof: String?
    private let text: [UInt8]

    private enum CodingKeys: String, CodingKey { case sequence, oldSize, size, root, output, proof }

    init(sequence: UInt64?, oldSize: UInt64?, of checkpoint: Checkpoint, text: [UInt8], output: String?) {
        self.sequence = sequence
        self.oldSize = oldSize
        size = checkpoint.size
        root = checkpoint.root.description
        self.output = output
        self.text = text
        proof = output == nil ? String(decoding: text, as: UTF8.self) : nil
    }

    func write(asJSON: Bool) throws {
        if output != nil || !asJSON { try writeResult(text, to: output) }
        if asJSON { try StandardOutput.json(self) }
    }
}

/// Writes a small result to a file or to standard output.
func writeResult(_ bytes: [UInt8], to path: String?) throws {
    let output = try FileOutput(path: path)
    try output.write(bytes)
    try output.close()
}

/// A log with the checkpoint its proofs lead to: the published one, or, before the first, one signed here.
struct SignedLog {
    let log: ReadOnlyLog<LinuxPlatform>
    let checkpoint: [UInt8]

    init(_ place: PlaceOptions, _ keys: KeyOptions) throws {
        let platform = try place.existing()
        log = try ReadOnlyLog(platform: platform, shard: place.shard, keys: try keys.readingKeys())
        if let note = try AtomicFile.read(
            log.paths.checkpoint, byteCountMax: SignedNote.byteCountMax, on: platform.disk)
        {
            checkpoint = note
        } else {
            checkpoint = try Self.sign(log, platform, keys)
        }
    }

    var verifier: OfflineVerifier { log.identity.verifier }
    var prover: LogProver<LinuxStorage> {
        LogProver(
            source: log.source, tree: nil, verifier: verifier, tiles: log.paths.tiles,
            report: { StandardError.write("holdfast: a published tile is wrong, the proof is not: \($0)") })
    }

    /// Only what is proved durable is signed: a checkpoint is a promise.
    private static func sign(
        _ log: ReadOnlyLog<LinuxPlatform>, _ platform: LinuxPlatform, _ keys: KeyOptions
    ) throws -> [UInt8] {
        let superblock = log.superblock
        let key = try keys.keyEncryptionKey()
        guard superblock.keyringGeneration == 0 || key != nil else {
            throw CommandFailure(
                .missing, "no checkpoint was signed yet, and signing one needs the key-encryption key")
        }
        let signingKey = try LogKeys.load(
            platform: platform, ledger: superblock.ledger, generation: superblock.keyringGeneration, key: key,
            forWriting: false
        ).signingKey
        let root = try MerkleTree(size: log.readableEnd, nodes: LogNodes(source: log.source, tree: nil))
            .root()
        return try Checkpoint(origin: log.identity.origin, size: log.readableEnd, root: root)
            .signed(by: log.identity.signingKey(signingKey))
    }
}

struct LogCheckpoint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint", abstract: "Print the latest signed checkpoint; auditors keep it.")

    @OptionGroup var place: PlaceOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var output: OutputOptions

    private struct Signed: Encodable {
        let origin: String
        let size: UInt64
        let root: String
        let note: String
    }

    func run() throws {
        try reportingFailures {
            // A published checkpoint is readable without keys, even where the log is not.
            let platform = try place.existing()
            let path = ShardPaths(shard: place.shard).checkpoint
            if let note = try AtomicFile.read(path, byteCountMax: SignedNote.byteCountMax, on: platform.disk)
            {
                return try show(note)
            }
            try show(try SignedLog(place, keys).checkpoint)
        }
    }

    /// JSON repeats what the note says; whoever trusts it checks the note's signature.
    private func show(_ note: [UInt8]) throws {
        guard output.json else { return try StandardOutput.write(note) }
        let checkpoint = try Checkpoint(parsing: try SignedNote(parsing: note).text)
        try StandardOutput.json(
            Signed(
                origin: checkpoint.origin, size: checkpoint.size, root: checkpoint.root.description,
                note: String(decoding: note, as: UTF8.self)))
    }
}

struct LogVkey: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vkey",
        abstract: "Print the verifier key, which auditors must get on another way than the log.")

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    private struct Key: Encodable {
        let origin: String
        let verifierKey: String
    }

    func run() throws {
        try reportingFailures {
            let superblock = try SuperblockStore.read(
                ShardPaths(shard: place.shard).superblock, on: try place.existing().disk
            ).superblock
            let identity = LogIdentity(superblock)
            let key = Key(origin: identity.origin, verifierKey: identity.verifyingKey.description)
            if output.json { return try StandardOutput.json(key) }
            try StandardOutput.line(key.verifierKey)
        }
    }
}
