import LogStore

/// The first 128 bytes of a run.
///
///     0    8   magic          "HFATT001"
///     8    4   CRC-32C        over bytes 12 … 127
///     12   2   version        1
///     14   2   kind           1 payments, 2 keys
///     16   16  run UUID       never reused, part of every checksum and AAD in the file
///     32   16  ledger UUID
///     48   16  month key id   zero if not encrypted
///     64   40  data key       wrapped by the month key (RFC 3394); zero if not encrypted
///     104  24  zero
struct AtticRunHeader: Equatable {
    var kind: AtticKind
    var run: LogUUID
    var ledger: LogUUID
    var monthKeyID: LogUUID
    /// 40 bytes.
    var wrappedDataKey: [UInt8]

    static let byteCount = 128
    /// Read as a little-endian word.
    static let magic: UInt64 = 0x3130_3054_5441_4648

    var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        bytes.withMutableRawSpan { span in
            span.set(Self.magic, at: 0)
            span.set(UInt16(1), at: 12)
            span.set(UInt16(truncatingIfNeeded: kind.rawValue), at: 14)
            run.write(to: &span, at: 16)
            ledger.write(to: &span, at: 32)
            monthKeyID.write(to: &span, at: 48)
            wrappedDataKey.withRawSpan { span.copy(from: $0, at: 64) }
            span.set(CRC32C.of(span.bytes.extracting(12..<Self.byteCount)), at: 8)
        }
        return bytes
    }

    init(kind: AtticKind, run: LogUUID, ledger: LogUUID, key: FileKey?) {
        self.kind = kind
        self.run = run
        self.ledger = ledger
        monthKeyID = key?.monthKeyID ?? .zero
        wrappedDataKey = key?.wrapped ?? [UInt8](repeating: 0, count: KeyWrap.wrappedByteCount)
    }

    init(decoding span: RawSpan) throws(DecodingFailure) {
        guard span.byteCount >= Self.byteCount else { throw DecodingFailure("too short for a run") }
        guard span.u64(0) == Self.magic else { throw DecodingFailure("no magic of a run") }
        guard span.u32(8) == CRC32C.of(span.extracting(12..<Self.byteCount)) else {
            throw DecodingFailure("the header's CRC does not fit its bytes")
        }
        let version = span.u16(12)
        guard version == 1 else { throw DecodingFailure("run of version \(version)") }
        guard let kind = AtticKind(rawValue: UInt32(span.u16(14))) else {
            throw DecodingFailure("run of kind \(span.u16(14))")
        }
        self.kind = kind
        run = LogUUID(reading: span, at: 16)
        ledger = LogUUID(reading: span, at: 32)
        monthKeyID = LogUUID(reading: span, at: 48)
        wrappedDataKey = span.extracting(64..<104).array()
        guard span.extracting(104..<Self.byteCount).isZero else {
            throw DecodingFailure("reserved bytes of the header are not zero")
        }
    }
}

/// The last 32 bytes of a run: where its footer is.
///
///     0   8  magic            "HFATTEND"
///     8   4  CRC-32C          over bytes 12 … 31, then the run UUID
///     12  4  footer length    its 16 bytes of header included
///     16  8  footer offset
///     24  8  file size
struct AtticRunTail {
    var footerByteCount: Int
    var footerOffset: UInt64

    static let byteCount = 32
    static let magic: UInt64 = 0x444E_4554_5441_4648

    func bytes(of run: LogUUID) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        bytes.withMutableRawSpan { span in
            span.set(Self.magic, at: 0)
            span.set(UInt32(footerByteCount), at: 12)
            span.set(footerOffset, at: 16)
            span.set(footerOffset + UInt64(footerByteCount + Self.byteCount), at: 24)
            span.set(Self.checksum(span.bytes, run), at: 8)
        }
        return bytes
    }

    init(footerByteCount: Int, footerOffset: UInt64) {
        self.footerByteCount = footerByteCount
        self.footerOffset = footerOffset
    }

    init(decoding span: RawSpan, of run: LogUUID, fileSize: UInt64) throws(DecodingFailure) {
        guard span.byteCount == Self.byteCount, span.u64(0) == Self.magic else {
            throw DecodingFailure("no tail of a run")
        }
        guard span.u32(8) == Self.checksum(span, run) else {
            throw DecodingFailure("the tail's CRC does not fit its bytes")
        }
        let (length, offset) = (UInt64(span.u32(12)), span.u64(16))
        let (end, overflow) = offset.addingReportingOverflow(length + UInt64(Self.byteCount))
        guard !overflow, span.u64(24) == fileSize, end == fileSize,
            offset >= UInt64(AtticRunHeader.byteCount), length >= UInt64(AtticBlock.headerByteCount)
        else { throw DecodingFailure("a run of \(fileSize) bytes with footer \(offset) + \(length)") }
        footerByteCount = Int(length)
        footerOffset = offset
    }

    private static func checksum(_ span: RawSpan, _ run: LogUUID) -> UInt32 {
        var uuid = [UInt8](repeating: 0, count: 16)
        uuid.withMutableRawSpan { run.write(to: &$0, at: 0) }
        let own = CRC32C.of(span.extracting(12..<byteCount))
        return uuid.withRawSpan { CRC32C.of($0, seed: own) }
    }
}
