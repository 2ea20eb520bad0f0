import LogStore
import Simulation
import TestSupport

/// One scripted process: an open log, the events it makes, and the timeline it leaves.
///
/// Steps are taken one by one, as the log's threads would take them.
final class CrashProcess {
    typealias Log = LogStore<SimulatedPlatform, TestIndex>

    let storage: SimulatedStorage
    let log: Log
    private(set) var timeline: CrashTimeline
    /// Count of durable events the log has told this caller of.
    private(set) var acknowledged: UInt64 = 0
    private var callers = CallersEvents()
    private var small: TestEvents
    private var large: TestEvents

    static func options(_ key: KeyEncryptionKey?, _ geometry: LogGeometry = .tiny) -> LogOptions {
        var options = LogOptions()
        options.geometry = geometry
        options.runsThreads = false
        options.keyEncryptionKey = key
        return options
    }

    static func platform(_ storage: SimulatedStorage, wall: UInt64, seed: UInt64) -> SimulatedPlatform {
        SimulatedPlatform(
            disk: storage, clock: SimulatedClock(wall: wall, monotonic: 0, step: 10), seed: seed)
    }

    /// Opens the log on `storage`; `before` is what the process before it left.
    init(
        _ storage: SimulatedStorage, key: KeyEncryptionKey?, after before: CrashTimeline,
        geometry: LogGeometry = .tiny, decision: LogOptions.AcceptedCut? = nil,
        wall: UInt64 = TestEvents.november, seed: UInt64
    ) throws(LogStoreError) {
        self.storage = storage
        var options = Self.options(key, geometry)
        options.acceptedCut = decision
        log = try LogStore.open(
            platform: Self.platform(storage, wall: wall, seed: seed), options: options, index: TestIndex())
        guard log.report.recoveredEnd <= before.count else {
            throw .invalidRequest("\(log.report.recoveredEnd) events recovered, \(before.count) written")
        }
        timeline = before.prefix(log.report.recoveredEnd)
        small = TestEvents(time: log.position.lastTime + 1000, payloadBytes: 32)
        large = TestEvents(time: log.position.lastTime + 1000, payloadBytes: 700)
        timeline.endFrame(at: log.report.recoveredEnd)
        try absorb()
    }

    /// Takes what is durable since the last time into the timeline: the caller's events as the caller gave
    /// them, the log's own acts as they are read.
    func absorb() throws(LogStoreError) {
        try acknowledge()
        var reader = log.makeReader(from: timeline.count, windowBytes: 64 << 10)
        while try reader.next() {
            var cursor = reader.run.makeCursor()
            while let event = cursor.next() {
                guard event.sequence == timeline.count else {
                    throw .invalidRequest("event \(event.sequence) read, \(timeline.count) expected")
                }
                timeline.append(try callers.expected(at: event.sequence, found: event.bytes.array()))
            }
        }
        if timeline.count < acknowledged {
            throw .invalidRequest("\(timeline.count) events readable, \(acknowledged) were acknowledged")
        }
        timeline.endFrame(at: log.durableEnd)
    }

    private func acknowledge() throws(LogStoreError) {
        let durable = log.durableEnd
        if durable < acknowledged {
            throw .invalidRequest("\(durable) events are durable, \(acknowledged) were acknowledged before")
        }
        acknowledged = durable
    }

    /// Notes where frames ended that others saw end.
    func endFrames(_ counts: [UInt64]) { for count in counts { timeline.endFrame(at: count) } }

    // MARK: Steps

    /// Appends a group, doing whatever it has to wait for.
    func append(_ count: Int, large isLarge: Bool = false) throws(LogStoreError) {
        let time = max(small.time, large.time, log.position.lastTime + 1000)
        small.time = time
        large.time = time
        if isLarge { large.make(count) } else { small.make(count) }
        while true {
            do throws(LogStoreError) {
                if isLarge {
                    callers.give(large.buffer, at: try log.append(large.buffer))
                } else {
                    callers.give(small.buffer, at: try log.append(small.buffer))
                }
                return
            } catch .busy(let reason, _) {
                switch reason {
                case .frameFull: _ = try log.parts.commit()
                case .nextFileNotReady:
                    _ = try log.parts.commit()
                    _ = try log.parts.prepare()
                case .sealingBehind: _ = try log.parts.seal()
                }
            }
        }
    }

    /// One group, one commit.
    func commit(_ count: Int, large isLarge: Bool = false) throws(LogStoreError) {
        try append(count, large: isLarge)
        _ = try log.parts.commit()
        try acknowledge()
        let (next, _) = log.position
        if acknowledged != next {
            throw .invalidRequest("committed, but \(acknowledged) of \(next) events are durable")
        }
    }

    func prepareFile() throws(LogStoreError) { while try log.parts.prepare() != .ready {} }

    /// What the log's threads do once a new file is in use.
    func afterRoll() throws(LogStoreError) {
        try log.parts.recordSuperblock()
        try log.parts.prepareKeys()
        try prepareFile()
    }

    func sealAll() throws(LogStoreError) { while try log.parts.seal() {} }

    /// Brings back every month that is not here, from the archive given or from the one on the same disk.
    func restoreEvicted(from archive: SimulatedDisk?) throws(LogStoreError) {
        let archive = DirectoryArchive(disk: archive.map { SimulatedStorage(disk: $0) } ?? storage)
        for manifest in log.parts.catalog.manifests where manifest.entries.contains(where: { !$0.isLocal }) {
            _ = try log.restore(manifest.month, from: archive)
        }
    }

    /// Lets log time jump, so that the next event falls into a later month.
    func advance(to time: UInt64) { small.time = max(small.time, time) }

    /// Writes a group's frame and dies before it is synced; the group is in the timeline.
    func dieCommitting(_ count: Int) throws(LogStoreError) {
        while try log.parts.commit() {}
        try absorb()
        try append(count)
        for event in callers.following(timeline.count) { timeline.append(event) }
        timeline.endFrame(at: timeline.count)
        storage.inject(Fault(.sync, .any, .nth(1), .crash))
        do throws(LogStoreError) { _ = try log.parts.commit() } catch { return }
        invariantViolated("the machine stopped, and the commit succeeded")
    }
}
