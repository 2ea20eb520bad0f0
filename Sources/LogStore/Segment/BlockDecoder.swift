/// Turns sealed blocks back into validated runs of events.
///
/// The input may be anything. Memory follows the declared raw length only after it is known to be within the
/// caller's cap and within what the stored bytes could possibly expand to. Reusable: nothing is allocated
/// once it is warm. Used by one thread at a time.
package struct BlockDecoder: ~Copyable {
    private var shuffle = ColumnShuffle()
    private var columns: [UInt8] = []
    private var opened: [UInt8] = []
    private var raw: [UInt8] = []
    private var authenticated = [UInt8](repeating: 0, count: BlockHeader.authenticatedByteCount)
    private let rawByteCountMax: Int
    private var decoded: BlockHeader?

    /// - Parameter rawByteCountMax: a block that declares more raw bytes is rejected.
    package init(rawByteCountMax: Int = BlockHeader.rawByteCountMax) {
        self.rawByteCountMax = rawByteCountMax
    }

    /// The header of the decoded block; nil before the first and after a failure.
    package var header: BlockHeader? { decoded }

    /// The events of the decoded block, in the decoder's buffer; empty before the first and after a failure.
    package var run: EventRun {
        @_lifetime(borrow self)
        borrowing get {
            let bytes = unsafe raw.span.bytes.extracting(0..<(decoded?.rawByteCount ?? 0))
            let run = EventRun(
                validated: bytes, count: decoded?.eventCount ?? 0, firstSequence: decoded?.firstSequence ?? 0)
            // SAFETY: the bytes lie in `raw`, which lives and stays unchanged as long as `self` is borrowed.
            return unsafe _overrideLifetime(run, borrowing: self)
        }
    }

    /// Decodes the block at the start of `block`; afterwards `run` holds its events.
    ///
    /// A failure with `isAuthenticationFailure` means that the stored bytes are the ones that were written
    /// (the CRC holds) but the key does not open them here: a wrong key, a misplaced block or a forgery.
    /// - Parameters:
    ///   - firstSequence: the expected first sequence, if known.
    ///   - fileOffset: where the block's first byte lies in the file.
    ///   - cipher: the file's data key, nil if the file is not encrypted.
    package mutating func decode(
        _ block: RawSpan, expecting firstSequence: UInt64?, fileUUID: LogUUID, fileOffset: UInt64,
        cipher: AEADCipher?
    ) throws(DecodingFailure) {
        decoded = nil
        let header = try BlockHeader(decoding: block)
        try check(header, in: block, expecting: firstSequence, isEncrypted: cipher != nil)
        let stored = block.extracting(BlockHeader.byteCount..<header.blockByteCount)
        let computed = CRC32C.of(stored)
        guard computed == header.bodyChecksum else {
            throw DecodingFailure("block body CRC is \(header.bodyChecksum), its bytes give \(computed)")
        }
        if let cipher {
            try open(stored, header, fileUUID, fileOffset, cipher)
            // Moved out and back, so that unpacking may use the other buffers; nothing is copied.
            var body: [UInt8] = []
            swap(&body, &opened)
            defer { swap(&body, &opened) }
            try body.withRawSpan { (body) throws(DecodingFailure) in
                try unpack(body.extracting(0..<(stored.byteCount - AEADCipher.tagByteCount)), header)
            }
        } else {
            try unpack(stored, header)
        }
        try validate(header)
        decoded = header
    }

    private func check(
        _ header: BlockHeader, in block: RawSpan, expecting firstSequence: UInt64?, isEncrypted: Bool
    ) throws(DecodingFailure) {
        guard header.rawByteCount <= rawByteCountMax else {
            throw DecodingFailure(
                "a block of \(header.rawByteCount) raw bytes, at most \(rawByteCountMax) allowed")
        }
        guard header.blockByteCount <= block.byteCount else {
            throw DecodingFailure("a block takes \(header.blockByteCount) bytes, found \(block.byteCount)")
        }
        if let firstSequence, header.firstSequence != firstSequence {
            throw DecodingFailure(
                "block starts at sequence \(header.firstSequence), expected \(firstSequence)")
        }
        guard header.isEncrypted == isEncrypted else {
            throw DecodingFailure("block encrypted: \(header.isEncrypted), expected \(isEncrypted)")
        }
        let packed = header.storedByteCount - header.overheadByteCount
        guard header.codec == .raw || header.rawByteCount <= packed * LZ4Block.ratioMax + 64 else {
            throw DecodingFailure("\(packed) packed bytes cannot hold \(header.rawByteCount) raw bytes")
        }
    }

    /// Decrypts into `opened`.
    private mutating func open(
        _ stored: RawSpan, _ header: BlockHeader, _ fileUUID: LogUUID, _ fileOffset: UInt64,
        _ cipher: AEADCipher
    ) throws(DecodingFailure) {
        opened.grow(to: stored.byteCount)
        authenticated.withMutableRawSpan {
            header.writeAuthenticated(fileUUID: fileUUID, fileOffset: fileOffset, to: &$0)
        }
        let isGenuine = authenticated.withRawSpan { authenticated in
            opened.withMutableRawSpan { opened in
                cipher.open(
                    stored, nonce: Nonce(.block, header.ordinal), authenticating: authenticated, into: &opened
                )
            }
        }
        guard isGenuine else {
            throw DecodingFailure(
                "block of sequence \(header.firstSequence) is intact but not authentic under this key",
                isAuthenticationFailure: true)
        }
    }

    /// Packed events ‖ raw CRC → `raw`.
    private mutating func unpack(_ body: RawSpan, _ header: BlockHeader) throws(DecodingFailure) {
        let packed = body.extracting(0..<(body.byteCount - BlockHeader.rawChecksumByteCount))
        switch header.codec {
        case .raw:
            raw.grow(to: header.rawByteCount)
            raw.withMutableRawSpan { $0.copy(from: packed, at: 0) }
        case .lz4:
            raw.grow(to: header.rawByteCount)
            let length = raw.withMutableRawSpan {
                LZ4Block.decompress(packed, into: &$0, limit: header.rawByteCount)
            }
            guard length == header.rawByteCount else {
                throw DecodingFailure("LZ4 gives \(length ?? -1) bytes, expected \(header.rawByteCount)")
            }
        case .shuffledLZ4:
            try unpackColumns(packed, header)
        }
        let (stored, computed) = (
            body.u32(packed.byteCount),
            raw.withRawSpan { CRC32C.of($0.extracting(0..<header.rawByteCount)) }
        )
        guard stored == computed else {
            throw DecodingFailure("raw CRC of the block is \(stored), its events give \(computed)")
        }
    }

    private mutating func unpackColumns(_ packed: RawSpan, _ header: BlockHeader) throws(DecodingFailure) {
        let limit = ColumnShuffle.byteCountMax(rawByteCount: header.rawByteCount, count: header.eventCount)
        columns.grow(to: limit)
        let length = columns.withMutableRawSpan { LZ4Block.decompress(packed, into: &$0, limit: limit) }
        guard let length else {
            throw DecodingFailure("LZ4 cannot decode the block within \(limit) bytes")
        }
        try columns.withRawSpan { (columns) throws(DecodingFailure) in
            try shuffle.restore(
                columns.extracting(0..<length), count: header.eventCount, rawByteCount: header.rawByteCount,
                into: &raw)
        }
    }

    /// The events are whole, in order, and the ones the header announces.
    private func validate(_ header: BlockHeader) throws(DecodingFailure) {
        try raw.withRawSpan { (raw) throws(DecodingFailure) in
            let run = try EventRun(
                validating: raw.extracting(0..<header.rawByteCount), count: header.eventCount,
                firstSequence: header.firstSequence)
            let times = run.timeRange
            guard times.lowerBound == header.minTime, times.upperBound == header.maxTime else {
                throw DecodingFailure("block times are \(times), its header says \(header.minTime)")
            }
        }
    }
}

extension EventRun {
    /// A run whose bytes were validated before and not changed since.
    @_lifetime(copy bytes)
    init(validated bytes: RawSpan, count: Int, firstSequence: UInt64) {
        self.bytes = bytes
        self.count = count
        self.firstSequence = firstSequence
    }
}
