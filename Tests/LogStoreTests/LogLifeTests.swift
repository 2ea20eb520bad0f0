import LogStore
import Simulation
import TestSupport
import Testing

@Suite struct LogLifeTests {
    private static let december = Month(number: 202_612)!
    private static let november = Month(number: 202_611)!

    @Test(arguments: [false, true])
    func `a reader meets every event once, sealed or not, from any sequence`(isEncrypted: Bool) throws {
        let test = try TestLog(isEncrypted: isEncrypted)
        try test.append(groups: 60, of: 40)
        try test.sealAll()
        try test.append(groups: 5, of: 3)
        let all = try test.readAll()
        #expect(all.count == Int(test.log.durableEnd))
        #expect(test.log.parts.catalog.sealedEnd > 1000)
        for start in [1, 255, 256, 257, 1000, all.count - 1, all.count] {
            let rest = try test.readAll(from: UInt64(start))
            #expect(rest == Array(all[start...]))
        }
        var reader = test.log.makeReader(from: 0, windowBytes: 4096)
        for sequence in stride(from: 0, to: all.count, by: 37) {
            reader.seek(to: UInt64(sequence))
            #expect(try reader.next())
            var cursor = reader.run.makeCursor()
            #expect(cursor.next()?.bytes.array() == all[sequence])
        }
    }

    @Test func `the events of a key are found through the filters, wherever they are`() throws {
        let test = try TestLog(isEncrypted: true)
        try test.append(groups: 60, of: 40)
        try test.sealAll()
        try test.append(groups: 3, of: 40)
        let all = try test.readAll()
        for key in [UInt64(0), 3, 9] {
            let expected = all.indices.filter { index in
                all[index].withRawSpan { $0.u16(0) == 1 && $0.u64(EventHeader.byteCount) == key }
            }
            let found = try test.log.sequences(of: IndexKey(kind: 1, value: key))
            #expect(found == expected.map(UInt64.init))
        }
        #expect(try test.log.sequences(of: IndexKey(kind: 1, value: 1 << 40)).isEmpty)
        #expect(try test.log.sequences(of: IndexKey(kind: 2, value: 0)).isEmpty)
    }

    @Test func `a month is sealed to its end, closed, archived, evicted, proved and restored`() throws {
        let test = try TestLog(isEncrypted: true)
        try test.append(groups: 40, of: 40)
        try test.append(groups: 40, of: 40, time: Self.november.end)
        try test.append(groups: 40, of: 40, time: Self.december.end)
        try test.append(groups: 40, of: 40, time: Month(number: 202_701)!.end)
        try test.sealAll()
        try test.log.parts.closeMonths()
        try test.settle()
        let all = try test.readAll()
        let manifest = try #require(test.log.parts.catalog.manifest(Self.november))
        #expect(manifest.isClosed)
        let archive = DirectoryArchive(disk: SimulatedStorage())
        #expect(throws: LogStoreError.self) { try test.log.evict(Self.november, from: archive) }
        #expect(try test.log.archive(Self.november, to: archive) == manifest.entries.count)
        #expect(try test.log.evict(Self.november, from: archive) == manifest.entries.count)
        #expect(throws: LogStoreError.self) { try test.readAll() }
        try test.settle()

        // Proofs over evicted months still work: the stubs keep the hashes.
        try test.log.signCheckpoint()
        let checkpoint = try #require(try test.log.signedCheckpoint())
        let last = manifest.entries.last!.sequences.upperBound
        for sequence in [last, last + 300, test.log.durableEnd - 1] {
            let proof = try test.log.inclusionProof(of: sequence, in: checkpoint)
            var reader = test.log.makeReader(from: sequence)
            #expect(try reader.next())
            var cursor = reader.run.makeCursor()
            let event = cursor.next()!.bytes.array()
            _ = try test.log.verifier.inclusion(of: event, proof: Array(proof.text))
        }

        // The log opens with the month evicted, and again after restoring it.
        let evicted = try TestLog(
            on: test.storage.crash(), isEncrypted: true, time: test.log.position.lastTime + 1)
        #expect(evicted.log.report.verdict == .cleanEnd)
        #expect(try evicted.log.restore(Self.november, from: archive) == manifest.entries.count)
        let restored = try evicted.readAll()
        #expect(Array(restored[..<all.count]) == all)
        for entry in manifest.entries { try evicted.log.parts.scrubber.check(entry, Self.november) }
    }

    @Test func `an old checkpoint is extended by a new one, and the proof says so offline`() throws {
        let test = try TestLog()
        try test.append(groups: 10, of: 40)
        try test.log.signCheckpoint()
        let old = try #require(try test.log.signedCheckpoint())
        try test.append(groups: 30, of: 40)
        try test.sealAll()
        try test.settle()
        try test.log.signCheckpoint()
        let new = try #require(try test.log.signedCheckpoint())
        let oldSize = try test.log.verifier.checkpoint(old).size
        let proof = try test.log.growthProof(from: oldSize, to: new)
        let (before, after) = try test.log.verifier.growth(from: old, proof: Array(proof.text))
        #expect(before.size == oldSize && after.size == test.log.parts.progress.lastPoint.sequence)
    }

    @Test func `a read-only log beside the writer believes only what a later record proves`() throws {
        let test = try TestLog(isEncrypted: true)
        try test.append(groups: 20, of: 40)
        let bare = test.log.durableEnd
        let keys = ReadingKeys.keyEncryptionKey(
            try KeyEncryptionKey(text: TestLog.keyText))
        let reading = try ReadOnlyLog(platform: test.platform, keys: keys, geometry: .tiny)
        #expect(reading.readableEnd == bare - 40)
        try test.log.parts.markIdle()
        try reading.refresh()
        #expect(reading.readableEnd == bare)
        try test.append(groups: 60, of: 40)
        try test.sealAll()
        try test.log.parts.recordWatermark()
        try reading.refresh()
        #expect(reading.readableEnd == test.log.durableEnd)
        #expect(reading.damages.isEmpty)
        let all = try test.readAll()
        var reader = reading.makeReader(from: 0)
        let seen = try TestLog.readAll(&reader)
        #expect(seen == all)
    }
}
