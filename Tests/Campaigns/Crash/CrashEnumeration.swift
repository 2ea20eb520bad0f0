import LogStore
package import Simulation

/// Every crash of a scripted run: the disk is forked at each operation, every legal image of it is recovered
/// from, and the recovery itself is cut at each of its operations, and again the recovery from that.
///
/// A unit is a stretch of operations. A case is named by the way to it: `fork/image`, then `/operation/image`
/// for each recovery cut short.
package struct CrashEnumeration: Campaign {
    private let isEncrypted: Bool
    private let script: Script
    /// Deliberate mistakes of the storage the script runs on: each must make the campaign fail.
    private let mutation: SimulatedStorage.Options

    /// What is run and cut.
    package enum Script: String, Sendable {
        /// Every kind of write, in seven processes.
        case written
        /// Random steps from the seed.
        case random
        /// The publishing of the first full tile; never encrypted, for tiles are not.
        case tiles
    }

    package init(
        isEncrypted: Bool, script: Script = .written,
        mutation: SimulatedStorage.Options = .init(keepsTrace: false)
    ) {
        self.isEncrypted = isEncrypted
        self.script = script
        self.mutation = mutation
    }

    package var name: String {
        switch script {
        case .written: isEncrypted ? "crash-encrypted" : "crash-plain"
        case .random: isEncrypted ? "crash-random-encrypted" : "crash-random-plain"
        case .tiles: "crash-tiles"
        }
    }

    package func run(share: Double, seed: UInt64, progress: CampaignProgress) -> CampaignResult {
        var result = CampaignResult()
        let recording: CrashRecording
        do throws(LogStoreError) {
            recording = try record(seed)
        } catch {
            result.cases = 1
            result.fail(.init(replay: "script", "the script itself failed: \(error)"))
            return result
        }
        if let only = progress.onlyCase {
            var walk = CrashWalk(seed: seed, share: share)
            walk.replay(only, in: recording)
            return walk.result
        }
        // Each stretch knows only the disks of its own, so that what it counts does not depend on the others.
        let starts = Array(stride(from: 0, to: recording.forks.count, by: Self.unitForkCount))
        return progress.forEachUnit(starts.map { "\($0)" }) { unit in
            var walk = CrashWalk(seed: seed, share: share)
            let end = min(starts[unit] + Self.unitForkCount, recording.forks.count)
            for index in starts[unit]..<end where walk.isChosen(index) {
                let fork = recording.forks[index]
                walk.enumerate(fork, index, recording)
            }
            return walk.result
        }
    }

    private func record(_ seed: UInt64) throws(LogStoreError) -> CrashRecording {
        switch script {
        case .written: try CrashScript.record(isEncrypted: isEncrypted, mutation: mutation)
        case .random: try CrashScript.recordRandom(isEncrypted: isEncrypted, seed: seed, mutation: mutation)
        case .tiles: try CrashScript.recordTiles(mutation: mutation)
        }
    }

    /// Few enough that a stopped run loses little, enough that neighbours share most of their disks.
    private static var unitForkCount: Int { 16 }
}
