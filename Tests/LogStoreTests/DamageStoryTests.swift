import LogStore
import Simulation
import TestSupport
import Testing

/// Damage that once was met wrongly, one story each.
@Suite struct DamageStoryTests {
    private typealias Log = LogStore<SimulatedPlatform, TestIndex>

    private static let superblock = ShardPaths(shard: 0).superblock
    private static let watermark = ShardPaths(shard: 0).watermark
    private static let signingKey = ShardPaths.keys / "signing.key"

    private static func options(isEncrypted: Bool = false) throws -> LogOptions {
        var options = LogOptions()
        options.geometry = .tiny
        options.runsThreads = false
        if isEncrypted {
            options.keyEncryptionKey = try KeyEncryptionKey(
                text: String(repeating: "0123456789abcdef", count: 4))
        }
        return options
    }

    private static func open(_ disk: SimulatedDisk, _ options: LogOptions, seed: UInt64 = 1) throws -> Log {
        let clock = SimulatedClock(wall: TestEvents.november, monotonic: 0, step: 10)
        let platform = SimulatedPlatform(disk: SimulatedStorage(disk: disk), clock: clock, seed: seed)
        return try LogStore.open(platform: platform, options: options, index: TestIndex())
    }

    /// A log of three opens with a few events each, and the disk as each left it.
    private static func write(_ options: LogOptions) throws -> [SimulatedDisk] {
        var disks = [SimulatedDisk()]
        for life in 1...3 {
            let log = try open(disks[disks.count - 1], options, seed: UInt64(life))
            var events = TestEvents(time: log.position.lastTime + 1)
            events.make(20)
            _ = try log.append(events.buffer)
            while try log.parts.commit() {}
            try log.parts.recordWatermark()
            log.abandon()
            disks.append(log.parts.platform.disk.crash().settled())
        }
        return disks
    }

    private static func refusal(_ body: () throws -> Void) -> Refusal? {
        do { try body() } catch LogStoreError.refused(let refusal) { return refusal } catch { return nil }
        return nil
    }

    @Test func `a bad superblock copy is reported by the open that rewrites it`() throws {
        let options = try Self.options()
        var disk = try Self.write(options)[3]
        disk.flipBit(Self.superblock, at: 2 * Superblock.byteCount + 300, bit: 1)
        let log = try Self.open(disk, options)
        #expect(log.report.repaired.map(\.file) == [Self.superblock])
        #expect(log.report.repaired.map(\.offset) == [UInt64(2 * Superblock.byteCount)])
        log.abandon()
        #expect(try Self.open(log.parts.platform.disk.crash(), options).report.repaired.isEmpty)
    }

    @Test func `a flipped bit in the signing key is found before anything is signed with it`() throws {
        let options = try Self.options()
        var disk = try Self.write(options)[3]
        disk.flipBit(Self.signingKey, at: 7, bit: 0)
        #expect {
            try Self.open(disk, options)
        } throws: { error in
            if case LogStoreError.keyringDamaged = error { true } else { false }
        }
    }

    @Test func `a damaged second generation of the keyring is reported and written anew`() throws {
        let options = try Self.options(isEncrypted: true)
        var disk = try Self.write(options)[3]
        let keyrings = disk.paths.filter { $0.name.hasSuffix(".kr") }
        disk.flipBit(keyrings[0], at: 100, bit: 4)
        let log = try Self.open(disk, options)
        #expect(log.report.repaired.map(\.file) == [keyrings[0]])
        #expect(log.report.keyringFallback == nil)
        log.abandon()
        #expect(try Self.open(log.parts.platform.disk.crash(), options).report.repaired.isEmpty)
    }

    @Test func `a superblock that does not know of an open is refused, and stays as it is`() throws {
        let options = try Self.options()
        let disks = try Self.write(options)
        var disk = disks[3]
        disk.placeFile(Self.superblock, try #require(disks[2].bytes(of: Self.superblock)))
        let storage = SimulatedStorage(disk: disk)
        for _ in 0..<3 {
            let refusal = Self.refusal {
                _ = try LogStore.open(
                    platform: SimulatedPlatform(disk: storage, seed: 1), options: options, index: TestIndex())
            }
            #expect(refusal?.verdict == .corruptSuperblock)
            #expect(refusal?.damages.map(\.file) == [Self.superblock])
        }
        #expect(storage.disk.bytes(of: Self.superblock) == disk.bytes(of: Self.superblock))
    }

    /// Counters one below overflow, under right checksums, used to stop the process.
    @Test(arguments: [16, 88, 96, 104, 144])
    func `a superblock counter at its limit is damage, not the end of the process`(offset: Int) throws {
        let options = try Self.options()
        var disk = try Self.write(options)[3]
        for copy in 0..<Superblock.copyCount {
            Self.forge(
                &disk, Self.superblock, copy * Superblock.byteCount..<(copy + 1) * Superblock.byteCount
            ) {
                $0.set(UInt64.max, at: offset)
            }
        }
        #expect(Self.refusal { _ = try Self.open(disk, options) }?.verdict == .corruptSuperblock)
    }

    @Test func `a watermark counter at its limit is damage, not the end of the process`() throws {
        let options = try Self.options()
        var disk = try Self.write(options)[3]
        for slot in 0..<WatermarkSlot.slotCount {
            Self.forge(
                &disk, Self.watermark, slot * WatermarkSlot.byteCount..<(slot + 1) * WatermarkSlot.byteCount
            ) {
                $0.set(UInt64.max, at: 16)
            }
        }
        #expect(Self.refusal { _ = try Self.open(disk, options) }?.verdict == .ambiguous)
    }

    @Test func `a file header with an impossible size is damage, not the end of the process`() throws {
        let options = try Self.options()
        var disk = try Self.write(options)[3]
        let oldest = try #require(disk.paths.first { $0.name.hasSuffix(".wal") })
        Self.forge(&disk, oldest, 0..<FileHeader.byteCount) { $0.set(UInt64.max, at: 192) }
        let refusal = Self.refusal { _ = try Self.open(disk, options) }
        #expect(refusal?.verdict == .corruptCommitted)
        #expect(refusal?.damages.map(\.file) == [oldest])
    }

    /// The last frame has no root behind it; a time without a successor, or in another month, must not get
    /// in.
    @Test(arguments: [UInt64.max, TestEvents.november + 40 * 86_400_000_000_000])
    func `an event whose time is not in its file's month is not accepted`(time: UInt64) throws {
        let options = try Self.options()
        var disk = try Self.write(options)[3]
        let newest = try #require(disk.paths.last { $0.name.hasSuffix(".wal") })
        let frame = 2 * 4096
        let bytes = try #require(disk.bytes(of: newest))
        let header = try bytes.withRawSpan { try FrameHeader(decoding: $0.extracting(frame..<frame + 128)) }
        let event =
            frame + FrameHeader.byteCount + header.rawLength / header.eventCount * (header.eventCount - 1)
        disk.replace(newest, at: event + 4, Self.bytes(of: time))
        let body = disk.contents(newest, frame + 128..<frame + 128 + header.storedLength)
        disk.replace(newest, at: frame + 24, Self.bytes(of: body.withRawSpan { CRC32C.of($0) }))
        let fields = disk.contents(newest, frame + 8..<frame + 128)
        disk.replace(newest, at: frame + 4, Self.bytes(of: fields.withRawSpan { CRC32C.of($0) }))
        let refusal = Self.refusal { _ = try Self.open(disk, options) }
        #expect(refusal?.verdict == .corruptCommitted)
        #expect(refusal?.damages.map(\.offset) == [UInt64(frame)])
    }

    @Test func `fixed files that grew are refused with a verdict`() throws {
        let options = try Self.options()
        for (path, verdict) in [(Self.superblock, Verdict.corruptSuperblock), (Self.watermark, .ambiguous)] {
            var disk = try Self.write(options)[3]
            disk.cut(path, at: 20_000)
            #expect(Self.refusal { _ = try Self.open(disk, options) }?.verdict == verdict)
        }
    }

    @Test func `a keyring name beyond every generation is not ours`() throws {
        let options = try Self.options(isEncrypted: true)
        var disk = try Self.write(options)[3]
        disk.placeFile(ShardPaths.keys / "keyring-18446744073709551615.kr", [1, 2, 3])
        #expect(try Self.open(disk, options).report.keyringFallback == nil)
    }

    private static func forge(
        _ disk: inout SimulatedDisk, _ path: StoragePath, _ page: Range<Int>,
        _ change: (inout MutableRawSpan) -> Void
    ) {
        var bytes = disk.contents(path, page)
        bytes.withMutableRawSpan { span in
            change(&span)
            span.set(ChecksummedPage.crc(of: span.bytes, crcOffset: 8), at: 8)
        }
        disk.replace(path, at: page.lowerBound, bytes)
    }

    private static func bytes<I: FixedWidthInteger & BitwiseCopyable>(of value: I) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: I.bitWidth / 8)
        bytes.withMutableRawSpan { $0.set(value, at: 0) }
        return bytes
    }
}
