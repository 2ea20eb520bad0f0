/// Turns runs of at most 256 events into sealed blocks: column shuffle → LZ4 → AES-256-GCM → CRC-32C.
///
/// Holds its scratch memory; nothing is allocated once it is warm. Used by one thread at a time.
package struct BlockEncoder: ~Copyable {
    private var shuffle = ColumnShuffle()
    private var columns: [UInt8] = []
    /// Packed events and the raw CRC, before encryption.
    private var body: [UInt8] = []
    private var authenticated = [UInt8](repeating: 0, count: BlockHeader.authenticatedByteCount)
    private let codec: BlockHeader.Codec

    /// - Parameter codec: what is tried; a block that gains less than 6 % by it is stored raw.
    package init(codec: BlockHeader.Codec = .shuffledLZ4) { self.codec = codec }

    /// The most bytes a block of `rawByteCount` event bytes takes, header included.
    package static func blockByteCountMax(rawByteCount: Int) -> Int {
        BlockHeader.byteCount + rawByteCount + BlockHeader.rawChecksumByteCount + AEADCipher.tagByteCount
    }

    /// Writes header and stored bytes to the start of `target`; returns how many.
    ///
    /// - Parameters:
    ///   - ordinal: the nonce, strictly increasing in the file; the caller guards it.
    ///   - fileOffset: where the block's first byte will lie in the file.
    ///   - cipher: the file's data key, nil if the file is not encrypted.
    package mutating func encode(
        run: EventRun, ordinal: UInt64, fileUUID: LogUUID, fileOffset: UInt64, cipher: AEADCipher?,
        into target: inout MutableRawSpan
    ) -> Int {
        let raw = run.bytes.byteCount
        invariant((1...BlockHeader.eventCountMax).contains(run.count), "a block of \(run.count) events")
        invariant(target.byteCount >= Self.blockByteCountMax(rawByteCount: raw), "no room for a block")
        body.grow(to: raw + BlockHeader.rawChecksumByteCount)
        let (used, packed) = pack(run)
        body.withMutableRawSpan { $0.set(CRC32C.of(run.bytes), at: packed) }
        let times = run.timeRange
        var header = BlockHeader(
            storedByteCount: 0, rawByteCount: raw, bodyChecksum: 0, eventCount: run.count, codec: used,
            isEncrypted: cipher != nil, firstSequence: run.firstSequence, ordinal: ordinal,
            minTime: times.lowerBound, timeSpan: times.upperBound - times.lowerBound)
        header.storedByteCount = packed + header.overheadByteCount
        storeBody(
            packed + BlockHeader.rawChecksumByteCount, header, fileUUID, fileOffset, cipher, into: &target)
        header.bodyChecksum = CRC32C.of(
            target.bytes.extracting(BlockHeader.byteCount..<header.blockByteCount))
        header.encode(into: &target)
        return header.blockByteCount
    }

    /// Puts the packed events at the start of `body`; says how, and how many bytes.
    private mutating func pack(_ run: EventRun) -> (codec: BlockHeader.Codec, byteCount: Int) {
        let raw = run.bytes.byteCount
        let limit = raw - (raw * 6 + 99) / 100
        if codec != .raw, limit > 0, let packed = compress(run, limit: limit) { return (codec, packed) }
        body.withMutableRawSpan { $0.copy(from: run.bytes, at: 0) }
        return (.raw, raw)
    }

    private mutating func compress(_ run: EventRun, limit: Int) -> Int? {
        guard codec == .shuffledLZ4 else {
            return body.withMutableRawSpan { LZ4Block.compress(run.bytes, into: &$0, limit: limit) }
        }
        let columnByteCount = shuffle.shuffle(run, into: &columns)
        return columns.withRawSpan { columns in
            body.withMutableRawSpan { body in
                LZ4Block.compress(columns.extracting(0..<columnByteCount), into: &body, limit: limit)
            }
        }
    }

    /// `body` → the stored bytes behind the header.
    private mutating func storeBody(
        _ byteCount: Int, _ header: BlockHeader, _ fileUUID: LogUUID, _ fileOffset: UInt64,
        _ cipher: AEADCipher?, into target: inout MutableRawSpan
    ) {
        guard let cipher else {
            return body.withRawSpan {
                target.copy(from: $0.extracting(0..<byteCount), at: BlockHeader.byteCount)
            }
        }
        authenticated.withMutableRawSpan {
            header.writeAuthenticated(fileUUID: fileUUID, fileOffset: fileOffset, to: &$0)
        }
        body.withRawSpan { body in
            authenticated.withRawSpan { authenticated in
                var stored = target._mutatingExtracting(BlockHeader.byteCount..<target.byteCount)
                cipher.seal(
                    body.extracting(0..<byteCount), nonce: Nonce(.block, header.ordinal),
                    authenticating: authenticated, into: &stored)
            }
        }
    }
}

extension EventRun {
    /// Times of the first and the last event; the run must not be empty.
    var timeRange: ClosedRange<UInt64> {
        invariant(count > 0, "the times of no events")
        let first = bytes.u64(4)
        var offset = 0
        for _ in 1..<count { offset &+= EventHeader.byteCount &+ Int(bytes.u16(offset &+ 12)) }
        let last = bytes.u64(offset + 4)
        invariant(last >= first, "event time \(last) is before \(first)")
        return first...last
    }
}
