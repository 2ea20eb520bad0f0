import LogStore
package import Simulation

/// Every crash of a scripted run: the disk is forked at each operation, every legal image of it is recovered
/// from, and the recovery itself is cut at each of its operations, and again the recovery from that.
///
/// A case is named by the way to it: `fork/image`, then `/operation/image` for each recovery cut short.
package struct CrashEnumeration: Campaign {
    private let isEncrypted: Bool
    private let isRandom: Bool
    /// Deliberate mistakes of the storage the script runs on: each must make the campaign fail.
    private let mutation: SimulatedStorage.Options

    /// - Parameter isRandom: a run of random steps from the seed, instead of the written one.
    package init(
        isEncrypted: Bool, isRandom: Bool = false,
        mutation: SimulatedStorage.Options = .init(keepsTrace: false)
    ) {
        self.isEncrypted = isEncrypted
        self.isRandom = isRandom
        self.mutation = mutation
    }

    package var name: String {
        "crash-" + (isRandom ? "random-" : "") + (isEncrypted ? "encrypted" : "plain")
    }

    package func run(share: Double, seed: UInt64, progress: CampaignProgress) -> CampaignResult {
        var result = CampaignResult()
        let recording: CrashRecording
        do throws(LogStoreError) {
            recording =
                isRandom
                ? try CrashScript.recordRandom(isEncrypted: isEncrypted, seed: seed, mutation: mutation)
                : try CrashScript.record(isEncrypted: isEncrypted, mutation: mutation)
        } catch {
            result.cases = 1
            result.fail(.init(replay: "script", "the script itself failed: \(error)"))
            return result
        }
        var walk = CrashWalk(seed: seed, share: share)
        if let only = progress.onlyCase {
            walk.replay(only, in: recording)
            return walk.result
        }
        for (index, fork) in recording.forks.enumerated() where walk.isChosen(index) {
            progress.report(index, of: recording.forks.count, "\(walk.result.cases) disks recovered")
            let unit = String(index)
            if let counts = progress.finished(unit: unit) {
                walk.skip(counts)
                continue
            }
            let before = walk.result
            walk.enumerate(fork, index, recording.timelines[fork.life])
            if walk.result.failureCount == before.failureCount {
                progress.finish(unit: unit, counts: walk.counts(since: before))
            }
        }
        return walk.result
    }
}
