import ArgumentParser
import LogStore

struct LogKeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make, rotate, grant and list keys.",
        subcommands: [Init.self, Auditor.self, Rotate.self, Grant.self, Status.self])

    struct Init: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a file with a new key-encryption key.")

        @Option(help: "The new file; only its owner may read it.") var output: String
        @OptionGroup var format: OutputOptions

        private struct Made: Encodable {
            let kek: String
            let output: String
        }

        func run() throws {
            try reportingFailures {
                var bytes = try randomBytes()
                defer { SecretKey.erase(&bytes) }
                var text = hexadecimalDigits(bytes) + [10]
                defer { SecretKey.erase(&text) }
                let key = try KeyEncryptionKey(contentsOfFile: bytes)
                try writeSecret(text, to: output)
                if format.json {
                    return try StandardOutput.json(Made(kek: key.id.description, output: output))
                }
                try StandardOutput.line(
                    "\(key) in \(output). Without it nothing of the log can be read: keep a copy.")
            }
        }
    }

    struct Auditor: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an auditor's key pair: FILE is kept, FILE.pub is given to the operator.")

        @Option(help: "The new file for the private key.") var output: String
        @OptionGroup var format: OutputOptions

        private struct Made: Encodable {
            let publicKey: String
            let output: String
            let publicOutput: String
        }

        func run() throws {
            try reportingFailures {
                var bytes = try randomBytes()
                defer { SecretKey.erase(&bytes) }
                let key = AuditorPrivateKey(SecretKey(copying: bytes))
                var text = Array(key.exportText().utf8) + [10]
                defer { SecretKey.erase(&text) }
                try writeSecret(text, to: output)
                try writeResult(Array("\(key.publicKey)\n".utf8), to: output + ".pub")
                if format.json {
                    return try StandardOutput.json(
                        Made(
                            publicKey: "\(key.publicKey)", output: output, publicOutput: output + ".pub"))
                }
                try StandardOutput.line("\(key.publicKey) in \(output).pub")
            }
        }
    }

    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Wrap every key by a new key-encryption key. Data files do not change.",
            discussion:
                "Opens the log, so that the rotation is recorded in it; a running server rotates by itself.")

        @OptionGroup var place: PlaceOptions
        @OptionGroup var keys: KeyOptions
        @OptionGroup var writing: WritingOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "File with the new key-encryption key.") var newKekFile: String?
        @Option(help: "Environment variable with the new key-encryption key.") var newKekEnv: String?
        @Option(help: "Command whose output is the new key-encryption key.") var newKekCommand: String?

        private struct Rotated: Encodable {
            let kek: String
            let generation: UInt64
        }

        func validate() throws {
            guard [newKekFile, newKekEnv, newKekCommand].compactMap({ $0 }).count == 1 else {
                throw ValidationError("give one source of the new key")
            }
        }

        func run() throws {
            try reportingFailures {
                guard let source = KeySource(file: newKekFile, environment: newKekEnv, command: newKekCommand)
                else {
                    throw CommandFailure(.usage, "no source of the new key")
                }
                let new = try source.read()
                let log = try openForWriting(place, keys, writing)
                try log.rotateKeys(to: new)
                try log.close()
                if output.json {
                    return try StandardOutput.json(
                        Rotated(kek: new.id.description, generation: log.parts.keys.generation))
                }
                try StandardOutput.line("rotated to \(new); the old key opens nothing here any more")
            }
        }
    }

    struct Grant: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let an auditor read some months, and nothing else.")

        @OptionGroup var place: PlaceOptions
        @OptionGroup var keys: KeyOptions
        @Option(name: .customLong("month"), help: "A month, as 2026-11; repeat for more.") var months:
            [String]
        @Option(help: "File with the auditor's public key.") var to: String
        @Option(help: "The new grant file.") var output: String
        @OptionGroup var format: OutputOptions

        private struct Granted: Encodable {
            let months: [String]
            let recipient: String
            let output: String
        }

        func run() throws {
            try reportingFailures {
                let numbers = try months.map { text in
                    guard let month = Month(text) else {
                        throw CommandFailure(.usage, "\(text) is not a month")
                    }
                    return month.number
                }
                let recipient = try AuditorPublicKey(
                    text: String(decoding: try InputFile.read(to, byteCountMax: 1024), as: UTF8.self))
                let (platform, logKeys) = try loadKeys(place, keys)
                guard case .on(let monthKeys) = logKeys.encryption else {
                    throw CommandFailure(.usage, "this log is not encrypted: there is nothing to grant")
                }
                let grant = try KeyGrant.make(
                    months: numbers, from: monthKeys, to: recipient, platform: platform)
                let file = try FileOutput(path: output, mode: 0o600)
                try file.write(grant)
                try file.close()
                if format.json {
                    return try StandardOutput.json(
                        Granted(months: months, recipient: "\(recipient)", output: output))
                }
                try StandardOutput.line(
                    "granted \(months.joined(separator: ", ")) to \(recipient) in \(output)")
            }
        }
    }

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show which keys there are and when the key-encryption key is due.")

        @OptionGroup var place: PlaceOptions
        @OptionGroup var keys: KeyOptions
        @OptionGroup var output: OutputOptions

        private struct Report: Encodable {
            let encrypted: Bool
            let generation: UInt64
            let kek: String?
            let ageDays: UInt64?
            let isDue: Bool
            let months: [UInt32]
            let verifierKey: String
        }

        private static let rotationDays: UInt64 = 90

        func run() throws {
            try reportingFailures {
                let (platform, logKeys) = try loadKeys(place, keys)
                let superblock = try SuperblockStore.read(
                    ShardPaths(shard: place.shard).superblock, on: platform.disk
                ).superblock
                var months: [UInt32] = []
                if case .on(let monthKeys) = logKeys.encryption { months = monthKeys.months }
                let wrapping = logKeys.wrapping
                let now = platform.wallTime()
                let age = wrapping.map { now > $0.since ? (now - $0.since) / 86_400_000_000_000 : 0 }
                let report = Report(
                    encrypted: wrapping != nil, generation: logKeys.generation, kek: wrapping?.id.description,
                    ageDays: age, isDue: (age ?? 0) >= Self.rotationDays, months: months,
                    verifierKey: LogIdentity(superblock).verifyingKey.description)
                if output.json { return try StandardOutput.json(report) }
                guard let kek = report.kek, let age else {
                    return try StandardOutput.line("not encrypted; signed with \(report.verifierKey)")
                }
                try StandardOutput.line(
                    "keyring generation \(report.generation), key-encryption key \(kek), "
                        + "in use for \(age) of \(Self.rotationDays) days\(report.isDue ? ": ROTATE" : "")")
                try StandardOutput.line("months: \(months.map { "\($0)" }.joined(separator: " "))")
            }
        }
    }
}

private func loadKeys(
    _ place: PlaceOptions, _ keys: KeyOptions
) throws -> (LinuxPlatform, LogKeys<LinuxPlatform>) {
    let platform = try place.existing()
    let superblock = try SuperblockStore.read(ShardPaths(shard: place.shard).superblock, on: platform.disk)
        .superblock
    let loaded = try LogKeys.load(
        platform: platform, ledger: superblock.ledger, generation: superblock.keyringGeneration,
        key: try keys.keyEncryptionKey(), forWriting: false)
    return (platform, loaded)
}

private func randomBytes() throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: SecretKey.byteCount)
    let platform = LinuxPlatform(disk: try LinuxStorage(root: "/"))
    bytes.withMutableRawSpan { platform.fillRandom(&$0) }
    return bytes
}

private func hexadecimalDigits(_ bytes: [UInt8]) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
}

/// A new file only its owner may read.
private func writeSecret(_ bytes: [UInt8], to path: String) throws {
    let file = try FileOutput(path: path, mode: 0o600)
    try file.write(bytes)
    try file.close()
}
