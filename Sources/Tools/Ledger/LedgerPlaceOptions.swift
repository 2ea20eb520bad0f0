import ArgumentParser
import Foundation
import LogStore
import Replay

/// Where a ledger is: a log directory whose events are a ledger's.
struct LedgerPlaceOptions: ParsableArguments {
    @Argument(help: "The ledger's directory.") var directory: String
    @Option(help: "The shard.") var shard: UInt32 = 0

    /// Makes the directory, and those above it, if they are missing.
    func create() throws {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure(.inputOutput, "cannot create \(directory): \(error.localizedDescription)")
        }
    }

    func platform() throws -> LinuxPlatform {
        do throws(StorageError) { return LinuxPlatform(disk: try LinuxStorage(root: directory)) } catch {
            throw CommandFailure(ExitStatus(.storage(error)), "cannot open \(directory): \(error)")
        }
    }

    /// The platform of a log that is there already.
    func existing() throws -> LinuxPlatform {
        let platform = try platform()
        guard try platform.disk.exists(ShardPaths(shard: shard).directory) else {
            throw CommandFailure(.missing, "\(directory) holds no log of shard \(shard)")
        }
        return platform
    }
}
