import Foundation
import LogStore

/// How many events a second one thread can make durable, checksummed and in the tree?
///
/// The measuring thread encodes events into groups of 64 and appends them; the log's own threads do the rest.
/// A run ends when its last event is durable. All runs go into one log, which the reading rows use
/// afterwards. Ceiling: frames of the same size with bare system calls.
struct AppendBenchmark {
    private let setting: Setting
    private let isEncrypted: Bool
    private static let groupEvents = 64
    private static let frameBytes = Setting.geometry.frameBytesMax

    init(_ setting: Setting, isEncrypted: Bool) {
        self.setting = setting
        self.isEncrypted = isEncrypted
    }

    func run() throws {
        let log = try openLog()
        let ceiling = try WriteCeiling(setting.place, byteCount: Self.frameBytes)
        var events = PaymentEvents(eventsMax: Self.groupEvents)
        _ = try append(setting.eventsPerRun / 4, &events, to: log)
        var runs: [Run] = []
        for _ in 0..<setting.runs {
            // As many events as whole groups of 160 bytes fit one frame.
            let perFrame = (Self.frameBytes - 144) / (160 * Self.groupEvents) * Self.groupEvents
            try ceiling.measure(writes: 400, unitsPerWrite: perFrame)
            runs.append(try append(setting.eventsPerRun, &events, to: log))
        }
        let backlog = log.parts.catalog.walFiles.filter(\.isClosed).count * Setting.geometry.walBytes
        try log.close(time: events.time)
        let best = ceiling.best
        var line = Line(isEncrypted ? "append-encrypted" : "append", runs, ceilings: best.runs)
        line.add("unit", text: "events")
        line.add("ceiling_method", text: best.method.rawValue)
        line.add("seal_backlog_bytes", Double(backlog))
        line.print()
    }

    /// Writes a log for other rows to read.
    func write() throws {
        let log = try openLog()
        var events = PaymentEvents(eventsMax: Self.groupEvents)
        _ = try append(setting.eventsPerRun * 2, &events, to: log)
        try log.close(time: events.time)
    }

    private func openLog() throws -> LogStore<LinuxPlatform, PaymentIndex> {
        let root = try setting.place.fresh(Place.logName(isEncrypted: isEncrypted))
        return try LogStore.open(
            platform: LinuxPlatform(disk: LinuxStorage(root: root)),
            options: setting.options(isEncrypted: isEncrypted), index: PaymentIndex(),
            time: PaymentEvents.november)
    }

    private func append(
        _ count: Int, _ events: inout PaymentEvents, to log: LogStore<LinuxPlatform, PaymentIndex>
    ) throws -> Run {
        var waiting = Acknowledgements(capacity: count / Self.groupEvents + 1)
        if log.hasOwnActs { try log.appendOwnActs(time: events.time) }
        events.time = max(events.time, log.position.lastTime + 1)
        let start = Clock.now
        var end = log.durableEnd
        for _ in 0..<count / Self.groupEvents {
            events.make(Self.groupEvents)
            let begun = Clock.now
            end = try log.appendWaiting(events.group).upperBound
            waiting.expect(end, since: begun)
            waiting.note(durable: log.durableEnd)
        }
        guard log.waitUntilDurable(end) else { throw LogStoreError.stopped("during a run") }
        waiting.note(durable: end)
        return Run(count: count, nanoseconds: Clock.now - start, durations: waiting.durations)
    }
}

/// How long groups took from append to durable, as the appending thread can see it between two appends.
private struct Acknowledgements {
    private var ends: [UInt64] = []
    private var begun: [UInt64] = []
    private var next = 0
    private(set) var durations = Durations()

    init(capacity: Int) {
        ends.reserveCapacity(capacity)
        begun.reserveCapacity(capacity)
        durations = Durations(capacity: capacity)
    }

    mutating func expect(_ end: UInt64, since time: UInt64) {
        ends.append(end)
        begun.append(time)
    }

    mutating func note(durable: UInt64) {
        guard next < ends.count, ends[next] <= durable else { return }
        let now = Clock.now
        while next < ends.count, ends[next] <= durable {
            durations.add(now - begun[next])
            next += 1
        }
    }
}
