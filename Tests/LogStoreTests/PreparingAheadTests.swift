import LogStore
import Simulation
import Synchronization
import TestSupport
import Testing

/// Work ahead of need that fails: who is told, and what goes on.
@Suite struct PreparingAheadTests {
    private typealias Log = LogStore<SimulatedPlatform, TestIndex>

    private func open(
        _ storage: SimulatedStorage, runsThreads: Bool = false,
        onStop: (@Sendable (LogStoreError) -> Void)? = nil
    ) throws -> Log {
        var options = try TestLog.options(isEncrypted: true)
        options.runsThreads = runsThreads
        options.onStop = onStop
        let clock = SimulatedClock(wall: TestEvents.november, monotonic: 0, step: 10)
        return try Log.open(
            platform: SimulatedPlatform(disk: storage, clock: clock, seed: 1), options: options,
            index: TestIndex(), time: TestEvents.november)
    }

    /// The appender was told of the preparer's input and output, which it can do nothing about.
    @Test func `a disk error while preparing asks for patience, and only that`() throws {
        let storage = SimulatedStorage()
        let log = try open(storage)
        storage.inject(Fault(.create, .suffix(".tmp"), .every, .fail(ErrorNumber.inputOutput)))
        var events = TestEvents(time: log.position.lastTime + 1)
        func appendUntilRefused() throws -> LogStoreError? {
            for _ in 0..<100 {
                events.make(40)
                do throws(LogStoreError) { _ = try log.append(events.buffer) } catch { return error }
                while try log.parts.commit() {}
                #expect(throws: LogStoreError.self) { try log.parts.prepare() }
            }
            return nil
        }
        #expect(try appendUntilRefused() == .busy(reason: .nextFileNotReady, retryAfterMilliseconds: 1000))
        storage.clearFaults()
        while try log.parts.prepare() != .ready {}
        events.make(40)
        _ = try log.append(events.buffer)
        try log.close()
    }

    /// The next month's key was made after the first roll only: a quiet log made it while somebody waited for
    /// a commit.
    @Test func `a log that never rolls has next month's key`() throws {
        let storage = SimulatedStorage()
        let log = try open(storage)
        guard case .on(let keys) = log.parts.keys.encryption else {
            Issue.record("no encryption")
            return
        }
        #expect(keys.current(202_611) != nil)
        #expect(keys.current(202_612) != nil)
        try log.close()
    }

    /// A full device ended the process in the preparer's thread, while committing could have gone on.
    @Test func `no room for a key made ahead is an alarm, and the log goes on`() throws {
        let storage = SimulatedStorage()
        storage.inject(
            Fault(.write, .containing("keyring-00000007"), .every, .fail(ErrorNumber.noSpace)))
        let stopped = Mutex<LogStoreError?>(nil)
        let log = try open(storage, runsThreads: true) { error in stopped.withLock { $0 = error } }
        let alarms = log.parts.currentAlarms
        #expect(alarms.map(\.work) == [.keys])
        var events = TestEvents(time: log.position.lastTime + 1)
        for _ in 0..<20 {
            events.make(40)
            #expect(log.waitUntilDurable(try log.appendWaiting(events.buffer).upperBound))
        }
        #expect(stopped.withLock { $0 } == nil)
        storage.clearFaults()
        #expect(log.parts.prepareKeysAhead(at: log.position.lastTime))
        #expect(log.parts.currentAlarms.isEmpty)
        try log.close()
    }
}
