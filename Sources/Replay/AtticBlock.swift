import LogStore

/// One piece of a run, checksummed and, if the log is, encrypted: some records, or the footer.
///
///     0   4  CRC-32C          over bytes 4 … 15, the run UUID, the block's offset, and the stored body
///     4   4  stored length    of the body, tag included
///     8   4  ordinal          of the block in its run; nonce; the footer's follows the last block's
///     12  2  record count     0 in a footer
///     14  2  use              2 block, 3 footer: as in a nonce
///     16  …  body             or its ciphertext ‖ tag 16
///
/// Authenticated: bytes 4 … 15 ‖ run UUID ‖ offset. A body is records one after the other:
///
///     0   8  key, lower bits
///     8   4  key, upper bits
///     12  2  value length
///     14  …  value
struct AtticBlock {
    static let headerByteCount = 16
    static let recordHeaderByteCount = AtticKey.byteCount + 2
    /// A block is closed before it would become larger, unless one record alone is.
    static let byteCountGoal = 4_096
    /// No record is larger, so no block is; a footer may be.
    static let bodyByteCountMax = 20_000

    var use: NonceUse
    var ordinal: UInt32
    var recordCount: UInt16

    /// Appends the block to `output`, which begins at `outputOffset` of the file.
    func append(
        _ body: RawSpan, to output: inout [UInt8], at outputOffset: UInt64, run: LogUUID,
        _ cipher: AEADCipher?
    ) {
        let start = output.count
        let stored = body.byteCount + (cipher == nil ? 0 : AEADCipher.tagByteCount)
        output.append(contentsOf: repeatElement(0, count: Self.headerByteCount + stored))
        let offset = outputOffset + UInt64(start)
        output.withMutableRawSpan { span in
            span.set(UInt32(stored), at: start + 4)
            span.set(ordinal, at: start + 8)
            span.set(recordCount, at: start + 12)
            span.set(UInt16(truncatingIfNeeded: use.rawValue), at: start + 14)
            let place = Self.place(span.bytes.extracting(start + 4..<start + 16), run, offset)
            if let cipher {
                var target = span._mutatingExtracting(start + Self.headerByteCount..<span.byteCount)
                place.withRawSpan {
                    cipher.seal(
                        body, nonce: Nonce(use, UInt64(ordinal)), authenticating: $0, into: &target)
                }
            } else {
                span.copy(from: body, at: start + Self.headerByteCount)
            }
        }
        let sum = output.withRawSpan { span in
            Self.checksum(span.extracting(start..<span.byteCount), run, offset)
        }
        output.withMutableRawSpan { $0.set(sum, at: start) }
    }

    /// Opens a block that was read from `offset`: its body goes to `body`, which is replaced.
    init(
        opening span: RawSpan, at offset: UInt64, run: LogUUID, expecting use: NonceUse, ordinal: UInt32,
        _ cipher: AEADCipher?, into body: inout [UInt8]
    ) throws(DecodingFailure) {
        guard span.byteCount >= Self.headerByteCount,
            Int(span.u32(4)) == span.byteCount - Self.headerByteCount
        else { throw DecodingFailure("a block of \(span.byteCount) bytes that says otherwise") }
        guard span.u32(0) == Self.checksum(span, run, offset) else {
            throw DecodingFailure("the CRC of block \(ordinal) does not fit its bytes")
        }
        guard span.u32(8) == ordinal, UInt32(span.u16(14)) == use.rawValue else {
            throw DecodingFailure("block \(span.u32(8)) where \(ordinal) should be")
        }
        self.use = use
        self.ordinal = ordinal
        recordCount = span.u16(12)
        let stored = span.extracting(Self.headerByteCount..<span.byteCount)
        guard let cipher else {
            body = stored.array()
            return
        }
        let place = Self.place(span.extracting(4..<16), run, offset)
        guard stored.byteCount >= AEADCipher.tagByteCount else {
            throw DecodingFailure("block \(ordinal) is shorter than its tag")
        }
        body = [UInt8](repeating: 0, count: stored.byteCount - AEADCipher.tagByteCount)
        let isGenuine = body.withMutableRawSpan { target in
            place.withRawSpan {
                cipher.open(
                    stored, nonce: Nonce(use, UInt64(ordinal)), authenticating: $0, into: &target)
            }
        }
        guard isGenuine else {
            throw DecodingFailure("block \(ordinal) does not open", isAuthenticationFailure: true)
        }
    }

    init(use: NonceUse, ordinal: UInt32, recordCount: Int) {
        self.use = use
        self.ordinal = ordinal
        self.recordCount = UInt16(recordCount)
    }

    /// What binds a block to its place: 36 bytes.
    private static func place(_ header: RawSpan, _ run: LogUUID, _ offset: UInt64) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 36)
        bytes.withMutableRawSpan { span in
            span.copy(from: header, at: 0)
            run.write(to: &span, at: 12)
            span.set(offset, at: 28)
        }
        return bytes
    }

    private static func checksum(_ span: RawSpan, _ run: LogUUID, _ offset: UInt64) -> UInt32 {
        let place = place(span.extracting(4..<16), run, offset)
        let sum = place.withRawSpan { CRC32C.of($0) }
        return CRC32C.of(span.extracting(headerByteCount..<span.byteCount), seed: sum)
    }
}

/// Goes over the records of a block's body.
struct AtticRecords {
    private(set) var offset = 0

    /// The next record; nil at the end.
    mutating func next(
        in body: RawSpan
    ) throws(DecodingFailure) -> (key: AtticKey, value: Range<Int>)? {
        if offset == body.byteCount { return nil }
        guard body.byteCount - offset >= AtticBlock.recordHeaderByteCount else {
            throw DecodingFailure("a record that ends at \(body.byteCount)")
        }
        let key = AtticKey(low: body.u64(offset), high: body.u32(offset + 8))
        let start = offset + AtticBlock.recordHeaderByteCount
        let end = start + Int(body.u16(offset + 12))
        guard end <= body.byteCount else { throw DecodingFailure("a value that ends at \(end)") }
        offset = end
        return (key, start..<end)
    }
}
