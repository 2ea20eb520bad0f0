import Campaigns
import Ledger
import LogStore
import Projections
import Replay
import Simulation
import Testing

/// A ledger restored to an earlier moment has the state it had then.
@Suite struct RestoredLedgerTests {
    private typealias Backup = LogBackup<SimulatedPlatform, SimulatedStorage>
    private typealias Restore = LogRestore<SimulatedPlatform, SimulatedStorage, LedgerIndex>

    private func restore(
        _ backup: SimulatedStorage, to sequence: UInt64, _ key: KeyEncryptionKey?
    ) throws -> (Restore.Report, ReplayLog<SimulatedPlatform>) {
        var options = Restore.Options()
        options.end = .sequence(sequence)
        options.forks = true
        options.key = key
        options.geometry = .tiny
        let platform = SimulatedPlatform(disk: SimulatedStorage(), clock: SimulatedClock(), seed: 3)
        let report = try Restore(
            platform: platform, source: backup, index: LedgerIndex(), options: options
        ).run()
        let keys = key.map { ReadingKeys.keyEncryptionKey($0) } ?? .none
        return (report, ReplayLog(try ReadOnlyLog(platform: platform, keys: keys, geometry: .tiny)))
    }

    @Test(arguments: [(1, false), (2, true), (4, false)])
    func `at every prefix the digest is the original's at that sequence`(
        seed: UInt64, isEncrypted: Bool
    ) throws {
        var life = try LoggedLife.open(seed: seed, isEncrypted: isEncrypted)
        try life.run(steps: 300)
        let backup = SimulatedStorage()
        let key = isEncrypted ? LoggedLife.key : nil
        let made = try Backup(platform: life.platform, target: backup, options: Backup.Options()).run()
        #expect(made.manifest.sealedEnd > 0 && made.manifest.end.size > 100)
        let wanted = life.digests.map(\.next).filter { $0 <= made.manifest.end.size }
        let walked = stride(from: 3, through: made.manifest.end.size, by: 97)
        for sequence in Set(wanted.prefix(12) + wanted.suffix(12) + walked).sorted() {
            let (report, log) = try restore(backup, to: sequence, key)
            var original = LedgerState(shard: LoggedLife.shard, seed: 5)
            var restored = LedgerState(shard: LoggedLife.shard, seed: 6)
            try Rebuild.replay(ReplayLog(life.log), into: &original, upTo: report.end.size)
            try Rebuild.replay(log, into: &restored, upTo: report.end.size)
            #expect(restored.digest == original.digest, "seed \(seed), \(sequence) events")
            #expect(sequence - report.end.size < 200, "seed \(seed), \(sequence) events")
            // Behind the fork's own event it is the same state, one sequence on.
            try Rebuild.replay(log, into: &restored)
            original.skip(to: SequenceNumber(raw: report.end.size + 1))
            #expect(restored.digest == original.digest && restored.next.raw == report.end.size + 1)
        }
    }
}
