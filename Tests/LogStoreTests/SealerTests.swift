import LogStore
import Simulation
import TestSupport
import Testing

@Suite struct SealerTests {
    /// The newest file of the process before was not marked closed: the sealer of the next process passed it
    /// over, looked for its events in a later file, and stopped the process.
    @Test func `the last file of an earlier process is sealed by the next`() throws {
        let storage = SimulatedStorage()
        let first = try open(storage)
        var events = TestEvents(time: TestEvents.november + 1_000_000)
        events.make(100)
        _ = try first.append(events.buffer)
        try first.close()

        let second = try open(SimulatedStorage(disk: storage.crash().settled()))
        for _ in 0..<8 {
            events.time = second.position.lastTime + 1
            events.make(100)
            _ = try second.append(events.buffer)
            _ = try second.parts.commit()
            while try second.parts.prepare() != .ready {}
        }
        while try second.parts.seal() {}
        #expect(second.parts.catalog.sealedEnd >= 512)
    }

    private func open(_ storage: SimulatedStorage) throws -> LogStore<SimulatedPlatform, TestIndex> {
        try LogStore.open(
            platform: SimulatedPlatform(disk: storage, seed: 1), options: LogStoreTests.options(),
            index: TestIndex(), time: TestEvents.november)
    }
}
