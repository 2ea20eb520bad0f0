import CHoldfastAllocations
import LogStore

/// How many allocations does an event cost, on the way in and on the way out?
///
/// Counted on the measuring thread, which takes every step itself. The row of the planted allocation, one per
/// event, shows that the counter counts.
struct AllocationBenchmark {
    private let setting: Setting
    private static let events = 200_000
    private static let groupEvents = 64

    init(_ setting: Setting) { self.setting = setting }

    func run() throws {
        let log = try openLog()
        defer { setting.place.remove("log-allocations") }
        try append(Self.events / 10, to: log)
        let before = holdfast_allocations_of_thread()
        let first = log.durableEnd
        try append(Self.events, to: log)
        let appended = holdfast_allocations_of_thread() - before
        report("append", appended, log.durableEnd - first)
        let planted = try read(log, plants: true)
        let counted = try read(log, plants: false)
        report("read", counted.allocations, counted.events)
        report("read, one planted an event", planted.allocations, planted.events)
        log.abandon()
    }

    private func report(_ path: String, _ allocations: UInt64, _ events: UInt64) {
        var line = Line("allocations", [], ceilings: [])
        line.add("path", text: path)
        line.add("per_event", Double(allocations) / Double(max(1, events)))
        line.add("allocations", Double(allocations))
        line.add("events", Double(events))
        line.print()
    }

    private func openLog() throws -> LogStore<LinuxPlatform, PaymentIndex> {
        var options = try setting.options(isEncrypted: true)
        options.runsThreads = false
        let root = try setting.place.fresh("log-allocations")
        return try LogStore.open(
            platform: LinuxPlatform(disk: LinuxStorage(root: root)), options: options, index: PaymentIndex(),
            time: PaymentEvents.november)
    }

    private func append(_ count: Int, to log: LogStore<LinuxPlatform, PaymentIndex>) throws {
        var events = PaymentEvents(
            time: log.position.lastTime + 1, eventsMax: Self.groupEvents)
        for _ in 0..<count / Self.groupEvents {
            events.make(Self.groupEvents)
            if log.parts.exchange.needsNextFile { while try log.parts.prepare() != .ready {} }
            _ = try log.append(events.group)
            _ = try log.parts.commit()
        }
    }

    private func read(
        _ log: LogStore<LinuxPlatform, PaymentIndex>, plants: Bool
    ) throws -> (allocations: UInt64, events: UInt64) {
        guard let record = log.parts.catalog.walFiles.first else { return (0, 0) }
        let file = try log.parts.platform.disk.open(record.path, .readDirect)
        var reader = try WALFrameReader(
            file: file, header: record.header, dataKey: record.dataKey, windowBytes: 1 << 20)
        var sequence = record.firstSequence
        var frontier = MerkleFrontier()
        var completed: [Hash256] = []
        completed.reserveCapacity(Self.events / 128)
        var planted = 0
        let before = holdfast_allocations_of_thread()
        while let frame = record.frame(containing: sequence) {
            let expected = WALFrameReader<LinuxFile>.Expectation(
                offset: frame.offset, sequence: frame.firstSequence)
            guard case .frame(let header) = try reader.read(expected) else { break }
            frontier.append(reader.run, completed: &completed)
            sequence = header.endSequence
            guard plants else { continue }
            var cursor = reader.run.makeCursor()
            while let event = cursor.next() { planted += event.bytes.array().count }
        }
        invariant(planted > 0 || !plants, "nothing was planted")
        return (holdfast_allocations_of_thread() - before, sequence - record.firstSequence)
    }
}
