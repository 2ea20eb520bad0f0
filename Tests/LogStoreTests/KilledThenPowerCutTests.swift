import LogStore
import Simulation
import TestSupport
import Testing

/// Two failures in a row: the process is killed, which loses nothing that the kernel knows; the next one
/// builds on what it finds; then the power goes.
///
/// A process killed between renaming a manifest and syncing its directory left a name that was not durable.
/// The next one took the manifest for a fact, noted it in the superblock and removed the write-ahead files,
/// durably; after a power cut the old manifest was back, and the events were nowhere.
@Suite struct KilledThenPowerCutTests {
    private typealias Log = LogStore<SimulatedPlatform, TestIndex>

    private func open(_ storage: SimulatedStorage, life: UInt64) throws -> Log {
        let clock = SimulatedClock(wall: TestEvents.november, monotonic: 0, step: 10)
        return try Log.open(
            platform: SimulatedPlatform(disk: storage, clock: clock, seed: life),
            options: LogStoreTests.options(),
            index: TestIndex(), time: TestEvents.november)
    }

    /// Works until the machine stops: appends, seals, and so renames at every place where names change.
    private func work(_ storage: SimulatedStorage) {
        do {
            let log = try open(storage, life: 1)
            var events = TestEvents(time: log.position.lastTime + 1)
            for _ in 0..<40 {
                events.make(40)
                _ = try log.append(events.buffer)
                _ = try log.parts.commit()
                while try log.parts.prepare() != .ready {}
                while try log.parts.seal() {}
            }
            try log.close()
        } catch {
            // The crash that was ordered.
        }
    }

    @Test func `what a recovery built upon survives the power cut after it`() throws {
        var reached = 0
        for nth in 1..<200 {
            let storage = SimulatedStorage()
            storage.inject(Fault(.syncDirectory, .any, .nth(nth), .crash))
            work(storage)
            guard storage.isDead else { break }
            reached += 1
            let second = SimulatedStorage(disk: storage.crash())
            let log = try open(second, life: 2)
            let durable = log.durableEnd
            log.abandon()
            for crash in CrashImages(of: second.crash(), options: .init(seed: 1, sampleCount: 8)).prefix(64) {
                let third = try open(SimulatedStorage(disk: crash.image), life: 3)
                #expect(third.report.recoveredEnd >= durable, "sync \(nth): \(crash.description)")
                third.abandon()
            }
        }
        #expect(reached > 20)
    }
}
