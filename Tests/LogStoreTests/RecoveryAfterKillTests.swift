import LogStore
import Simulation
import Synchronization
import TestSupport
import Testing

@Suite struct RecoveryAfterKillTests {
    /// A killed process leaves a frame it never synced; the next one reads it, and the power goes. The
    /// superblock used to call that frame durable before it was: the log was refused as damaged.
    @Test func `power may go at any moment of the recovery from a kill`() throws {
        let storage = SimulatedStorage()
        let log = try open(storage)
        var events = TestEvents(time: TestEvents.november + 1_000_000)
        events.make(60)
        _ = try log.append(events.buffer)
        storage.inject(Fault(.sync, .any, .nth(1), .crash))
        #expect(throws: LogStoreError.self) { try log.parts.commit() }

        let killed = storage.disk
        #expect(killed.hasPendingChanges)
        for disk in try disks(of: killed) {
            for crash in CrashImages(of: disk, options: .init(seed: 1, sampleCount: 8)) {
                let again = try open(SimulatedStorage(disk: crash.image))
                #expect(again.report.recoveredEnd >= 1)
            }
        }
    }

    /// Two crashes had left copies 2 and 3 of the superblock at two earlier states. The next writing began
    /// with copies 0 and 1, the only ones that agreed, and a third crash left no two alike.
    @Test func `the superblock survives a crash while only two copies agree`() throws {
        let storage = SimulatedStorage()
        try open(storage).close()
        var disk = storage.disk.settled()
        let path = ShardPaths(shard: 0).superblock
        let newest = try SuperblockStore.read(path, on: SimulatedStorage(disk: disk)).superblock
        for (copy, age) in [(0, 0), (1, 0), (2, 1), (3, 2)] {
            var superblock = newest
            superblock.sequence -= UInt64(age)
            disk.replace(path, at: copy * Superblock.byteCount, superblock.encode(copy: copy))
        }
        for disk in try disks(of: disk) {
            for crash in CrashImages(of: disk, options: .init(seed: 1, sampleCount: 8)) {
                _ = try SuperblockStore.read(path, on: SimulatedStorage(disk: crash.image))
            }
        }
    }

    /// The disk before every operation of opening the log on `disk`.
    private func disks(of disk: SimulatedDisk) throws -> [SimulatedDisk] {
        let seen = Seen()
        _ = try open(SimulatedStorage(disk: disk) { _, disk in seen.disks.withLock { $0.append(disk) } })
        return seen.disks.withLock { $0 }
    }

    private final class Seen: Sendable {
        let disks = Mutex<[SimulatedDisk]>([])
    }

    private func open(_ storage: SimulatedStorage) throws -> LogStore<SimulatedPlatform, TestIndex> {
        try LogStore.open(
            platform: SimulatedPlatform(disk: storage, seed: 1), options: LogStoreTests.options(),
            index: TestIndex(), time: TestEvents.november)
    }
}
