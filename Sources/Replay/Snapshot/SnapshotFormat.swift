import Ledger
import LogStore
import Projections

// The file, little-endian; docs/formats/snapshot.md has it with an example.

/// The head of each block of a snapshot file, 24 bytes.
///
///     0   4  CRC-32C     of the other 20 bytes and what is stored
///     4   4  kind        1 preamble, 2 body, 3 end
///     8   8  ordinal     from 0, without a gap
///     16  4  length      of the contents, at most 2^20
///     20  4  zero
///     24  …  contents, or ciphertext and 16 bytes of tag
///
/// Sealed with a nonce of the ordinal; authenticated with it: file UUID, then bytes 4 to 24.
struct SnapshotBlock {
    enum Kind: UInt32 {
        case preamble = 1
        case body = 2
        case end = 3
    }

    var kind: Kind
    var ordinal: UInt64
    var length: Int

    static var byteCount: Int { 24 }
    static var lengthMax: Int { 1 << 20 }
    /// The largest block there is, sealed.
    static var storedMax: Int { byteCount + lengthMax + AEADCipher.tagByteCount }

    init(kind: Kind, ordinal: UInt64, length: Int) {
        self.kind = kind
        self.ordinal = ordinal
        self.length = length
    }

    /// Writes everything but the checksum.
    func encode(into target: inout MutableRawSpan) {
        target.set(kind.rawValue, at: 4)
        target.set(ordinal, at: 8)
        target.set(UInt32(length), at: 16)
        target.set(UInt32(0), at: 20)
    }

    /// The checksum of a whole stored block.
    static func checksum(of stored: RawSpan) -> UInt32 {
        CRC32C.of(stored.extracting(4..<stored.byteCount))
    }

    /// Reads the head of a block that must have this ordinal; its checksum is not looked at yet.
    init(decoding source: RawSpan, ordinal: UInt64) throws(DecodingFailure) {
        guard source.byteCount >= Self.byteCount else {
            throw DecodingFailure("block \(ordinal) has \(source.byteCount) bytes")
        }
        guard let kind = Kind(rawValue: source.u32(4)), source.u64(8) == ordinal, source.u32(20) == 0 else {
            throw DecodingFailure(
                "block \(ordinal) is numbered \(source.u64(8)) and of kind \(source.u32(4))")
        }
        guard source.u32(16) <= UInt32(Self.lengthMax) else {
            throw DecodingFailure("block \(ordinal) has \(source.u32(16)) bytes")
        }
        self.init(kind: kind, ordinal: ordinal, length: Int(source.u32(16)))
    }

    /// What a block is authenticated with.
    static func authenticated(file: LogUUID, _ head: RawSpan) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 16 + byteCount - 4)
        bytes.withMutableRawSpan { span in
            file.write(to: &span, at: 0)
            span.copy(from: head.extracting(4..<byteCount), at: 16)
        }
        return bytes
    }
}

/// What a snapshot says of itself, in its first block.
///
///     0    4   format            1
///     4    4   digest version
///     8    16  stamp             of the layout of all rows; see `LedgerState.snapshotStamp`
///     24   16  ledger
///     40   4   shard
///     44   4   zero
///     48   8   sequence          of the next event: those before it are in the state
///     56   8   time              of the last of them
///     64   16  digest
///     80   8   rows              that the digest covers
///     88   32  leaf              SHA-256 leaf hash of the event before the sequence
///     120  4   tables
///     124  4   zero
///     128  8   for each table: its rows; then keys, then what is due
struct SnapshotPreamble: Equatable {
    var stamp: Hash128
    var ledger: LogUUID
    var shard: UInt32
    var sequence: UInt64
    var time: UInt64
    var digestVersion: UInt32
    var digest: StateDigest
    var leaf: Hash256
    var counts: [UInt64]

    static let format: UInt32 = 1
    private static let countsOffset = 128
    private static let countsMax = 1_024

    var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.countsOffset + 8 * counts.count)
        bytes.withMutableRawSpan { span in
            span.set(Self.format, at: 0)
            span.set(digestVersion, at: 4)
            span.set(stamp.low, at: 8)
            span.set(stamp.high, at: 16)
            ledger.write(to: &span, at: 24)
            span.set(shard, at: 40)
            span.set(sequence, at: 48)
            span.set(time, at: 56)
            span.set(digest.value.low, at: 64)
            span.set(digest.value.high, at: 72)
            span.set(digest.rowCount, at: 80)
            leaf.write(to: &span, at: 88)
            span.set(UInt32(counts.count), at: 120)
            for (index, count) in counts.enumerated() { span.set(count, at: Self.countsOffset + 8 * index) }
        }
        return bytes
    }

    init(
        stamp: Hash128, ledger: LogUUID, shard: UInt32, sequence: UInt64, time: UInt64, digest: StateDigest,
        leaf: Hash256, counts: [UInt64]
    ) {
        self.stamp = stamp
        self.ledger = ledger
        self.shard = shard
        self.sequence = sequence
        self.time = time
        digestVersion = UInt32(StateDigest.version)
        self.digest = digest
        self.leaf = leaf
        self.counts = counts
    }

    init(decoding source: RawSpan) throws(DecodingFailure) {
        guard source.byteCount >= Self.countsOffset, source.u32(0) == Self.format else {
            throw DecodingFailure("the preamble is of another format")
        }
        let count = Int(source.u32(120))
        guard count <= Self.countsMax, source.byteCount == Self.countsOffset + 8 * count,
            source.u32(44) == 0, source.u32(124) == 0
        else { throw DecodingFailure("the preamble has \(source.byteCount) bytes for \(count) tables") }
        self.init(
            stamp: Hash128(low: source.u64(8), high: source.u64(16)),
            ledger: LogUUID(reading: source, at: 24),
            shard: source.u32(40), sequence: source.u64(48), time: source.u64(56),
            digest: StateDigest(
                value: Hash128(low: source.u64(64), high: source.u64(72)), rowCount: source.u64(80)),
            leaf: Hash256(reading: source, at: 88),
            counts: (0..<count).map { source.u64(Self.countsOffset + 8 * $0) })
        digestVersion = source.u32(4)
    }
}
