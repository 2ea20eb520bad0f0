import LogStore
import Simulation
import TestSupport
import Testing

/// What must not be believed because a checksum is right, and what must not end a log for good.
@Suite struct TrustStoryTests {
    // MARK: The end of time

    @Test func `an event at the end of time leaves the log room to end and to open again`() throws {
        let last = EventHeader.callerTimeMax
        let test = try TestLog(time: last - 1000)
        for time in [last + 1, EventHeader.timeMax + 1, UInt64.max - 1_000_000] {
            var events = TestEvents(time: time)
            events.make(1)
            #expect(Self.isInvalidRequest { _ = try test.log.append(events.buffer) })
        }
        try test.append(groups: 1, of: 1, time: last)
        try test.log.close(time: last)
        #expect(test.log.position.lastTime == last + 1)
        let again = try TestLog(on: test.storage.crash().settled(), time: last)
        #expect(again.log.report.verdict == .cleanEnd)
        #expect(again.log.position.lastTime == last + 2)
    }

    @Test func `a log without a nanosecond left is refused, and the process goes on`() throws {
        let test = try TestLog(time: EventHeader.callerTimeMax)
        var events = TestEvents(time: EventHeader.timeMax)
        events.make(1)
        while try test.log.parts.prepare() != .ready {}
        _ = try test.log.parts.exchange.append(events.buffer.group, isOwnAct: true)
        while try test.log.parts.commit() {}
        let disk = test.storage.crash().settled()
        #expect(Self.isInvalidRequest { _ = try TestLog(on: disk, time: EventHeader.callerTimeMax) })
        #expect(Self.isInvalidRequest { _ = try TestLog(time: .max - 100_000) })
    }

    // MARK: Downgrade

    @Test func `a plain write-ahead file in an encrypted log is refused by name`() throws {
        let test = try TestLog(isEncrypted: true)
        try test.append(groups: 3, of: 10)
        try test.log.close(time: test.log.position.lastTime + 1)
        var disk = test.storage.crash().settled()
        let path = try #require(disk.paths.last { $0.name.hasSuffix(".wal") })
        disk.replace(path, at: 0, try Self.plainHeader(of: disk.contents(path, 0..<FileHeader.byteCount)))
        let refusal = Self.refusal { _ = try TestLog(on: disk, isEncrypted: true) }
        #expect(refusal?.verdict == .corruptCommitted)
        #expect(refusal?.damages.map(\.file) == [path])
        let platform = SimulatedPlatform(disk: SimulatedStorage(disk: disk), seed: 4)
        for keys in [
            ReadingKeys.none,
            .keyEncryptionKey(try KeyEncryptionKey(text: TestLog.keyText)),
        ] {
            let reader = try ReadOnlyLog(platform: platform, shard: 0, keys: keys, geometry: .tiny)
            #expect(reader.damages.map(\.file) == [path])
        }
    }

    private static func plainHeader(of bytes: [UInt8]) throws -> [UInt8] {
        var header = try bytes.withRawSpan { try FileHeader(decoding: $0) }
        header.monthKeyID = .zero
        header.wrappedDataKey = [UInt8](repeating: 0, count: FileHeader.wrappedKeyByteCount)
        header.aead = 0
        var plain = bytes
        plain.withMutableRawSpan { header.encode(into: &$0) }
        return plain
    }

    // MARK: Recorded roots

    /// The newest frame of a file has no successor that carries its root: only what is recorded beside the
    /// log knows it.
    @Test(arguments: ["superblock", "watermark", "checkpoint"])
    func `an exchanged event is found by a root recorded elsewhere`(source: String) throws {
        let test = try TestLog()
        try test.append(groups: 1, of: 5)
        try Self.record(source, test.log)
        test.log.abandon()
        var disk = test.storage.crash().settled()
        let path = try #require(disk.paths.last { $0.name.hasSuffix(".wal") })
        try Self.changeLastEvent(of: path, on: &disk)
        let refusal = Self.refusal { _ = try TestLog(on: disk) }
        #expect(refusal?.verdict == .corruptCommitted)
        #expect(refusal?.damages.map(\.file.name) == [source])
    }

    private static func record(
        _ source: String, _ log: LogStore<SimulatedPlatform, TestIndex>
    ) throws {
        switch source {
        case "superblock": try log.parts.recordSuperblock()
        case "watermark": try log.parts.recordWatermark()
        default:
            _ = try log.parts.checkpoint()
        }
    }

    /// Flips a bit of the last frame's last payload and makes body and header checksums right again.
    private static func changeLastEvent(of path: StoragePath, on disk: inout SimulatedDisk) throws {
        let bytes = try #require(disk.bytes(of: path))
        var frame = FileHeader.byteCount
        var last: FrameHeader?
        while frame < bytes.count,
            let header = try? bytes.withRawSpan({
                try FrameHeader(decoding: $0.extracting(frame..<frame + FrameHeader.byteCount))
            })
        {
            last = header
            frame += header.totalLength
        }
        var header = try #require(last)
        let body = Int(header.fileOffset) + FrameHeader.byteCount
        var stored = Array(bytes[body..<body + header.storedLength])
        stored[stored.count - 1] ^= 1
        header.bodyCRC = stored.withRawSpan { CRC32C.of($0) }
        var encoded = [UInt8](repeating: 0, count: FrameHeader.byteCount)
        encoded.withMutableRawSpan { header.encode(into: &$0) }
        disk.replace(path, at: Int(header.fileOffset), encoded + stored)
    }

    /// An older checkpoint may end inside a segment, where opening does not look.
    @Test func `nothing is signed while the last checkpoint contradicts the log`() throws {
        let test = try TestLog()
        try test.append(groups: 1, of: 5)
        let made = try #require(try test.log.signCheckpoint())
        try test.append(groups: 60, of: 40)
        try test.sealAll()
        #expect(test.log.parts.catalog.sealedEnd > made.size)
        try test.log.close(time: test.log.position.lastTime + 1)
        let disk = test.storage.crash().settled()
        let honest = try TestLog(on: disk)
        #expect(try honest.log.signCheckpoint() != nil)
        var forged = disk
        let note = try Checkpoint(origin: made.origin, size: made.size, root: .zero).signed(
            by: LogIdentity(test.log.parts.superblocks.value).signingKey(test.log.parts.keys.signingKey))
        forged.placeFile(ShardPaths(shard: 0).checkpoint, note)
        let liar = try TestLog(on: forged)
        #expect(throws: LogStoreError.self) { _ = try liar.log.signCheckpoint() }
    }

    // MARK: A lost superblock

    @Test(arguments: ["watermark", "checkpoint", "tiles/0", "snap/1.snap", "quarantine/1.bytes"])
    func `what a log leaves behind is not written over by a new one`(trace: String) throws {
        let test = try TestLog()
        try test.append(groups: 1, of: 5)
        _ = try test.log.signCheckpoint()
        test.log.abandon()
        let paths = ShardPaths(shard: 0)
        let left = test.storage.crash().settled()
        var disk = SimulatedDisk()
        for directory in [
            paths.directory, ShardPaths.keys, ShardPaths.quarantine, paths.wal, paths.log, paths.tiles,
            paths.snapshots,
        ] { disk.makeDirectory(directory) }
        #expect(throws: Never.self) { _ = try TestLog(on: disk) }
        let path = trace.hasPrefix("quarantine") ? StoragePath(trace) : paths.directory / trace
        disk.placeFile(path, left.bytes(of: path) ?? [1])
        let refusal = Self.refusal { _ = try TestLog(on: disk) }
        #expect(refusal?.verdict == .corruptSuperblock)
        #expect(refusal?.damages.map(\.file) == [paths.superblock])
    }

    // MARK: Bad sectors

    private static func bad(_ path: StoragePath, _ range: Range<UInt64>) -> Fault {
        Fault(.read, .exactly(path), region: range, .every, .fail(ErrorNumber.inputOutput))
    }

    private static func open(
        _ disk: SimulatedDisk, bad fault: Fault, acceptedCut: LogOptions.AcceptedCut? = nil
    ) throws -> LogStore<SimulatedPlatform, TestIndex> {
        let storage = SimulatedStorage(disk: disk)
        storage.inject(fault)
        var options = try TestLog.options(isEncrypted: false)
        options.acceptedCut = acceptedCut
        return try LogStore.open(
            platform: SimulatedPlatform(disk: storage, seed: 6), options: options, index: TestIndex(),
            time: TestEvents.november)
    }

    @Test func `a bad sector behind the end hides none of the frames before it`() throws {
        let test = try TestLog()
        try test.append(groups: 3, of: 5)
        try test.log.parts.recordWatermark()
        let end = test.log.position.nextSequence
        test.log.abandon()
        let disk = test.storage.crash().settled()
        let path = try #require(disk.paths.last { $0.name.hasSuffix(".wal") })
        let size = UInt64(try #require(disk.bytes(of: path)).count)
        let refusal = Self.refusal { _ = try Self.open(disk, bad: Self.bad(path, size - 4096..<size)) }
        // All 16 events are counted; only what the sector held is unknown.
        #expect(refusal?.verdict == .ambiguous)
        #expect(refusal?.damages.map(\.file) == [path])
        let unharmed = try TestLog(on: disk)
        #expect(unharmed.log.report.recoveredEnd == end)
        #expect(refusal?.damages.map(\.offset) == [4096 * 5])
    }

    @Test func `an unreadable last frame nobody was told of is for an operator to judge`() throws {
        let test = try TestLog()
        try test.append(groups: 1, of: 5)
        try test.log.parts.recordWatermark()
        try test.append(groups: 1, of: 5)
        test.log.abandon()
        let disk = test.storage.crash().settled()
        let path = try #require(disk.paths.last { $0.name.hasSuffix(".wal") })
        let refusal = Self.refusal { _ = try Self.open(disk, bad: Self.bad(path, 3 * 4096..<4 * 4096)) }
        #expect(refusal?.verdict == .ambiguous)
        #expect(refusal?.damages.map(\.file) == [path])
        #expect(refusal?.damages.map(\.offset) == [3 * 4096])
    }

    // MARK: The operator's decision

    @Test func `a decision about another place than the one in question decides nothing`() throws {
        let test = try TestLog()
        try test.append(groups: 2, of: 5)
        test.log.abandon()
        let whole = test.storage.crash().settled()
        let wal = try #require(whole.paths.last { $0.name.hasSuffix(".wal") })
        let header = try whole.contents(wal, 0..<FileHeader.byteCount).withRawSpan {
            try FileHeader(decoding: $0)
        }
        var disk = whole
        disk.removeFile(ShardPaths(shard: 0).watermark)
        let nothing = Fault(.read, .exactly(StoragePath("none")), .nth(1), .crash)
        let refusal = Self.refusal { _ = try Self.open(disk, bad: nothing) }
        let end = try #require(refusal?.damages.last)
        #expect(refusal?.verdict == .ambiguous && end.file == wal)
        let here = LogOptions.AcceptedCut(fileUUID: header.fileUUID, offset: end.offset)
        let elsewhere = LogOptions.AcceptedCut(fileUUID: header.fileUUID, offset: end.offset + 4096)
        #expect(
            Self.refusal { _ = try Self.open(disk, bad: nothing, acceptedCut: elsewhere) }?.verdict
                == .ambiguous)
        #expect(Self.isInvalidRequest { _ = try Self.open(whole, bad: nothing, acceptedCut: here) })
        let log = try Self.open(disk, bad: nothing, acceptedCut: here)
        #expect(log.report.verdict == .cleanEnd && log.report.cuts.isEmpty)
    }

    // MARK: Details

    private static func refusal(_ body: () throws -> Void) -> Refusal? {
        do { try body() } catch LogStoreError.refused(let refusal) { return refusal } catch { return nil }
        return nil
    }

    private static func isInvalidRequest(_ body: () throws -> Void) -> Bool {
        do { try body() } catch LogStoreError.invalidRequest { return true } catch { return false }
        return false
    }
}
