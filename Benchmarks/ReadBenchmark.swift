import Foundation
import LogStore

/// How many events a second can one thread read, trusting nothing?
///
/// Every checksum and authentication tag is checked, every leaf hashed into the tree, and every root the files
/// carry compared. Files are read past the page cache. Ceiling: the same bytes read and not looked at.
struct ReadBenchmark {
    private let setting: Setting

    init(_ setting: Setting) { self.setting = setting }

    // MARK: Write-ahead files

    func runWAL() throws {
        let log = try reopen(setting, isEncrypted: false)
        let records = Array(
            log.parts.catalog.walFiles.filter { $0.endSequence > $0.firstSequence }
                .prefix { $0.firstSequence < UInt64(setting.eventsPerRun) })
        let end = records.last?.endSequence ?? 0
        var (runs, ceilings): ([Run], [Run]) = ([], [])
        for number in 0...setting.runs {
            let ceiling = try readBare(records.map(\.path), log, eventCount: end)
            let run = try readWAL(records, log)
            if number == 0 { continue }  // Warm-up.
            ceilings.append(ceiling)
            runs.append(run)
        }
        log.abandon()
        var line = Line("read-wal", runs, ceilings: ceilings)
        line.add("unit", text: "events")
        line.add("events_per_run", Double(end))
        line.print()
    }

    private func readWAL(
        _ records: [WALFileRecord], _ log: LogStore<LinuxPlatform, PaymentIndex>
    ) throws -> Run {
        var frontier = MerkleFrontier()
        var completed: [Hash256] = []
        var durations = Durations()
        var sum: UInt64 = 0
        let start = Clock.now
        for record in records {
            let file = try log.parts.platform.disk.open(record.path, .readDirect)
            var reader = try WALFrameReader(
                file: file, header: record.header, dataKey: record.dataKey, windowBytes: 1 << 20)
            while let frame = record.frame(containing: frontier.size) {
                let begun = Clock.now
                var expected = WALFrameReader<LinuxFile>.Expectation(
                    offset: frame.offset, sequence: frame.firstSequence)
                expected.root = frontier.root
                guard case .frame = try reader.read(expected) else {
                    throw LogStoreError.damaged(Damage(file: record.path, offset: frame.offset, "unreadable"))
                }
                completed.removeAll(keepingCapacity: true)
                frontier.append(reader.run, completed: &completed)
                sum &+= Self.visit(reader.run)
                durations.add(Clock.now - begun)
            }
        }
        let elapsed = Clock.now - start
        guard frontier.size == records.last?.endSequence, sum > 0 else {
            throw LogStoreError.stopped("read too little")
        }
        return Run(count: Int(frontier.size), nanoseconds: elapsed, durations: durations)
    }

    /// What a consumer does at the least: look at each event.
    private static func visit(_ run: borrowing EventRun) -> UInt64 {
        var sum: UInt64 = 0
        var cursor = run.makeCursor()
        while let event = cursor.next() { sum &+= event.sequence &+ UInt64(event.bytes.byteCount) }
        return sum
    }

    // MARK: Sealed segments

    func runSealed() throws {
        let log = try reopen(setting, isEncrypted: true)
        let paths = ShardPaths(shard: 0)
        let all = log.parts.catalog.manifests.flatMap { manifest in
            manifest.entries.map { (path: paths.segment(manifest.month, $0.sequences), entry: $0) }
        }
        let segments = Array(
            all.prefix { $0.entry.sequences.lowerBound < UInt64(setting.eventsPerRun) })
        let end = segments.last?.entry.sequences.upperBound ?? 0
        var (runs, ceilings): ([Run], [Run]) = ([], [])
        for number in 0...setting.runs {
            let ceiling = try readBare(segments.map(\.path), log, eventCount: end)
            let run = try readSealed(segments, log)
            if number == 0 { continue }  // Warm-up.
            ceilings.append(ceiling)
            runs.append(run)
        }
        log.abandon()
        var line = Line("read-sealed", runs, ceilings: ceilings)
        line.add("unit", text: "events")
        line.add("events_per_run", Double(end))
        line.print()
    }

    private func readSealed(
        _ segments: [(path: StoragePath, entry: PartitionManifest.Entry)],
        _ log: LogStore<LinuxPlatform, PaymentIndex>
    ) throws -> Run {
        var frontier = MerkleFrontier()
        var completed: [Hash256] = []
        var durations = Durations()
        var sum: UInt64 = 0
        var reader = SegmentReader<LinuxFile>(windowBytes: 1 << 20)
        let start = Clock.now
        for (path, entry) in segments {
            let keys = log.parts.keys
            let segment = try SegmentFile(
                disk: log.parts.platform.disk, path: path, entry: entry,
                ledger: log.parts.superblocks.value.ledger, verifyingKey: keys.signingKey.verifyingKey,
                encryption: keys.encryption, mode: .readDirect)
            reader.open(segment)
            for block in 0..<segment.tail.shape.blockCount {
                let begun = Clock.now
                try reader.readBlock(block)
                frontier.append(reader.run, completed: &completed)
                sum &+= Self.visit(reader.run)
                durations.add(Clock.now - begun)
            }
            guard frontier.root == entry.rootAfter else { throw LogStoreError.stopped("another root") }
            completed.removeAll(keepingCapacity: true)
        }
        guard sum > 0 else { throw LogStoreError.stopped("read nothing") }
        return Run(count: Int(frontier.size), nanoseconds: Clock.now - start, durations: durations)
    }

    // MARK: Ceiling

    /// Reads the files without looking at a byte.
    private func readBare(
        _ paths: [StoragePath], _ log: LogStore<LinuxPlatform, PaymentIndex>, eventCount: UInt64
    ) throws -> Run {
        var buffer = AlignedBuffer(byteCount: 1 << 20)
        var durations = Durations()
        let start = Clock.now
        for path in paths {
            let file = try log.parts.platform.disk.open(path, .readDirect)
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
