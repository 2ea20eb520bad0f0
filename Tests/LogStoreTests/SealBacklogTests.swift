import LogStore
import Simulation
import Synchronization
import TestSupport
import Testing

/// What waits to be sealed is bounded, whatever becomes of sealing.
@Suite struct SealBacklogTests {
    private typealias Log = LogStore<SimulatedPlatform, TestIndex>

    /// Room for four files.
    private func open(_ storage: SimulatedStorage, life: UInt64 = 1, runsThreads: Bool = false) throws -> Log
    {
        var options = LogStoreTests.options()
        options.geometry.sealBacklogBytesMax = 4 * options.geometry.walBytes
        options.runsThreads = runsThreads
        options.sealsInBackground = false
        let clock = SimulatedClock(wall: TestEvents.november, monotonic: 0, step: 10)
        return try Log.open(
            platform: SimulatedPlatform(disk: storage, clock: clock, seed: life), options: options,
            index: TestIndex(), time: TestEvents.november)
    }

    /// Appends until refused; at most 100 groups, far more than the bound takes.
    private func fill(_ log: Log) throws -> LogStoreError? {
        var events = TestEvents(time: log.position.lastTime + 1)
        for _ in 0..<100 {
            events.make(40)
            do throws(LogStoreError) { _ = try log.append(events.buffer) } catch { return error }
            while try log.parts.commit() {}
            while try log.parts.prepare() != .ready {}
        }
        return nil
    }

    private let refusal = LogStoreError.busy(reason: .sealingBehind, retryAfterMilliseconds: 100)

    /// The backlog was counted only by a seal that succeeded: with sealing off or failing nothing bounded it.
    @Test func `a log that is never sealed refuses at the bound, also after reopening`() throws {
        let storage = SimulatedStorage()
        let log = try open(storage)
        #expect(try fill(log) == refusal)
        // The four, one that ends in a remainder too small to seal, and the one being written.
        #expect(log.parts.catalog.walFiles.count <= 6)
        log.abandon()

        let again = try open(SimulatedStorage(disk: storage.crash().settled()), life: 2)
        #expect(try fill(again) == refusal)
        #expect(try again.parts.seal())
        while try again.parts.seal() {}
        #expect(try fill(again) == refusal)
        #expect(again.parts.catalog.sealedEnd > 1000)
        // What ends the log is refused by no bound.
        try again.close()
    }

    @Test func `sealing that fails is told to those who append`() throws {
        let storage = SimulatedStorage()
        let log = try open(storage)
        storage.inject(Fault(.create, .suffix("seal.tmp"), .every, .fail(ErrorNumber.inputOutput)))
        #expect(try fill(log) == refusal)
        #expect(throws: LogStoreError.self) { try log.parts.seal() }
        #expect(try fill(log) == refusal)
    }

    /// Without threads it waited for ever for somebody to seal.
    @Test func `waiting for room seals, and gives up where nothing can be sealed`() throws {
        let log = try open(SimulatedStorage())
        #expect(try fill(log) == refusal)
        var events = TestEvents(time: log.position.lastTime + 1)
        events.make(40)
        _ = try log.appendWaiting(events.buffer)
        #expect(log.parts.catalog.sealedEnd > 0)
        while try log.parts.seal() {}
        log.parts.exchange.setBacklog(.max)
        events.make(40)
        #expect(throws: refusal) { _ = try log.appendWaiting(events.buffer) }
    }

    @Test func `waiting where nobody seals gives up, and close does not wait`() throws {
        let log = try open(SimulatedStorage(), runsThreads: true)
        log.parts.exchange.setBacklog(.max)
        var events = TestEvents(time: log.position.lastTime + 1)
        events.make(40)
        #expect(throws: refusal) { _ = try log.appendWaiting(events.buffer) }
        try log.close()
    }

    /// The priority was chosen before a segment and kept to its end, which on a busy machine never came.
    @Test func `sealing stops idling in the middle of a segment`() throws {
        let storage = SimulatedStorage()
        let log = try open(storage)
        #expect(try fill(log) == refusal)
        let parts = log.parts
        parts.exchange.setBacklog(0)
        let idled = Mutex<[Bool]>([])
        storage.onOperation { operation, _ in
            guard operation.path.name == "seal.tmp" else { return }
            idled.withLock { $0.append(parts.pace.isIdle) }
            parts.exchange.setBacklog(.max)
        }
        let failure = Mutex<(any Error)?>(nil)
        let thread = DedicatedThread(name: "test-sealer") {
            parts.pace.begin()
            do { _ = try parts.seal() } catch { failure.withLock { $0 = error } }
        }
        thread.join()
        storage.onOperation(nil)
        #expect(failure.withLock { $0 } == nil)
        #expect(idled.withLock { $0.first } == true)
        #expect(idled.withLock { $0.last } == false)
    }
}
