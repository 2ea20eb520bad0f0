import LogStore
import Simulation
import TestSupport
import Testing

/// The watermark only ever moves forward.
@Suite struct WatermarkTests {
    private let ledger = LogUUID.zero

    private func point(_ sequence: UInt64) -> DurableProgress.Point {
        DurableProgress.Point(sequence: sequence, fileUUID: .zero, endOffset: 4096, root: .zero, epoch: 1)
    }

    private func slots(_ file: some StorageFile) throws -> [WatermarkSlot?] {
        var bytes = [UInt8](
            repeating: 0, count: WatermarkSlot.byteCount * WatermarkSlot.slotCount)
        try bytes.withMutableRawSpan { (span) throws(StorageError) in _ = try file.read(into: &span, at: 0) }
        return try (0..<WatermarkSlot.slotCount).map { index in
            let start = index * WatermarkSlot.byteCount
            guard bytes[start] != 0 else { return nil }
            return try bytes.withRawSpan {
                try WatermarkSlot(decoding: $0.extracting(start..<start + WatermarkSlot.byteCount))
            }
        }
    }

    /// Two threads record: the slower one came with an older point and gave it the higher counter.
    @Test func `a point taken earlier and recorded later changes nothing`() throws {
        let storage = SimulatedStorage()
        let path = StoragePath("watermark")
        let file = try storage.open(path, .create)
        let writer = WatermarkWriter<SimulatedStorage>(file: file, ledger: ledger, counter: 0)
        try writer.record(point(100))
        try writer.record(point(200))
        try writer.record(point(150))
        try writer.record(point(150))
        let found = try slots(file).compactMap { $0 }
        #expect(found.map(\.durableSequence).sorted() == [100, 200])
        #expect(found.map(\.counter).max() == 2)
    }

    /// A log written when that could happen is still believed at its word: the most that any slot proves.
    @Test func `recovery believes the slot that proves more, whatever its counter`() throws {
        let test = try TestLog()
        try test.append(groups: 4, of: 40)
        try test.log.parts.recordWatermark()
        let all = test.log.durableEnd
        let record = try #require(test.log.parts.catalog.walFiles.last)
        let last = try #require(record.frame(containing: all - 1))
        test.log.abandon()
        let storage = SimulatedStorage(disk: test.storage.crash().settled())
        let paths = ShardPaths(shard: 0)
        let file = try storage.open(paths.watermark, .write)
        let newest = try #require(try slots(file).compactMap { $0 }.max { $0.counter < $1.counter })
        #expect(newest.durableSequence == all)
        var older = newest
        older.counter += 1
        older.durableSequence = last.firstSequence
        let place = older.counter % UInt64(WatermarkSlot.slotCount) * UInt64(WatermarkSlot.byteCount)
        var page = [UInt8](repeating: 0, count: WatermarkSlot.byteCount)
        page.withMutableRawSpan { older.encode(into: &$0) }
        try page.withRawSpan { (bytes) throws(StorageError) in try file.write(bytes, at: place) }
        // The last acknowledged frame is gone: only the slot with the lower counter knows of it.
        let wal = try storage.open(record.path, .write)
        let zeros = [UInt8](repeating: 0, count: last.totalLength)
        try zeros.withRawSpan { (bytes) throws(StorageError) in try wal.write(bytes, at: last.offset) }
        do {
            _ = try TestLog(on: storage.disk.settled(), seed: 2)
            Issue.record("acknowledged events were lost, and nobody said so")
        } catch LogStoreError.refused(let refusal) {
            #expect(refusal.verdict == .corruptCommitted)
            #expect(refusal.sequences == last.firstSequence..<all)
        }
    }
}
