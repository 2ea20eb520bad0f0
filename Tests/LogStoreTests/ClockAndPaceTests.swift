import LogStore
import Simulation
import TestSupport
import Testing

/// Clocks that are wrong, devices that are full at the end, and a sealer that must not starve.
@Suite struct ClockAndPaceTests {
    private static let hour: UInt64 = 3_600_000_000_000

    private func open(_ disk: SimulatedDisk, wall: UInt64, seed: UInt64) throws
        -> LogStore<SimulatedPlatform, TestIndex>
    {
        let clock = SimulatedClock(wall: wall, monotonic: 0)
        let platform = SimulatedPlatform(disk: SimulatedStorage(disk: disk), clock: clock, seed: seed)
        return try LogStore.open(
            platform: platform, options: try TestLog.options(isEncrypted: false), index: TestIndex())
    }

    /// Time never goes back: the events of the year in between would have been refused.
    @Test(arguments: [true, false])
    func `a clock a year ahead at open and close does not take the log's time along`(isAhead: Bool) throws {
        let start = TestEvents.november
        var log = try open(SimulatedDisk(), wall: start, seed: 1)
        try log.close()
        let wall = isAhead ? start + 365 * 24 * Self.hour : start - Self.hour
        log = try open(log.parts.platform.disk.crash().settled(), wall: wall, seed: 2)
        try log.close()
        #expect(log.position.lastTime < start + 1000)
        // A clock that is a little ahead is believed.
        log = try open(log.parts.platform.disk.crash().settled(), wall: start + Self.hour / 2, seed: 3)
        #expect(log.position.lastTime == start + Self.hour / 2)
        log.abandon()
    }

    /// `close` threw, and the superblock and watermark of everything acknowledged were not written.
    @Test func `a full device does not keep a log from closing`() throws {
        let storage = SimulatedStorage(disk: SimulatedDisk(capacity: 512 << 10))
        var options = LogStoreTests.options()
        options.geometry.sealBacklogBytesMax = 64 << 20
        let clock = SimulatedClock(wall: TestEvents.november, monotonic: 0, step: 10)
        let log = try LogStore.open(
            platform: SimulatedPlatform(disk: storage, clock: clock, seed: 1), options: options,
            index: TestIndex(), time: TestEvents.november)
        var events = TestEvents(time: log.position.lastTime + 1)
        for count in [40, 1] {
            var refusal: LogStoreError?
            while refusal == nil {
                events.make(count)
                do throws(LogStoreError) {
                    _ = try log.append(events.buffer)
                    while try log.parts.commit() {}
                } catch { refusal = error }
                do throws(LogStoreError) { while try log.parts.prepare() != .ready {} } catch {}
            }
            guard case .storageFull = refusal else {
                Issue.record("\(String(describing: refusal))")
                return
            }
        }
        let durable = log.durableEnd
        try log.close()
        #expect(log.durableEnd == durable)
        #expect(
            !log.parts.superblocks.value.isClean && log.parts.superblocks.value.durableSequence == durable)
        var disk = storage.crash().settled()
        disk.capacity = nil
        let again = try LogStore.open(
            platform: SimulatedPlatform(disk: SimulatedStorage(disk: disk), clock: clock, seed: 2),
            options: options, index: TestIndex(), time: log.position.lastTime + 1)
        #expect(again.report.verdict == .cleanEnd && again.report.recoveredEnd == durable)
    }

    @Test func `a lock's note names its holder, and any other text names nobody`() {
        let holder = LockHolder(ProcessIdentity(number: 4711, bootID: "b-1"))
        #expect(holder.note == "holdfast\npid 4711\nboot b-1\n")
        #expect(LockHolder(note: holder.note) == holder)
        for text in ["", "holdfast\n", "holdfast\npid x\nboot b\n", "pid 1\nboot b\n\n", holder.note + "\n"] {
            #expect(LockHolder(note: text) == nil)
        }
        var other = holder
        other.isElsewhere = true
        #expect(holder.description == "process 4711" && other.description.contains("another machine"))
    }

    /// One write-ahead file a minute is due at least, and whatever waits within a minute.
    @Test func `a sealer that gets no core is behind its floor until it has caught up`() {
        let second: UInt64 = 1_000_000_000
        let due = 128 << 20
        var floor = SealingFloor()
        floor.note(byteCount: 0, backlogBytes: 0, now: 0)
        #expect(!floor.isBehind)
        floor.note(byteCount: due / 60 - 1, backlogBytes: 0, now: second)
        #expect(floor.isBehind)
        floor.note(byteCount: 2, backlogBytes: 0, now: second)
        #expect(!floor.isBehind)
        // A lead is worth one second.
        floor.note(byteCount: due, backlogBytes: 0, now: second)
        floor.note(byteCount: 0, backlogBytes: 0, now: 3 * second)
        #expect(floor.isBehind)
        // Twice as much waits: twice as much is due.
        floor.rest()
        floor.note(byteCount: 0, backlogBytes: 2 * due, now: 10 * second)
        floor.note(byteCount: due / 60, backlogBytes: 2 * due, now: 11 * second)
        #expect(floor.isBehind)
        // Nothing is due for the time without work.
        floor.rest()
        floor.note(byteCount: 0, backlogBytes: 0, now: 1000 * second)
        #expect(!floor.isBehind)
    }
}
