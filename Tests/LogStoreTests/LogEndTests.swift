import LogStore
import Simulation
import TestSupport
import Testing

/// How a log ends: closed, dropped, or while its threads still have something to say.
@Suite struct LogEndTests {
    private typealias Log = LogStore<SimulatedPlatform, TestIndex>

    private func open(_ storage: SimulatedStorage, runsThreads: Bool = true, life: UInt64 = 1) throws -> Log {
        var options = LogStoreTests.options()
        options.runsThreads = runsThreads
        let clock = SimulatedClock(wall: TestEvents.november, monotonic: 0, step: 10)
        return try Log.open(
            platform: SimulatedPlatform(disk: storage, clock: clock, seed: life), options: options,
            index: TestIndex(), time: TestEvents.november)
    }

    /// The lock went with the `LogStore`, while its threads, which nobody could stop any more, wrote on.
    @Test func `a dropped log writes nothing any more, and only then gives its lock back`() throws {
        let storage = SimulatedStorage()
        weak var parts: LogParts<SimulatedPlatform, TestIndex>?
        do {
            let log = try open(storage)
            parts = log.parts
            var events = TestEvents(time: log.position.lastTime + 1)
            events.make(40)
            #expect(log.waitUntilDurable(try log.append(events.buffer).upperBound))
        }
        #expect(parts == nil, "a thread still has something to write with")
        let again = try open(storage, life: 2)
        #expect(again.report.recoveredEnd == 41)
        try again.close()
    }

    /// The lock belongs to whoever can still write, and that is the parts, not the face.
    @Test func `as long as a step can be taken the lock is held`() throws {
        let storage = SimulatedStorage()
        var log: Log? = try open(storage, runsThreads: false)
        var parts = log?.parts
        log = nil
        let holder = LockHolder(ProcessIdentity(number: 1, bootID: "simulated"))
        #expect(throws: LogStoreError.locked(ShardPaths.lock, by: holder)) {
            _ = try open(storage, life: 2)
        }
        #expect(LogStoreError.locked(ShardPaths.lock, by: holder).description.contains("by process 1,"))
        #expect(parts != nil)
        parts = nil
        _ = try open(storage, runsThreads: false, life: 3)
    }

    /// `close` threw before it came to stopping the threads: they wrote on for the life of the process.
    @Test func `a close that fails leaves no thread behind`() throws {
        let log = try open(SimulatedStorage())
        log.parts.exchange.stop(.storageFull(freeBytes: 0, neededBytes: 1))
        #expect(throws: LogStoreError.storageFull(freeBytes: 0, neededBytes: 1)) { try log.close() }
        #expect(!log.parts.hasThreads)
    }

    /// The command signed before it closed, when the last events were durable but not hashed yet: the proof
    /// of what had just been appended was sometimes missing.
    @Test(arguments: [false, true])
    func `a closed log has a checkpoint over all of it`(_ runsThreads: Bool) throws {
        let storage = SimulatedStorage()
        do {
            let log = try open(storage, runsThreads: runsThreads)
            var events = TestEvents(time: log.position.lastTime + 1)
            events.make(40)
            _ = try log.append(events.buffer)
            try log.close()
        }
        let again = try open(storage, runsThreads: false, life: 2)
        let note = try #require(try again.signedCheckpoint())
        // An epoch start, the events, the clean end.
        #expect(try again.verifier.checkpoint(note).size == 42)
    }

    /// Acts were taken once, while the sealer went on posting: what it said last was never in the log.
    @Test func `closing forgets no act`() throws {
        let storage = SimulatedStorage()
        let log = try open(storage)
        var events = TestEvents(time: log.position.lastTime + 1)
        for _ in 0..<60 {
            events.make(40)
            _ = try log.appendWaiting(events.buffer)
        }
        try log.close(time: log.position.lastTime + 1)
        #expect(!log.hasOwnActs)
        let sealed = log.parts.catalog.manifests.reduce(0) { $0 + $1.entries.count }
        var noted = 0
        var reader = log.makeReader(from: 0)
        while try reader.next() {
            var cursor = reader.run.makeCursor()
            while let event = cursor.next() {
                if case .segmentSealed = try ReservedEvent(event) { noted += 1 }
            }
        }
        #expect(noted == sealed)
    }
}
