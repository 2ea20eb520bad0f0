import LogStore
import Simulation

/// Small valid structures, the same on every run: the seeds of the corpus.
enum Samples {
    static let november: UInt64 = 1_793_491_200_000_000_000
    static let ledger = uuid(0x20)
    static let fileUUID = uuid(0x10)
    static let secret = SecretKey(copying: [UInt8](repeating: 7, count: 32))

    static func uuid(_ first: UInt8) -> LogUUID { LogUUID(bytes: (0..<16).map { first &+ $0 }) }

    static func hash(_ first: UInt8) -> Hash256 {
        [UInt8](0..<32).map { $0 &+ first }.withRawSpan { Hash256(reading: $0, at: 0) }
    }

    // MARK: Events

    static func event(type: UInt16, time: UInt64, payload: [UInt8]) -> [UInt8] {
        let header = EventHeader(
            type: type, schema: 1, flags: 0, time: time, payloadLength: UInt16(payload.count))
        var bytes = [UInt8](repeating: 0, count: EventHeader.byteCount)
        bytes.withMutableRawSpan { header.write(to: &$0, at: 0) }
        return bytes + payload
    }

    /// Events of three shapes, one after the other.
    static func events(_ count: Int) -> [UInt8] {
        (0..<count).flatMap { index in
            let payload = (0..<[24, 24, 3][index % 3]).map { UInt8(truncatingIfNeeded: index / 3 * ($0 % 5)) }
            return event(
                type: UInt16(1 + index % 3 / 2), time: november + UInt64(index) * 1000, payload: payload)
        }
    }

    static func withRun<Result>(
        _ count: Int, firstSequence: UInt64, _ body: (EventRun) throws(DecodingFailure) -> Result
    ) throws(DecodingFailure) -> Result {
        try events(count).withRawSpan { (span) throws(DecodingFailure) in
            try body(try EventRun(validating: span, count: count, firstSequence: firstSequence))
        }
    }

    static let reservedEvents: [ReservedEvent] = [
        .epochStart(
            .init(
                incarnation: 3, epoch: 3, recoveredSequence: 100, root: hash(1), isOperatorDecision: true,
                cuts: [.init(fileUUID: fileUUID, offset: 8192, length: 4096, hash: hash(2), sequence: 100)])),
        .cleanEnd(incarnation: 3),
        .keyringWritten(generation: 2, keyID: uuid(0x30)),
        .segmentSealed(
            .init(month: month, uuid: fileUUID, sequences: 0..<512, fileHash: hash(3), rootAfter: hash(4))),
        .checkpointSigned(size: 512, root: hash(5)),
        .monthClosed(month: month, endSequence: 512, root: hash(6), statement: hash(7)),
        .monthEvicted(month: month, segmentCount: 1, generation: 4),
        .forked(parent: uuid(0x20), TreePoint(size: 512, root: hash(8))),
    ]

    static var month: Month { Month(containing: november) }

    // MARK: Pages

    static func fileHeader(_ kind: FileHeader.Kind, encrypted: Bool = false) -> FileHeader {
        FileHeader(
            kind: kind, fileUUID: fileUUID, ledgerUUID: ledger, shard: 0, partition: month.number,
            firstSequence: 0, epoch: 3, createdTime: november, previousFileUUID: .zero,
            rootAtFirst: MerkleFrontier.emptyRoot, monthKeyID: encrypted ? uuid(0x50) : .zero,
            wrappedDataKey: [UInt8](repeating: encrypted ? 9 : 0, count: 40), aead: encrypted ? 1 : 0,
            codec: kind == .wal ? 0 : 2, preallocatedBytes: kind == .wal ? 16_384 : 0)
    }

    static func page(_ header: FileHeader) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: FileHeader.byteCount)
        bytes.withMutableRawSpan { header.encode(into: &$0) }
        return bytes
    }

    static func frameHeader(_ kind: FrameHeader.Kind) -> FrameHeader {
        let raw = kind == .data ? 76 : 0
        return FrameHeader(
            kind: kind, isEncrypted: false, totalLength: 4096, storedLength: raw, rawLength: raw,
            bodyCRC: 0, eventCount: kind == .data ? 2 : 0, firstSequence: 100, durableSequence: 90, epoch: 3,
            ordinal: 5, wallTime: november, fileOffset: 20_480, previousTotalLength: 4096,
            rootBefore: hash(8), fileUUID: fileUUID)
    }

    static func superblock(months: Int) -> Superblock {
        let entries = (0..<months).map { (index: Int) -> PartitionTable.Entry in
            let number = 202_501 + 100 * (index / 12) + index % 12
            return PartitionTable.Entry(month: UInt32(number), generation: 3, hash: hash(UInt8(index)))
        }
        return Superblock(
            sequence: 12, previousHash: hash(9), ledger: ledger, node: uuid(0x60), incarnation: 3,
            durableSequence: 1000, epoch: 3, root: hash(10), keyringGeneration: 2, isClean: months == 0,
            shard: 0, verifyingKey: noteKey.verifyingKey.key.bytes,
            partitions: PartitionTable(folding: entries))
    }

    static let watermark = WatermarkSlot(
        counter: 7, durableSequence: 1000, fileUUID: fileUUID, endOffset: 20_480, epoch: 3, root: hash(11),
        ledger: ledger)

    static func manifest(segments: Int) -> PartitionManifest {
        let entries = (0..<segments).map { index in
            let start = UInt64(index)
            return PartitionManifest.Entry(
                uuid: uuid(UInt8(0x70 + index)), sequences: start * 512..<start * 512 + 512,
                firstTime: november + start * 1000, lastTime: november + start * 1000 + 999,
                byteCount: 40_000, fileHash: hash(12), rootBefore: hash(UInt8(20 + index)),
                rootAfter: hash(UInt8(21 + index)), isArchived: index == 0, isLocal: index > 0,
                createdTime: november)
        }
        var manifest = PartitionManifest(
            month: month, generation: UInt64(segments) + 1, previousHash: hash(13), ledger: ledger,
            isClosed: segments == 3, entries: entries)
        if manifest.isClosed { manifest.statementHash = hash(14) }
        return manifest
    }

    // MARK: Write-ahead file

    /// A data frame of five events, an idle marker, and zeros.
    static func walFile(encrypted: Bool) -> [UInt8] {
        let header = fileHeader(.wal, encrypted: encrypted)
        var frontier = MerkleFrontier()
        let cipher = encrypted ? FrameCipher(key: secret) : nil
        let events = events(5)
        var stored = events
        var frame = frameHeader(.data)
        frame.isEncrypted = encrypted
        frame.rawLength = events.count
        frame.storedLength = events.count + (encrypted ? AEADCipher.tagByteCount : 0)
        (frame.eventCount, frame.firstSequence, frame.durableSequence) = (5, 0, 0)
        (frame.ordinal, frame.fileOffset, frame.previousTotalLength) = (1, 4096, 0)
        frame.rootBefore = frontier.root
        if let cipher {
            stored.append(contentsOf: repeatElement(0, count: AEADCipher.tagByteCount))
            events.withRawSpan { events in
                stored.withMutableRawSpan { cipher.seal(events, header: frame, into: &$0) }
            }
        }
        let first = page(of: frame, stored)
        for event in split(events) { frontier.append(leaf: event.withRawSpan { SHA256.leaf($0) }) }
        var marker = frameHeader(.idleMarker)
        (marker.firstSequence, marker.durableSequence, marker.ordinal) = (5, 5, 2)
        (marker.fileOffset, marker.previousTotalLength) = (8192, 4096)
        marker.rootBefore = frontier.root
        return page(header) + first + page(of: marker, []) + [UInt8](repeating: 0, count: 4096)
    }

    private static func page(of header: FrameHeader, _ stored: [UInt8]) -> [UInt8] {
        var header = header
        header.bodyCRC = stored.withRawSpan { CRC32C.of($0) }
        var bytes = [UInt8](repeating: 0, count: header.totalLength)
        bytes.withMutableRawSpan { span in
            header.encode(into: &span)
            stored.withRawSpan { span.copy(from: $0, at: FrameHeader.byteCount) }
        }
        return bytes
    }

    static func split(_ events: [UInt8]) -> [[UInt8]] {
        var (result, offset): ([[UInt8]], Int) = ([], 0)
        while offset < events.count {
            let end =
                offset + EventHeader.byteCount + Int(events[offset + 12]) + Int(events[offset + 13]) << 8
            result.append(Array(events[offset..<end]))
            offset = end
        }
        return result
    }
}
