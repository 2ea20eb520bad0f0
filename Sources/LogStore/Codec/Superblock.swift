/// The root of a shard: what the last open, close, roll or seal knew. 4096 bytes, kept in four copies.
///
///     0    8  magic "HFSUPER1"
///     8    4  CRC-32C of all 4096 bytes with this field zero
///     12   2  format version, 1
///     14   2  copy, 0…3
///     16   8  superblock sequence, +1 each writing
///     24  32  SHA-256 of the previous superblock (its copy 0)
///     56  16  ledger UUID
///     72  16  node UUID
///     88   8  incarnation: incremented and synced at every open before any other write
///     96   8  durable sequence (count)
///     104  8  epoch
///     112 32  Merkle root at the durable sequence
///     144  8  keyring generation; 0 when encryption is off
///     152  4  clean shutdown, 0 or 1; plus 2 for a fork nobody has promoted, 4 for an unfinished restore
///     156  4  shard
///     160 32  Ed25519 public key that signs tails, month statements and checkpoints
///     192  4  count of partition entries, ≤ 24
///     196  4  count of older months folded into the chain
///     200 32  chain over the older months: h ← SHA-256(h ‖ month 4 ‖ generation 8 ‖ SHA-256), from zero
///     232  …  entries, oldest first: month yyyymm 4, zero 4, generation 8, SHA-256 of PARTITION 32
///     1384 …  zero
package struct Superblock: Sendable, Equatable {
    package var sequence: UInt64
    package var previousHash: Hash256
    package var ledger: LogUUID
    package var node: LogUUID
    package var incarnation: UInt64
    package var durableSequence: UInt64
    package var epoch: UInt64
    package var root: Hash256
    package var keyringGeneration: UInt64
    package var isClean: Bool
    package var shard: UInt32
    package var verifyingKey: [UInt8]
    package var partitions: PartitionTable
    package var standing = Standing.ordinary

    /// Whether the log may be appended to.
    package enum Standing: UInt32, Sendable {
        case ordinary = 0
        /// A fork, read-only until an operator promotes it.
        case unpromoted = 1
        /// A restore that is writing it, or did not finish.
        case unfinished = 2
    }

    package static let byteCount = 4096
    package static let copyCount = 4
    private static let magic: UInt64 = 0x3152_4550_5553_4648  // "HFSUPER1"
    private static let entriesOffset = 232
    private static let entryByteCount = 48
    private static let counters: [(offset: Int, what: StaticString)] = [
        (16, "superblock sequence"), (88, "incarnation"), (96, "durable sequence"), (104, "epoch"),
        (144, "keyring generation"),
    ]

    package init(
        sequence: UInt64, previousHash: Hash256, ledger: LogUUID, node: LogUUID, incarnation: UInt64,
        durableSequence: UInt64, epoch: UInt64, root: Hash256, keyringGeneration: UInt64, isClean: Bool,
        shard: UInt32, verifyingKey: [UInt8], partitions: PartitionTable
    ) {
        invariant(verifyingKey.count == 32, "a verifying key of \(verifyingKey.count) bytes")
        self.sequence = sequence
        self.previousHash = previousHash
        self.ledger = ledger
        self.node = node
        self.incarnation = incarnation
        self.durableSequence = durableSequence
        self.epoch = epoch
        self.root = root
        self.keyringGeneration = keyringGeneration
        self.isClean = isClean
        self.shard = shard
        self.verifyingKey = verifyingKey
        self.partitions = partitions
    }

    /// The 4096 bytes of copy `copy`.
    package func encode(copy: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        bytes.withMutableRawSpan { span in
            span.set(Self.magic, at: 0)
            span.set(UInt16(1), at: 12)
            span.set(UInt16(copy), at: 14)
            span.set(sequence, at: 16)
            previousHash.write(to: &span, at: 24)
            ledger.write(to: &span, at: 56)
            node.write(to: &span, at: 72)
            span.set(incarnation, at: 88)
            span.set(durableSequence, at: 96)
            span.set(epoch, at: 104)
            root.write(to: &span, at: 112)
            span.set(keyringGeneration, at: 144)
            span.set(standing.rawValue << 1 | (isClean ? 1 : 0), at: 152)
            span.set(shard, at: 156)
            verifyingKey.withRawSpan { span.copy(from: $0, at: 160) }
            span.set(UInt32(partitions.recent.count), at: 192)
            span.set(UInt32(partitions.chainedCount), at: 196)
            partitions.chain.write(to: &span, at: 200)
            for (index, entry) in partitions.recent.enumerated() {
                entry.write(to: &span, at: Self.entriesOffset + index * Self.entryByteCount)
            }
            span.set(CRC32C.of(span.bytes), at: 8)
        }
        return bytes
    }

    /// The whole file: every copy in its place.
    package var encodedCopies: [UInt8] { (0..<Self.copyCount).flatMap { encode(copy: $0) } }

    /// Its identity for the chain of superblocks: the hash of copy 0.
    package var hash: Hash256 { encode(copy: 0).withRawSpan { SHA256.of($0) } }

    /// Decodes one copy, which must carry the number `copy`.
    package init(decoding span: RawSpan, copy: Int) throws(DecodingFailure) {
        guard span.byteCount == Self.byteCount else {
            throw DecodingFailure("superblock of \(span.byteCount) bytes")
        }
        guard span.u64(0) == Self.magic else { throw DecodingFailure("no superblock magic") }
        let crc = ChecksummedPage.crc(of: span, crcOffset: 8)
        guard span.u32(8) == crc else {
            throw DecodingFailure("superblock CRC is \(span.u32(8)), computed \(crc)")
        }
        guard span.u16(12) == 1 else { throw DecodingFailure("superblock version \(span.u16(12))") }
        guard Int(span.u16(14)) == copy else {
            throw DecodingFailure("superblock copy \(span.u16(14)) in place \(copy)")
        }
        let count = Int(span.u32(192))
        guard count <= PartitionTable.recentMax else { throw DecodingFailure("\(count) partition entries") }
        guard let standing = Standing(rawValue: span.u32(152) >> 1) else {
            throw DecodingFailure("clean flag \(span.u32(152))")
        }
        let end = Self.entriesOffset + count * Self.entryByteCount
        guard span.extracting(end..<Self.byteCount).isZero else {
            throw DecodingFailure("superblock bytes from \(end) on are not zero")
        }
        for (offset, what) in Self.counters { try CounterBound.check(span.u64(offset), what) }
        var recent: [PartitionTable.Entry] = []
        for index in 0..<count {
            let entry = try PartitionTable.Entry(
                decoding: span, at: Self.entriesOffset + index * Self.entryByteCount)
            guard recent.last.map({ $0.month < entry.month }) ?? true else {
                throw DecodingFailure("partition entries are not in order of month")
            }
            recent.append(entry)
        }
        self.init(
            sequence: span.u64(16), previousHash: Hash256(reading: span, at: 24),
            ledger: LogUUID(reading: span, at: 56), node: LogUUID(reading: span, at: 72),
            incarnation: span.u64(88), durableSequence: span.u64(96), epoch: span.u64(104),
            root: Hash256(reading: span, at: 112), keyringGeneration: span.u64(144),
            isClean: span.u32(152) & 1 == 1, shard: span.u32(156),
            verifyingKey: span.extracting(160..<192).array(),
            partitions: PartitionTable(
                recent: recent, chainedCount: Int(span.u32(196)), chain: Hash256(reading: span, at: 200)))
        self.standing = standing
    }
}

/// CRC-32C of a page that carries its own CRC in four bytes counted as zero.
package enum ChecksummedPage {
    package static func crc(of span: RawSpan, crcOffset: Int) -> UInt32 {
        let before = CRC32C.of(span.extracting(0..<crcOffset))
        let zeros: [UInt8] = [0, 0, 0, 0]
        let middle = zeros.withRawSpan { CRC32C.of($0, seed: before) }
        return CRC32C.of(span.extracting(crcOffset + 4..<span.byteCount), seed: middle)
    }
}
