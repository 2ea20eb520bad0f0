import Campaigns
import Ledger
import LogStore
import Projections
import Replay
import Simulation
import Synchronization
import Testing

/// A machine with hardly any memory starts from a snapshot, the attic of its sequence, and the events after
/// it.
@Suite struct SmallStartTests {
    @Test(arguments: [(50, false), (51, true), (52, false), (53, true)])
    func `it goes on like the machine with everything in memory`(seed: UInt64, isEncrypted: Bool) throws {
        var life = try LoggedLife.open(seed: seed, isEncrypted: isEncrypted)
        var small = try start(life, seed).takeState()
        var (returned, aged) = (0, 0)
        for round in 0..<10 {
            #expect(try life.run(steps: 90, beside: &small) == nil, "seed \(seed), round \(round)")
            let sequence = try life.snapshot(of: &small)
            let (counts, keys) = (small.state.snapshotCounts(), small.state.keyCount)
            // What leaves now, and is merged now, belongs to no snapshot.
            #expect(try life.run(steps: round % 4 * 12, beside: &small) == nil, "seed \(seed)")
            (returned, aged) = (returned + small.returnedCount, aged + small.agedKeysFound)
            let loaded = try SnapshotStore(ReplayLog(life.log)).load(sequence, seed: 1)
            #expect(loaded.keyCount == keys && !loaded.isWhole || round < 3)
            let started = try start(life, seed &+ UInt64(round))
            #expect(started.snapshot == sequence && started.refused.isEmpty, "\(started.refused)")
            #expect(started.state.state.digest == life.state.digest, "seed \(seed), round \(round)")
            small = started.takeState()
            #expect(counts.count == small.state.snapshotCounts().count)
        }
        #expect(returned > 20 && aged > 0, "seed \(seed): \(returned) payments and \(aged) keys came back")
        #expect(try SnapshotStore(ReplayLog(life.log)).sequences().count == 2)
    }

    @Test func `it comes to the same from the log alone`() throws {
        var life = try LoggedLife.open(seed: 54)
        try life.run(steps: 900)
        let started = try start(life, 1)
        #expect(started.snapshot == nil && started.progress.digestCount > 5)
        #expect(started.state.state.digest == life.state.digest)
        #expect(started.state.evictedCount > 20 && started.state.returnedCount > 0)
    }

    @Test func `a snapshot without its attic gives way to an older one, and that to the log`() throws {
        var life = try LoggedLife.open(seed: 55)
        var small = try start(life, 1).takeState()
        #expect(try life.run(steps: 300, beside: &small) == nil)
        let older = try life.snapshot(of: &small)
        #expect(try life.run(steps: 100, beside: &small) == nil)
        let newer = try life.snapshot(of: &small)
        #expect(try life.run(steps: 30, beside: &small) == nil)
        let disk = life.platform.disk
        try disk.remove(manifest(newer))
        let first = try start(life, 2)
        #expect(first.snapshot == older)
        #expect(first.refused.map(\.reason) == [.attic(.noManifest(SequenceNumber(raw: newer)))])
        #expect(first.state.state.digest == life.state.digest)
        try disk.remove(manifest(older))
        let second = try start(life, 3)
        #expect(second.snapshot == nil && second.refused.count == 2)
        #expect(second.state.state.digest == life.state.digest)
        // A machine that has no attic must not take a part for the whole.
        let whole = try LedgerStart.open(ReplayLog(life.log), seed: 4)
        #expect(whole.snapshot == nil && whole.state.digest == life.state.digest)
    }

    @Test func `a start from the newest keeps what the older one needs`() throws {
        var life = try LoggedLife.open(seed: 56, isEncrypted: true)
        var small = try start(life, 1).takeState()
        #expect(try life.run(steps: 300, beside: &small) == nil)
        let older = try life.snapshot(of: &small)
        #expect(try life.run(steps: 300, beside: &small) == nil)
        let newer = try life.snapshot(of: &small)
        small = try start(life, 2).takeState()
        #expect(try life.run(steps: 60, beside: &small) == nil)
        // Now the newest is damaged.
        let disk = life.platform.disk
        try disk.remove(manifest(newer))
        let started = try start(life, 3)
        #expect(started.snapshot == older && started.state.state.digest == life.state.digest)
    }

    @Test func `a crash at any operation of writing leaves a whole older one or the new`() throws {
        var life = try LoggedLife.open(seed: 57)
        var small = try start(life, 1).takeState()
        #expect(try life.run(steps: 250, beside: &small) == nil)
        _ = try life.snapshot(of: &small)
        #expect(try life.run(steps: 60, beside: &small) == nil)
        let second = try life.snapshot(of: &small)
        #expect(try life.run(steps: 60, beside: &small) == nil)
        let digest = life.state.digest
        let disks = Mutex([SimulatedDisk]())
        let storage = SimulatedStorage(
            disk: life.platform.disk.disk.settled(),
            onOperation: { _, disk in disks.withLock { $0.append(disk) } })
        let log = try readOnly(storage)
        var again = try LoggedLife.startSmall(log, seed: 5, payments: 6, keys: 4).takeState()
        disks.withLock { $0.removeAll() }
        try again.writeSnapshot(to: SnapshotStore(log))
        let third = again.state.next.raw
        #expect(third > second)
        var found: Set<UInt64> = []
        for disk in disks.withLock({ $0 }) + [storage.disk] {
            for image in CrashImages(of: disk) {
                let started = try LoggedLife.startSmall(
                    readOnly(SimulatedStorage(disk: image.image)), seed: 6, payments: 6, keys: 4)
                #expect(started.refused.isEmpty && started.state.state.digest == digest)
                found.insert(started.snapshot ?? 0)
            }
        }
        #expect(found == [second, third])
    }

    // MARK: Helpers

    private func start(
        _ life: borrowing LoggedLife, _ seed: UInt64
    ) throws(ReplayError) -> StartedLedger<LoggedLife.Small> {
        try life.startSmall(seed: seed, payments: 6, keys: 4)
    }

    private func manifest(_ sequence: UInt64) -> StoragePath {
        ShardPaths(shard: 0).attic / ("manifest-" + ShardPaths.padded(sequence, 20))
    }

    private func readOnly(_ storage: SimulatedStorage) throws -> ReplayLog<SimulatedPlatform> {
        let platform = SimulatedPlatform(disk: storage, clock: SimulatedClock(), seed: 1)
        return ReplayLog(try ReadOnlyLog(platform: platform, keys: .none, geometry: .tiny))
    }
}
