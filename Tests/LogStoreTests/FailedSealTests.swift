import LogStore
import Simulation
import TestSupport
import Testing

/// Stories of disks that fail for a moment while the log goes on. Found by the campaign of injected errors
/// (`Tests/Process`).
@Suite struct FailedSealTests {
    private typealias Log = LogStore<SimulatedPlatform, TestIndex>

    /// - Parameter life: seeds the machine: no two lives draw the same identifiers.
    private func open(_ storage: SimulatedStorage, life: UInt64 = 1) throws -> Log {
        let clock = SimulatedClock(wall: TestEvents.november, monotonic: 0, step: 10)
        var options = LogStoreTests.options()
        options.geometry = .tiny
        return try Log.open(
            platform: SimulatedPlatform(disk: storage, clock: clock, seed: life), options: options,
            index: TestIndex(),
            time: TestEvents.november)
    }

    /// Some thousand events in several files, durable, none sealed.
    private func fill(_ log: Log, _ rounds: Int = 60) throws {
        var events = TestEvents(time: log.position.lastTime + 1)
        for _ in 0..<rounds {
            events.make(40)
            _ = try log.append(events.buffer)
            _ = try log.parts.commit()
            while try log.parts.prepare() != .ready {}
        }
    }

    /// Seals until nothing is left to seal; failures only cost another round.
    private func sealAll(_ log: Log) -> Int {
        var failures = 0
        while true {
            do { if try !log.parts.seal() { return failures } } catch { failures += 1 }
        }
    }

    private func reopen(_ disk: SimulatedDisk) throws -> Log {
        try open(SimulatedStorage(disk: disk), life: 2)
    }

    /// A segment had its name, its manifest failed: the next segment began after it, the manifest got a gap,
    /// and the write-ahead files of the gap were given up.
    @Test(arguments: [StorageError.Operation.create, .write, .sync, .rename, .syncDirectory, .remove])
    func `a failure at any step of sealing costs a retry and nothing else`(operation: StorageError.Operation)
        throws
    {
        var tried = 0
        for nth in 1..<40 {
            let storage = SimulatedStorage()
            let log = try open(storage)
            try fill(log)
            let durable = log.durableEnd
            storage.inject(Fault(operation, .any, .nth(nth), .fail(ErrorNumber.inputOutput)))
            let failures = sealAll(log)
            if failures == 0 { break }
            tried += 1
            #expect(log.parts.catalog.sealedEnd >= durable - 1000, "\(operation) \(nth)")
            log.abandon()
            let again = try reopen(storage.crash().settled())
            #expect(again.report.verdict == .cleanEnd)
            #expect(again.report.recoveredEnd == durable, "\(operation) \(nth)")
            try fill(again, 10)
            #expect(sealAll(again) == 0)
            try again.close()
        }
        #expect(tried > 0)
    }

    /// The newest file of the process before stayed open for ever: a plan began with the file after it and
    /// broke off, or nothing was sealed any more.
    @Test func `the last file of an earlier process is sealed like any other`() throws {
        let storage = SimulatedStorage()
        let first = try open(storage)
        try fill(first, 3)
        try first.close()
        let second = try reopen(storage.crash().settled())
        try fill(second)
        #expect(sealAll(second) == 0)
        #expect(second.parts.catalog.sealedEnd > 2000)
    }

    /// Each short life leaves a file of a few events, too few to seal. Once their bytes met the bound of what
    /// may wait for sealing, every append was answered `busy`, for ever.
    @Test func `many short lives do not stop the log`() throws {
        var disk = SimulatedDisk()
        for life in 1...60 {
            let storage = SimulatedStorage(disk: disk)
            let log = try open(storage, life: UInt64(life))
            while try log.parts.seal() {}
            var events = TestEvents(time: log.position.lastTime + 1)
            events.make(1)
            _ = try log.append(events.buffer)
            _ = try log.parts.commit()
            log.abandon()
            disk = storage.crash().settled()
        }
        #expect(disk.paths.filter { $0.name.hasSuffix(".wal") }.count == 60)
    }

    /// The preparer said twice that a file was ready; the second time it had been taken.
    @Test func `a prepared file is promised once`() throws {
        let log = try open(SimulatedStorage())
        while try log.parts.prepare() != .ready {}
        #expect(log.parts.preparer.takeReady() != nil)
        let before = log.parts.exchange.needsNextFile
        while try log.parts.prepare() != .ready {}
        #expect(log.parts.preparer.announce() == false)
        #expect(before == log.parts.exchange.needsNextFile)
    }

    @Test func `an act that found no room is not forgotten`() throws {
        let storage = SimulatedStorage()
        let log = try open(storage)
        try fill(log)
        while try log.parts.seal() {}
        let acts = log.parts.exchange.takeActs()
        #expect(!acts.isEmpty)
        log.parts.exchange.stop(.storageFull(freeBytes: 0, neededBytes: 1))
        log.parts.exchange.putBack(acts)
        #expect(throws: LogStoreError.storageFull(freeBytes: 0, neededBytes: 1)) {
            try log.appendOwnActs(time: log.position.lastTime + 1)
        }
        #expect(log.parts.exchange.takeActs() == acts)
    }
}
