import ArgumentParser
import Foundation
import LogStore

/// Where the log is.
struct PlaceOptions: ParsableArguments {
    @Option(help: "The data directory.") var data = "./data"
    @Option(help: "The shard.") var shard: UInt32 = 0

    func platform() throws -> LinuxPlatform {
        do throws(StorageError) { return LinuxPlatform(disk: try LinuxStorage(root: data)) } catch {
            throw CommandFailure(
                ExitStatus(.storage(error)), "cannot open the data directory \(data): \(error)")
        }
    }

    /// The platform of a log that is there already.
    func existing() throws -> LinuxPlatform {
        let platform = try platform()
        guard try platform.disk.exists(ShardPaths(shard: shard).directory) else {
            throw CommandFailure(.missing, "\(data) holds no log of shard \(shard)")
        }
        return platform
    }
}

/// Results for people or for programs.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Write JSON instead of text.") var json = false
}

/// Sizes of new files; only worth changing where space is short.
struct WritingOptions: ParsableArguments {
    @Option(help: "Size of new write-ahead files in MiB, 1 to 1024.") var walMib = 128

    func validate() throws {
        guard (1...1024).contains(walMib) else { throw ValidationError("--wal-mib is from 1 to 1024") }
    }

    var geometry: LogGeometry {
        var geometry = LogGeometry.production
        geometry.walBytes = walMib << 20
        geometry.frameBytesMax = min(geometry.frameBytesMax, geometry.walBytes / 4)
        geometry.sealBacklogBytesMax = 16 * geometry.walBytes
        geometry.reserveBytes = min(geometry.reserveBytes, UInt64(geometry.walBytes) * 8)
        return geometry
    }
}

/// How the key-encryption key, or an auditor's share of the keys, is had. Never a key on the command
/// line: other users can read it there.
struct KeyOptions: ParsableArguments {
    @Option(help: "File with the key-encryption key: 32 bytes, or 64 hexadecimal digits.") var kekFile:
        String?
    @Option(help: "Environment variable with the key-encryption key, 64 hexadecimal digits.") var kekEnv:
        String?
    @Option(help: "Command whose output is the key-encryption key, 64 hexadecimal digits.") var kekCommand:
        String?
    @Option(help: "An auditor's grant, instead of the key-encryption key.") var grant: String?
    @Option(help: "File with the auditor's private key that opens the grant.") var auditorKey: String?

    func validate() throws {
        let sources = [kekFile, kekEnv, kekCommand, grant].compactMap { $0 }
        guard sources.count <= 1 else { throw ValidationError("give one source of keys") }
        guard (grant == nil) == (auditorKey == nil) else {
            throw ValidationError("--grant and --auditor-key belong together")
        }
    }

    func keyEncryptionKey() throws -> KeyEncryptionKey? {
        try KeySource(file: kekFile, environment: kekEnv, command: kekCommand)?.read()
    }

    func readingKeys() throws -> ReadingKeys {
        if let keys = try granted() { return .grant(keys) }
        return try keyEncryptionKey().map { .keyEncryptionKey($0) } ?? .none
    }

    private func granted() throws -> MonthKeys? {
        guard let grant, let auditorKey else { return nil }
        var text = try InputFile.read(auditorKey, byteCountMax: 1024)
        defer { SecretKey.erase(&text) }
        let key = try AuditorPrivateKey(text: String(decoding: text, as: UTF8.self))
        let bytes = try InputFile.read(grant, byteCountMax: KeyGrant.byteCountMax)
        return try KeyGrant.open(bytes, with: key, file: StoragePath(grant))
    }
}

/// Where one key-encryption key comes from.
enum KeySource {
    case file(String)
    case environment(String)
    case command(String)

    /// nil if none is given.
    init?(file: String?, environment: String?, command: String?) {
        if let file {
            self = .file(file)
        } else if let environment {
            self = .environment(environment)
        } else if let command {
            self = .command(command)
        } else {
            return nil
        }
    }

    func read() throws -> KeyEncryptionKey {
        do {
            switch self {
            case .file(let path):
                var bytes = try InputFile.read(path, byteCountMax: 1024)
                defer { SecretKey.erase(&bytes) }
                return try KeyEncryptionKey(contentsOfFile: bytes)
            case .environment(let name):
                guard let text = ProcessInfo.processInfo.environment[name] else {
                    throw CommandFailure(.missing, "the environment has no variable \(name)")
                }
                return try KeyEncryptionKey(text: text)
            case .command(let command):
                var bytes = try Self.output(of: command)
                defer { SecretKey.erase(&bytes) }
                return try KeyEncryptionKey(text: String(decoding: bytes, as: UTF8.self))
            }
        } catch let failure as DecodingFailure { throw CommandFailure(.wrongKey, "\(failure)") }
    }

    /// Standard output of a shell command, at most 1 KiB.
    private static func output(of command: String) throws -> [UInt8] {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", command]
        process.standardOutput = pipe
        process.standardInput = FileHandle.nullDevice
        do { try process.run() } catch {
            throw CommandFailure(.missing, "cannot run the key command: \(error)")
        }
        let bytes: [UInt8]
        do {
            bytes = try InputFile.readAll(
                pipe.fileHandleForReading.fileDescriptor, "the key command's output", byteCountMax: 1024)
        } catch {
            process.terminate()
            throw error
        }
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw CommandFailure(.wrongKey, "the key command failed with status \(process.terminationStatus)")
        }
        return bytes
    }
}
