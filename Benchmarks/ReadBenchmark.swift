import Foundation
import LogStore

/// How many events a second can one thread read, trusting nothing?
///
/// Every checksum and authentication tag is checked, every leaf hashed into a tree, and its root compared
/// with the one each file carries. Ceiling: the same bytes read and not looked at. Both after a pass that
/// warms the page cache, through which readers read.
struct ReadBenchmark {
    private typealias Log = LogStore<LinuxPlatform, PaymentIndex>
    /// A file and what it says the tree's root is at some size.
    private typealias Source = (path: StoragePath, size: UInt64, root: Hash256)

    private let setting: Setting

    init(_ setting: Setting) { self.setting = setting }

    func runWAL() throws {
        let log = try reopen(setting, isEncrypted: false)
        // A file carries the root before its first event, so it vouches for the files before it.
        let records = log.parts.catalog.walFiles
        let sources: [Source] = zip(records, records.dropFirst()).map { record, next in
            (record.path, next.firstSequence, next.header.rootAtFirst)
        }
        try run("read-wal", sources, log)
    }

    func runSealed() throws {
        let log = try reopen(setting, isEncrypted: true)
        let paths = ShardPaths(shard: 0)
        let sources: [Source] = log.parts.catalog.manifests.flatMap { manifest in
            manifest.entries.map { entry in
                (paths.segment(manifest.month, entry.sequences), entry.sequences.upperBound, entry.rootAfter)
            }
        }
        try run("read-sealed", sources, log)
    }

    private func run(_ row: String, _ all: [Source], _ log: Log) throws {
        let enough = all.firstIndex { $0.size >= UInt64(setting.eventsPerRun) } ?? all.count - 1
        let sources = all.prefix(enough + 1)
        var (runs, ceilings): ([Run], [Run]) = ([], [])
        for number in 0...setting.runs {
            let ceiling = try readBare(sources.map(\.path), log, eventCount: sources.last?.size ?? 0)
            let run = try read(sources, log)
            if number == 0 { continue }  // Warm-up.
            ceilings.append(ceiling)
            runs.append(run)
        }
        log.abandon()
        var line = Line(row, runs, ceilings: ceilings)
        line.add("unit", text: "events")
        line.add("events_per_run", Double(sources.last?.size ?? 0))
        line.print()
    }

    private func read(_ sources: ArraySlice<Source>, _ log: Log) throws -> Run {
        var frontier = MerkleFrontier()
        var completed: [Hash256] = []
        var durations = Durations()
        var sum: UInt64 = 0
        let start = Clock.now
        var reader = log.makeReader(from: 0)
        for source in sources {
            while frontier.size < source.size {
                let begun = Clock.now
                guard try reader.next() else { throw LogStoreError.stopped("the log ends too early") }
                frontier.append(reader.run, completed: &completed)
                sum &+= Self.visit(reader.run)
                completed.removeAll(keepingCapacity: true)
                durations.add(Clock.now - begun)
            }
            guard frontier.root == source.root else { throw LogStoreError.stopped("another root") }
        }
        guard sum > 0 else { throw LogStoreError.stopped("nothing to read") }
        return Run(count: Int(frontier.size), nanoseconds: Clock.now - start, durations: durations)
    }

    /// What a consumer does at the least: look at each event.
    private static func visit(_ run: borrowing EventRun) -> UInt64 {
        var sum: UInt64 = 0
        var cursor = run.makeCursor()
        while let event = cursor.next() { sum &+= event.sequence &+ UInt64(event.bytes.byteCount) }
        return sum
    }

    // MARK: Ceiling

    /// Reads the files without looking at a byte.
    private func readBare(
        _ paths: [StoragePath], _ log: Log, eventCount: UInt64
    ) throws -> Run {
        var buffer = AlignedBuffer(byteCount: 1 << 20)
        var durations = Durations()
        let start = Clock.now
        for path in paths {
            let file = try log.parts.platform.disk.open(path, .read)
            var offset: UInt64 = 0
            while true {
                let begun = Clock.now
                let got = try Self.read(file, at: offset, &buffer)
                durations.add(Clock.now - begun)
                offset += UInt64(got)
                if got < buffer.byteCount { break }
            }
        }
        return Run(count: Int(eventCount), nanoseconds: Clock.now - start, durations: durations)
    }

    private static func read(
        _ file: LinuxFile, at offset: UInt64, _ buffer: inout AlignedBuffer
    ) throws -> Int {
        var target = buffer.mutableBytes
        return try file.read(into: &target, at: offset)
    }
}

/// Opens a log an earlier row wrote, without threads: reading and sealing are driven step by step.
func reopen(_ setting: Setting, isEncrypted: Bool) throws -> LogStore<LinuxPlatform, PaymentIndex> {
    var options = try setting.options(isEncrypted: isEncrypted)
    options.runsThreads = false
    let root = setting.place.path(Place.logName(isEncrypted: isEncrypted))
    return try LogStore.open(
        platform: LinuxPlatform(disk: LinuxStorage(root: root)), options: options, index: PaymentIndex())
}
