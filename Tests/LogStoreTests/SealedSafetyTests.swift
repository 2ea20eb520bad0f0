import LogStore
import Simulation
import TestSupport
import Testing

/// Stories of sealed segments and their copies: what a failure, an archive or rot must not cost.
@Suite struct SealedSafetyTests {
    private static let november = Month(number: 202_611)!
    private static let inputOutput = Fault.Effect.fail(ErrorNumber.inputOutput)

    /// The rename was done, its directory not synced, and another file closed before the next try: the next
    /// segment was a longer one, the first was in no manifest, and the next open took it for damage.
    @Test(arguments: [StorageError.Operation.syncDirectory, .rename])
    func `a segment whose name failed to be durable is made anew`(operation: StorageError.Operation) throws {
        for nth in 1...4 {
            let test = try TestLog()
            while test.log.parts.catalog.walFiles.dropLast().last?.endSequence ?? 0 < 256 {
                try test.append(groups: 1, of: 20)
            }
            test.storage.inject(Fault(operation, .containing("2026-11"), .nth(nth), Self.inputOutput))
            var failures = 0
            do { while try test.log.parts.seal() {} } catch { failures += 1 }
            test.storage.clearFaults()
            try test.append(groups: 40, of: 20)
            try test.sealAll()
            let all = try test.readAll()
            test.log.abandon()
            let again = try TestLog(on: test.storage.crash(), time: test.log.position.lastTime + 1, seed: 2)
            #expect(again.log.report.verdict == .cleanEnd, "\(nth)")
            #expect(Array(try again.readAll()[..<all.count]) == all)
            if failures == 0 { #expect(nth > 1) }
        }
    }

    @Test func `sealing stops where no more segments fit a month's manifest, and the log stays sound`() throws
    {
        var geometry = LogGeometry.tiny
        geometry.monthSegmentsMax = 2
        let test = try TestLog(geometry: geometry)
        try test.append(groups: 20, of: 40)
        #expect(throws: LogStoreError.self) {
            for _ in 0..<4 {
                try test.sealAll()
                try test.append(groups: 10, of: 40)
            }
        }
        #expect(test.log.parts.catalog.manifest(Self.november)?.entries.count == 2)
        let durable = test.log.durableEnd
        test.log.abandon()
        let again = try TestLog(on: test.storage.crash(), time: test.log.position.lastTime + 1, seed: 2)
        #expect(again.log.report.recoveredEnd == durable)
    }

    /// The catalog forgot the file before it was recycled: it stayed on the disk until the next open.
    @Test func `a file whose recycling failed is recycled by the next try`() throws {
        for operation in [StorageError.Operation.rename, .syncDirectory] {
            let test = try TestLog()
            while test.log.parts.catalog.walFiles.count < 5 { try test.append(groups: 1, of: 20) }
            test.storage.inject(Fault(operation, .containing("/wal"), .nth(1), Self.inputOutput))
            #expect(throws: LogStoreError.self) { try test.sealAll() }
            try test.sealAll()
            let known = test.log.parts.catalog.walFiles.map(\.path.name)
            #expect(try test.storage.list(ShardPaths(shard: 0).wal).filter { $0.hasSuffix(".wal") } == known)
        }
    }

    /// The superblock could not be written: the next step gave up write-ahead files all the same.
    @Test func `files go only once the superblock names their manifest`() throws {
        let test = try TestLog()
        while test.log.parts.catalog.walFiles.count < 5 { try test.append(groups: 1, of: 20) }
        let before = test.log.parts.catalog.walFiles.map(\.uuid)
        test.storage.inject(
            Fault(.write, .exactly(ShardPaths(shard: 0).superblock), .every, Self.inputOutput))
        for _ in 0..<3 { #expect(throws: LogStoreError.self) { try test.log.parts.seal() } }
        #expect(test.log.parts.catalog.walFiles.map(\.uuid) == before)
        test.storage.clearFaults()
        try test.sealAll()
        #expect(test.log.parts.catalog.walFiles.count < before.count)
    }

    // MARK: Archive

    private func sealed() throws -> (TestLog, PartitionManifest.Entry, StoragePath) {
        let test = try TestLog()
        try test.append(groups: 60, of: 40)
        try test.sealAll()
        let entry = try #require(test.log.parts.catalog.manifest(Self.november)?.entries.first)
        return (test, entry, test.log.parts.paths.segment(Self.november, entry.sequences))
    }

    private func put(_ name: String, _ bytes: [UInt8], _ archive: some Archive) throws {
        var pieces = [bytes]
        try archive.put(name) { pieces.popLast() }
    }

    @Test func `an archived object is never replaced by other bytes`() throws {
        let archive = DirectoryArchive(disk: SimulatedStorage())
        try put("a/b", [1, 2, 3], archive)
        try put("a/b", [1, 2, 3], archive)
        #expect(throws: LogStoreError.self) { try put("a/b", [1, 2, 4], archive) }
        let kept = [UInt8]([1, 2, 3]).withRawSpan { SHA256.of($0) }
        #expect(try archive.confirm("a/b") == ArchivedObject(hash: kept, byteCount: 3))
    }

    /// A copy already in the archive, and rot here: archiving again put the rotten bytes over the good ones.
    @Test func `rot here does not reach the archive`() throws {
        let (test, entry, path) = try sealed()
        let superblock = test.log.parts.superblocks.value
        let name = test.log.parts.paths.archiveName(superblock.ledger, Self.november, entry.sequences)
        var good: [UInt8] = []
        try FilePieces.forEach(of: try test.storage.open(path, .read)) { good += $0.array() }
        test.storage.tamper { $0.flipBit(path, at: 5000, bit: 1) }
        let empty = DirectoryArchive(disk: SimulatedStorage())
        #expect(throws: LogStoreError.self) { try test.log.archive(Self.november, to: empty) }
        #expect(try empty.confirm(name) == nil)
        let archive = DirectoryArchive(disk: SimulatedStorage())
        try put(name, good, archive)
        #expect(try test.log.archive(Self.november, to: archive) > 0)
        #expect(try archive.confirm(name)?.hash == entry.fileHash)
    }

    // MARK: Scrubbing

    /// Evicting between a look at the catalog and the opening looked like a lost segment: it stopped the log.
    @Test func `a segment evicted under a reader is not taken for lost`() throws {
        let test = try TestLog()
        try test.append(groups: 40, of: 40)
        for time in [Self.november.end, Month(number: 202_612)!.end, Month(number: 202_701)!.end] {
            try test.append(groups: 40, of: 40, time: time)
        }
        try test.sealAll()
        try test.log.parts.closeMonths()
        let archive = DirectoryArchive(disk: SimulatedStorage())
        _ = try test.log.archive(Self.november, to: archive)
        let stale = try #require(test.log.parts.catalog.manifest(Self.november)?.entries.first)
        _ = try test.log.evict(Self.november, from: archive)
        #expect(try test.log.parts.source.segments.open(stale, Self.november).hasBlocks == false)
        let gone = try #require(test.log.parts.catalog.manifest(Self.november)?.entries.first)
        var reader = test.log.makeReader(from: 0)
        #expect(throws: LogStoreError.self) { try reader.next() }
        _ = try test.log.restore(Self.november, from: archive)
        #expect(try test.log.parts.source.segments.open(gone, Self.november).hasBlocks)
        #expect(try reader.next())
    }

    @Test func `rot that the scrubber found keeps the log closed until it is mended`() throws {
        let (test, entry, path) = try sealed()
        test.storage.tamper { $0.flipBit(path, at: 5000, bit: 1) }
        #expect(throws: LogStoreError.self) { while try test.log.parts.scrub() != nil {} }
        test.log.abandon()
        var disk = test.storage.crash().settled()
        let time = test.log.position.lastTime + 1
        do {
            _ = try TestLog(on: disk, time: time, seed: 2)
            Issue.record("opened over damage")
        } catch LogStoreError.refused(let refusal) {
            #expect(refusal.verdict == .corruptSealed && refusal.sequences == entry.sequences)
            #expect(refusal.damages.first?.file == path)
        }
        disk.flipBit(path, at: 5000, bit: 1)
        let mended = try TestLog(on: disk, time: time, seed: 3)
        _ = try mended.log.parts.scrub()
        let record = try #require(mended.storage.crash().settled().bytes(of: ShardPaths(shard: 0).scrub))
        #expect(try record.withRawSpan { try ScrubRecord(decoding: $0) }.damaged == nil)
    }

    @Test func `a log restarted after every segment is scrubbed whole all the same`() throws {
        let (test, _, _) = try sealed()
        var count = test.log.parts.catalog.manifest(Self.november)?.entries.count ?? 0
        #expect(count > 2)
        var (storage, time) = (test.storage, test.log.position.lastTime + 1)
        try test.log.close()
        var next: UInt64 = 0
        while count > 0 {
            let life = try TestLog(on: storage.crash().settled(), time: time, seed: UInt64(count + 10))
            let progress = try #require(try life.log.parts.scrub())
            #expect(progress.sequences.lowerBound == next)
            next = progress.sequences.upperBound
            (storage, time, count) = (life.storage, life.log.position.lastTime + 1, count - 1)
            try life.log.close()
        }
    }

    @Test func `a scrub record has these bytes, and no other ones are believed`() throws {
        let ledger = LogUUID(high: 0x0102_0304_0506_0708, low: 0x090A_0B0C_0D0E_0F10)
        let record = ScrubRecord(ledger: ledger, next: 0x0807_0605, damaged: 256..<512)
        let bytes = record.encoded
        #expect(bytes.count == ScrubRecord.byteCount && Array(bytes[..<8]) == Array("HFSCRUB1".utf8))
        #expect(
            Array(bytes[32..<56]) == [5, 6, 7, 8] + Self.zeros(5) + [1] + Self.zeros(7) + [2] + Self.zeros(6))
        #expect(try bytes.withRawSpan { try ScrubRecord(decoding: $0) } == record)
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 0x10
            #expect(throws: DecodingFailure.self) {
                try other.withRawSpan { _ = try ScrubRecord(decoding: $0) }
            }
            #expect(throws: DecodingFailure.self) {
                try Array(bytes[..<index]).withRawSpan { _ = try ScrubRecord(decoding: $0) }
            }
        }
    }

    private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
}
