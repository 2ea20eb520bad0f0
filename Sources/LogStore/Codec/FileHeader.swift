/// The first 4096 bytes of every WAL file, sealed segment and snapshot. Written once, never changed.
///
///     0    8   magic                "HFWAL001", "HFSEG001" or "HFSNP001"
///     8    4   CRC-32C              over all 4096 bytes with this field zero
///     12   2   format version       of the writer
///     14   2   min reader version   a reader older than this must not interpret the file
///     16   16  file UUID            never reused, part of every AAD in the file
///     32   16  ledger UUID
///     48   4   shard
///     52   4   partition            yyyymm in UTC; 0 only in a snapshot, which belongs to no month
///     56   8   first sequence       of a snapshot: its as-of sequence
///     64   8   epoch
///     72   8   created              wall time, nanoseconds since the Unix epoch; information only
///     80   16  previous file UUID   zero in the first file
///     96   32  root                 of the Merkle tree of all events before the first sequence
///     128  16  month key id         zero if not encrypted
///     144  40  data key             wrapped by the month key (AES-KW, RFC 3394); zero if not encrypted
///     184  2   AEAD                 0 none, 1 AES-256-GCM
///     186  2   codec                0 raw, 1 LZ4, 2 column shuffle and LZ4: the strongest one used inside
///     188  4   alignment            of what follows: 4096 in a WAL; a power of two
///     192  8   preallocated bytes   0 where nothing is preallocated
///     200  …   zero
package struct FileHeader: Sendable, Equatable {
    /// What the file is; fixes the magic.
    package enum Kind: UInt8, Sendable, CaseIterable {
        case wal, segment, snapshot

        /// The magic as the little-endian word of its eight ASCII characters.
        package var magic: UInt64 {
            switch self {
            case .wal: 0x3130_304C_4157_4648
            case .segment: 0x3130_3047_4553_4648
            case .snapshot: 0x3130_3050_4E53_4648
            }
        }
    }

    package var kind: Kind
    package var fileUUID: LogUUID
    package var ledgerUUID: LogUUID
    package var shard: UInt32
    package var partition: UInt32
    package var firstSequence: UInt64
    package var epoch: UInt64
    package var createdTime: UInt64
    package var previousFileUUID: LogUUID
    package var rootAtFirst: Hash256
    package var monthKeyID: LogUUID
    /// 40 bytes; all zero if not encrypted.
    package var wrappedDataKey: [UInt8]
    package var aead: UInt16
    package var codec: UInt16
    package var alignment: UInt32
    package var preallocatedBytes: UInt64

    package static let byteCount = 4096
    package static let formatVersion: UInt16 = 1
    package static let minReaderVersion: UInt16 = 1
    package static let wrappedKeyByteCount = 40
    /// Far above any file we make; sums of it must not overflow.
    package static let preallocatedBytesMax: UInt64 = 1 << 40
    private static let usedByteCount = 200

    package init(
        kind: Kind, fileUUID: LogUUID, ledgerUUID: LogUUID, shard: UInt32, partition: UInt32,
        firstSequence: UInt64, epoch: UInt64, createdTime: UInt64, previousFileUUID: LogUUID,
        rootAtFirst: Hash256, monthKeyID: LogUUID = .zero,
        wrappedDataKey: [UInt8] = [UInt8](repeating: 0, count: wrappedKeyByteCount),
        aead: UInt16 = 0, codec: UInt16 = 0, alignment: UInt32 = 4096, preallocatedBytes: UInt64 = 0
    ) {
        self.kind = kind
        self.fileUUID = fileUUID
        self.ledgerUUID = ledgerUUID
        self.shard = shard
        self.partition = partition
        self.firstSequence = firstSequence
        self.epoch = epoch
        self.createdTime = createdTime
        self.previousFileUUID = previousFileUUID
        self.rootAtFirst = rootAtFirst
        self.monthKeyID = monthKeyID
        self.wrappedDataKey = wrappedDataKey
        self.aead = aead
        self.codec = codec
        self.alignment = alignment
        self.preallocatedBytes = preallocatedBytes
    }

    package var isEncrypted: Bool { aead != 0 }

    /// Writes the first 4096 bytes of `target`.
    package func encode(into target: inout MutableRawSpan) {
        invariant(
            wrappedDataKey.count == Self.wrappedKeyByteCount, "\(wrappedDataKey.count) bytes of data key")
        if let fault { invariantViolated("encoding a file header: \(fault)") }
        target.zero(0..<Self.byteCount)
        target.set(kind.magic, at: 0)
        target.set(Self.formatVersion, at: 12)
        target.set(Self.minReaderVersion, at: 14)
        fileUUID.write(to: &target, at: 16)
        ledgerUUID.write(to: &target, at: 32)
        target.set(shard, at: 48)
        target.set(partition, at: 52)
        target.set(firstSequence, at: 56)
        target.set(epoch, at: 64)
        target.set(createdTime, at: 72)
        previousFileUUID.write(to: &target, at: 80)
        rootAtFirst.write(to: &target, at: 96)
        monthKeyID.write(to: &target, at: 128)
        wrappedDataKey.withRawSpan { target.copy(from: $0, at: 144) }
        target.set(aead, at: 184)
        target.set(codec, at: 186)
        target.set(alignment, at: 188)
        target.set(preallocatedBytes, at: 192)
        target.set(Self.checksum(of: target.bytes), at: 8)
    }

    /// Reads the first 4096 bytes of `source`.
    package init(decoding source: RawSpan) throws(DecodingFailure) {
        guard source.byteCount >= Self.byteCount else {
            throw DecodingFailure("a file header takes \(Self.byteCount) bytes, found \(source.byteCount)")
        }
        let magic = source.u64(0)
        guard let kind = Kind.allCases.first(where: { $0.magic == magic }) else {
            throw DecodingFailure("no file magic, found 0x\(hexadecimal(magic.byteSwapped))")
        }
        let (stored, computed) = (source.u32(8), Self.checksum(of: source))
        guard stored == computed else {
            throw DecodingFailure("file header CRC is \(stored), its bytes give \(computed)")
        }
        let (version, minReader) = (source.u16(12), source.u16(14))
        guard minReader <= Self.formatVersion, version >= minReader, minReader > 0 else {
            throw DecodingFailure(
                "format version \(version) for readers from \(minReader), "
                    + "this reader knows \(Self.formatVersion)")
        }
        guard source.extracting(Self.usedByteCount..<Self.byteCount).isZero else {
            throw DecodingFailure("reserved bytes of the file header are not zero")
        }
        self.init(fieldsOf: source, kind: kind)
        if let fault { throw DecodingFailure("file header: \(fault)") }
    }

    private init(fieldsOf source: RawSpan, kind: Kind) {
        self.init(
            kind: kind, fileUUID: LogUUID(reading: source, at: 16),
            ledgerUUID: LogUUID(reading: source, at: 32), shard: source.u32(48), partition: source.u32(52),
            firstSequence: source.u64(56),
            epoch: source.u64(64), createdTime: source.u64(72),
            previousFileUUID: LogUUID(reading: source, at: 80),
            rootAtFirst: Hash256(reading: source, at: 96), monthKeyID: LogUUID(reading: source, at: 128),
            wrappedDataKey: source.extracting(144..<184).array(), aead: source.u16(184),
            codec: source.u16(186), alignment: source.u32(188), preallocatedBytes: source.u64(192))
    }

    /// CRC-32C of the 4096 bytes, the CRC's own four counted as zero.
    private static func checksum(of source: RawSpan) -> UInt32 {
        let before = CRC32C.of(source.extracting(0..<8))
        let gap = [UInt8](repeating: 0, count: 4).withRawSpan { CRC32C.of($0, seed: before) }
        return CRC32C.of(source.extracting(12..<byteCount), seed: gap)
    }

    /// What is wrong with the fields; writer and reader hold them to the same rules.
    private var fault: String? {
        if fileUUID == .zero { return "the file UUID is zero" }
        let isMonth = Month(number: partition) != nil
        if !isMonth && !(kind == .snapshot && partition == 0) { return "partition \(partition) is no month" }
        if preallocatedBytes > Self.preallocatedBytesMax { return "\(preallocatedBytes) preallocated bytes" }
        if firstSequence > CounterBound.max { return "first sequence \(firstSequence)" }
        if epoch > CounterBound.max { return "epoch \(epoch)" }
        if aead > 1 { return "AEAD \(aead) is not known" }
        if codec > 2 { return "codec \(codec) is not known" }
        if alignment == 0 || alignment & (alignment - 1) != 0 { return "alignment \(alignment)" }
        let hasKey = monthKeyID != .zero || wrappedDataKey.contains { $0 != 0 }
        if hasKey != isEncrypted { return "AEAD \(aead) does not fit the key fields" }
        return nil
    }
}

extension FileHeader {
    /// Reads and checks the header of an open file.
    package static func read(from file: some StorageFile) throws(LogStoreError) -> FileHeader {
        var page = [UInt8](repeating: 0, count: byteCount)
        let count = try onDisk { () throws(StorageError) in
            try page.withMutableRawSpan { (span) throws(StorageError) in try file.read(into: &span, at: 0) }
        }
        do {
            return try page.withRawSpan { (span) throws(DecodingFailure) in
                try FileHeader(decoding: span.extracting(0..<count))
            }
        } catch { throw .damaged(error.damage(in: file.path, at: 0)) }
    }
}
