import Campaigns
import Ledger
import LogStore
import Projections
import Replay
import Simulation
import Synchronization
import Testing

/// A snapshot and the events after it give what the whole log gives, or the snapshot is not used.
@Suite struct SnapshotTests {
    @Test(arguments: [(30, false), (31, true), (32, false), (33, true)])
    func `a snapshot and its tail go on like the state that never stopped`(
        seed: UInt64, isEncrypted: Bool
    ) throws {
        var life = try LoggedLife.open(seed: seed, isEncrypted: isEncrypted)
        for round in 0..<12 {
            try life.run(steps: 47)
            let sequence = try life.snapshot()
            try life.run(steps: round % 3 * 5)
            var started = try LedgerStart.open(ReplayLog(life.log), seed: seed &+ UInt64(round))
            #expect(started.snapshot == sequence && started.refused.isEmpty)
            #expect(started.state.digest == life.state.digest, "seed \(seed), round \(round)")
            let difference = try life.run(steps: 60, beside: &started.state)
            #expect(difference == nil, "seed \(seed), round \(round)")
        }
        #expect(try SnapshotStore(ReplayLog(life.log)).sequences().count == 2)
        #expect(try life.platform.disk.list(ShardPaths(shard: 0).snapshots).count == 2)
    }

    @Test func `what was read is written again byte for byte`() throws {
        var life = try LoggedLife.open(seed: 34)
        try life.run(steps: 600)
        let sequence = try life.snapshot()
        var again = try SnapshotStore(ReplayLog(life.log)).load(sequence, seed: 1)
        let (ours, theirs) = (Bytes(), Bytes())
        try life.write(to: ours)
        try again.writeSnapshot(to: theirs)
        #expect(ours.bytes == theirs.bytes && ours.bytes.count > 20_000)
    }

    @Test func `a snapshot ahead of the log or with another past is not used`() throws {
        var life = try LoggedLife.open(seed: 35)
        try life.run(steps: 100)
        // The same ledger, restored from a backup without its later events.
        let backup = life.platform.disk.disk
        try life.run(steps: 10)
        let sequence = try life.snapshot()
        let bytes = try #require(life.platform.disk.disk.bytes(of: snapshotPath(sequence)))
        let restored = try put(bytes, snapshotPath(sequence), on: backup)
        #expect(isOtherHistory(refusal(of: sequence, on: restored)))
        // And one that went on differently.
        var options = LogOptions()
        options.geometry = .tiny
        options.runsThreads = false
        let storage = SimulatedStorage(disk: backup)
        let log = try LogStore.open(
            platform: SimulatedPlatform(disk: storage, clock: SimulatedClock(), seed: 2), options: options,
            index: NoIndex(), time: life.log.position.lastTime + 1)
        while log.position.nextSequence <= sequence {
            _ = try log.parts.append([.cleanEnd(incarnation: 2)], time: 0)
        }
        while try log.parts.commit() {}
        let other = try put(bytes, snapshotPath(sequence), on: storage.disk)
        #expect(isOtherHistory(refusal(of: sequence, on: other)))
        #expect(refusal(of: sequence, on: life.platform.disk.disk) == nil)
    }

    private func isOtherHistory(_ error: SnapshotError?) -> Bool {
        if case .otherHistory = error { true } else { false }
    }

    @Test func `a state that forgot an event is contradicted, and an older snapshot is used`() throws {
        var life = try LoggedLife.open(seed: 37)
        try life.run(steps: 200)
        let good = try life.snapshot()
        try life.run(steps: 40)
        let end = life.log.durableEnd
        var wrong = LedgerState(shard: LoggedLife.shard)
        try Rebuild.replay(ReplayLog(life.log), into: &wrong, upTo: end - 30)
        wrong.skip(to: SequenceNumber(raw: end))
        try SnapshotStore(ReplayLog(life.log)).write(&wrong)
        try life.forgeDigest()
        let started = try LedgerStart.open(ReplayLog(life.log), seed: 3)
        #expect(started.snapshot == good && started.refused.count == 1)
        guard case .contradicted(.digestDiffers) = started.refused.first?.reason else {
            Issue.record("\(started.refused)")
            return
        }
        #expect(started.state.digest == life.state.digest)
    }

    @Test func `of another ledger, another place or without the key it is refused`() throws {
        var life = try LoggedLife.open(seed: 38, isEncrypted: true)
        var plain = try LoggedLife.open(seed: 39)
        try life.run(steps: 120)
        try plain.run(steps: 120)
        let (sequence, foreign) = (try life.snapshot(), try plain.snapshot())
        // Its own, under another name; and one of another ledger.
        let own = try #require(life.platform.disk.disk.bytes(of: snapshotPath(sequence)))
        let others = try #require(plain.platform.disk.disk.bytes(of: snapshotPath(foreign)))
        var disk = try put(own, snapshotPath(sequence - 3), on: life.platform.disk.disk)
        disk = try put(others, snapshotPath(sequence - 5), on: disk)
        for wrong in [sequence - 3, sequence - 5] {
            guard case .log(.damaged) = refusal(of: wrong, on: disk, isEncrypted: true) else {
                Issue.record("\(wrong) of \(sequence)")
                continue
            }
        }
        #expect(refusal(of: sequence, on: disk, isEncrypted: true) == nil)
    }
}

// MARK: Damage

extension SnapshotTests {
    @Test(arguments: [false, true])
    func `a flip of any byte, a cut anywhere and bytes behind the end are refused`(isEncrypted: Bool) throws {
        var life = try LoggedLife.open(seed: 40, isEncrypted: isEncrypted)
        try life.run(steps: 25)
        let sequence = try life.snapshot()
        let (path, disk) = (snapshotPath(sequence), life.platform.disk.disk)
        let size = Int(try life.platform.disk.open(path, .read).size())
        let digest = life.state.digest
        #expect(refusal(of: sequence, on: disk, isEncrypted: isEncrypted, digest: digest) == nil)
        for offset in 0..<size {
            var damaged = disk
            damaged.flipBit(path, at: offset, bit: (offset * 5) % 8)
            if refusal(of: sequence, on: damaged, isEncrypted: isEncrypted) == nil {
                Issue.record("byte \(offset) of \(size) may be anything")
            }
        }
        for length in stride(from: 0, to: size, by: 41) {
            var cut = disk
            cut.cut(path, at: length)
            if refusal(of: sequence, on: cut, isEncrypted: isEncrypted) == nil {
                Issue.record("\(length) bytes of \(size) are enough")
            }
        }
        var longer = disk
        longer.replace(path, at: size, [0])
        #expect(refusal(of: sequence, on: longer, isEncrypted: isEncrypted) != nil)
    }

    @Test func `a damaged snapshot is named, and an older one or the log does`() throws {
        var life = try LoggedLife.open(seed: 41)
        try life.run(steps: 100)
        let older = try life.snapshot()
        try life.run(steps: 50)
        let newer = try life.snapshot()
        try life.run(steps: 20)
        var disk = life.platform.disk.disk
        disk.flipBit(snapshotPath(newer), at: 5_000, bit: 1)
        let first = try LedgerStart.open(readOnly(disk), seed: 1)
        #expect(first.snapshot == older && first.refused.map(\.path) == [snapshotPath(newer)])
        disk.cut(snapshotPath(older), at: 6_000)
        let second = try LedgerStart.open(readOnly(disk), seed: 1)
        #expect(second.snapshot == nil && second.refused.count == 2)
        #expect(second.progress.range.lowerBound == 0)
        #expect(first.state.digest == second.state.digest)
    }

    @Test func `a crash at any operation of writing leaves the old one or the new`() throws {
        var life = try LoggedLife.open(seed: 42)
        try life.run(steps: 60)
        try life.snapshot()
        try life.run(steps: 20)
        let second = try life.snapshot()
        try life.run(steps: 20)
        let digest = life.state.digest
        let disks = Mutex([SimulatedDisk]())
        let storage = SimulatedStorage(
            disk: life.platform.disk.disk.settled(),
            onOperation: { _, disk in disks.withLock { $0.append(disk) } })
        let log = ReplayLog(
            try ReadOnlyLog(
                platform: SimulatedPlatform(disk: storage, clock: SimulatedClock(), seed: 1), keys: .none,
                geometry: .tiny))
        var state = LedgerState(shard: LoggedLife.shard)
        try Rebuild.replay(log, into: &state)
        try SnapshotStore(log).write(&state)
        let third = state.next.raw
        #expect(third > second)
        var found: Set<UInt64> = []
        var imageCount = 0
        for disk in disks.withLock({ $0 }) + [storage.disk] {
            for image in CrashImages(of: disk) {
                let started = try LedgerStart.open(readOnly(image.image), seed: 2)
                #expect(started.refused.isEmpty && started.state.digest == digest)
                found.insert(started.snapshot ?? 0)
                imageCount += 1
            }
        }
        #expect(found == [second, third] && imageCount > 20)
    }
}

// MARK: Helpers

extension SnapshotTests {
    private func snapshotPath(_ sequence: UInt64) -> StoragePath {
        ShardPaths(shard: 0).snapshots / (ShardPaths.padded(sequence, 20) + ShardPaths.Ending.snapshot)
    }

    /// The disk with a file that nobody wrote.
    private func put(
        _ bytes: [UInt8], _ path: StoragePath, on disk: SimulatedDisk
    ) throws -> SimulatedDisk {
        let storage = SimulatedStorage(disk: disk)
        try storage.createDirectory(path.parent)
        try storage.syncDirectory(path.parent.parent)
        try AtomicFile.write(bytes, to: path, on: storage)
        return storage.disk
    }

    private func readOnly(
        _ disk: SimulatedDisk, isEncrypted: Bool = false
    ) throws -> ReplayLog<SimulatedPlatform> {
        let platform = SimulatedPlatform(
            disk: SimulatedStorage(disk: disk), clock: SimulatedClock(), seed: 1)
        return ReplayLog(
            try ReadOnlyLog(
                platform: platform, keys: isEncrypted ? .keyEncryptionKey(LoggedLife.key) : .none,
                geometry: .tiny))
    }

    /// Why the snapshot is not believed; nil if it is. Its state must then be the one with this digest.
    private func refusal(
        of sequence: UInt64, on disk: SimulatedDisk, isEncrypted: Bool = false, digest: StateDigest? = nil
    ) -> SnapshotError? {
        do {
            let log = try readOnly(disk, isEncrypted: isEncrypted)
            do throws(SnapshotError) {
                let state = try SnapshotStore(log).load(sequence, seed: 5)
                if let digest { #expect(state.digest == digest) }
                return nil
            } catch { return error }
        } catch {
            Issue.record("\(error)")
            return nil
        }
    }
}

/// Collects a snapshot's bytes.
private final class Bytes: SnapshotSink {
    private(set) var bytes: [UInt8] = []

    func write(_ bytes: RawSpan) throws(SnapshotFailure) { self.bytes += bytes.array() }
}
