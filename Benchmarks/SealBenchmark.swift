import Foundation
import LogStore

/// How many bytes of events a second does sealing turn into a finished segment, on one core?
///
/// From reading and decrypting closed files to the synced segment that was read back and compared, manifest
/// and superblock included. One run is one segment of 2^20 events. Ceiling: the same bytes read, written,
/// synced and read back with nothing done to them.
struct SealBenchmark {
    private let setting: Setting

    init(_ setting: Setting) { self.setting = setting }

    func run() throws {
        let log = try reopen(setting, isEncrypted: true)
        var (runs, ceilings): ([Run], [Run]) = ([], [])
        var (raw, stored) = (0.0, 0.0)
        while true {
            let before = log.parts.catalog.sealedEnd
            let start = Clock.now
            guard try log.parts.seal() else { break }
            let elapsed = Clock.now - start
            guard let entry = log.parts.catalog.manifests.last?.entries.last else { break }
            let count = Int(log.parts.catalog.sealedEnd - before)
            // Smaller ones, at the end of what there is, are no measure.
            guard count == Setting.geometry.segmentEventsMax else { continue }
            let rawBytes = count * PaymentEvents.eventByteCount
            var durations = Durations()
            durations.add(elapsed)
            runs.append(Run(count: rawBytes, nanoseconds: elapsed, durations: durations))
            ceilings.append(try ceiling(rawBytes: rawBytes, storedBytes: Int(entry.byteCount)))
            raw += Double(rawBytes)
            stored += Double(entry.byteCount)
        }
        log.abandon()
        var line = Line("seal", runs, ceilings: ceilings)
        line.add("unit", text: "bytes")
        line.add("compression_ratio", raw / max(1, stored))
        line.print()
    }

    /// Seals without measuring, for a row that reads segments.
    func prepareOnly() throws {
        try setting.ensureLog(isEncrypted: true)
        let log = try reopen(setting, isEncrypted: true)
        while try log.parts.seal() {}
        log.abandon()
    }

    private func ceiling(rawBytes: Int, storedBytes: Int) throws -> Run {
        let path = "seal-ceiling.tmp"
        let disk = try LinuxStorage(root: setting.place.root)
        try RawFile.prepare(setting.place.path(path), byteCount: rawBytes)
        defer { setting.place.remove("seal-ceiling.tmp") }
        let source = try disk.open(StoragePath(path), .readDirect)
        let start = Clock.now
        try Self.readAll(source, byteCount: rawBytes)
        let target = try disk.open(StoragePath("seal-ceiling-target.tmp"), .create)
        defer { setting.place.remove("seal-ceiling-target.tmp") }
        let buffer = AlignedBuffer(byteCount: 4 << 20)
        for offset in stride(from: 0, to: storedBytes, by: buffer.byteCount) {
            try target.write(buffer.bytes, at: UInt64(offset))
        }
        try target.sync()
        let written = try disk.open(StoragePath("seal-ceiling-target.tmp"), .readDirect)
        try Self.readAll(written, byteCount: storedBytes)
        var durations = Durations()
        durations.add(Clock.now - start)
        return Run(count: rawBytes, nanoseconds: Clock.now - start, durations: durations)
    }

    private static func readAll(_ file: LinuxFile, byteCount: Int) throws {
        var buffer = AlignedBuffer(byteCount: 1 << 20)
        for offset in stride(from: 0, to: byteCount, by: buffer.byteCount) {
            var target = buffer.mutableBytes
            _ = try file.read(into: &target, at: UInt64(offset))
        }
    }
}
