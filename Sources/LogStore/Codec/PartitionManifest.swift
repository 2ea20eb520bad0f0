/// `PARTITION`: which sealed segments make up a month. Rewritten whole, atomically, one generation at a time.
///
///     0    8  magic "HFPART01"
///     8    4  CRC-32C of the file with this field zero
///     12   4  format version, 1
///     16   4  month yyyymm
///     20   4  entry count
///     24   8  generation, from 1
///     32  32  SHA-256 of the previous generation's file; zero for the first
///     64  16  ledger UUID
///     80   4  closed: 1 once the month is over, sealed, and its statement signed
///     84  12  zero
///     96  32  SHA-256 of CLOSE; zero unless closed
///     128  …  entries of 168 bytes, ascending and without gaps:
///             UUID 16 · first sequence 8 · end sequence 8 · first time 8 · last time 8 · file bytes 8 ·
///             file SHA-256 32 · root before 32 · root after 32 · archive state 4 (0 none, 1 confirmed) ·
///             local copy 4 (0 evicted, 1 present) · created 8
package struct PartitionManifest: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package var uuid: LogUUID
        /// Half-open.
        package var sequences: Range<UInt64>
        package var firstTime: UInt64
        package var lastTime: UInt64
        package var byteCount: UInt64
        package var fileHash: Hash256
        package var rootBefore: Hash256
        package var rootAfter: Hash256
        /// An archive holds a copy whose hash it confirmed.
        package var isArchived: Bool
        /// The file is still here.
        package var isLocal: Bool
        package var createdTime: UInt64

        package init(
            uuid: LogUUID, sequences: Range<UInt64>, firstTime: UInt64, lastTime: UInt64,
            byteCount: UInt64, fileHash: Hash256, rootBefore: Hash256, rootAfter: Hash256,
            isArchived: Bool = false, isLocal: Bool = true, createdTime: UInt64
        ) {
            self.uuid = uuid
            self.sequences = sequences
            self.firstTime = firstTime
            self.lastTime = lastTime
            self.byteCount = byteCount
            self.fileHash = fileHash
            self.rootBefore = rootBefore
            self.rootAfter = rootAfter
            self.isArchived = isArchived
            self.isLocal = isLocal
            self.createdTime = createdTime
        }
    }

    package var month: Month
    package var generation: UInt64
    package var previousHash: Hash256
    package var ledger: LogUUID
    /// The month is over, sealed, and its statement signed.
    package var isClosed: Bool
    /// SHA-256 of the month's statement; zero unless closed.
    package var statementHash = Hash256.zero
    package var entries: [Entry]

    /// Three segments every eight seconds of a month. Every change rewrites the file: with as many, 168 MiB a
    /// segment; with the some thousand of a busy month, less than 1 MiB.
    package static let entriesMax = 1 << 20
    package static let byteCountMax = headerByteCount + entriesMax * entryByteCount
    private static let magic: UInt64 = 0x3130_5452_4150_4648  // "HFPART01"
    private static let headerByteCount = 128
    private static let entryByteCount = 168

    package init(
        month: Month, generation: UInt64, previousHash: Hash256, ledger: LogUUID, isClosed: Bool,
        entries: [Entry]
    ) {
        self.month = month
        self.generation = generation
        self.previousHash = previousHash
        self.ledger = ledger
        self.isClosed = isClosed
        self.entries = entries
    }

    /// The manifest that follows this one, with a change.
    package func successor(_ change: (inout PartitionManifest) -> Void) -> PartitionManifest {
        var next = self
        change(&next)
        next.generation = generation + 1
        next.previousHash = hash
        return next
    }

    package var hash: Hash256 { encoded.withRawSpan { SHA256.of($0) } }
    package var tableEntry: PartitionTable.Entry {
        PartitionTable.Entry(month: month.number, generation: generation, hash: hash)
    }

    package var encoded: [UInt8] {
        invariant(entries.count <= Self.entriesMax, "a manifest of \(entries.count) entries")
        var out = ByteWriter()
        out.u64(Self.magic)
        out.u32(0)
        out.u32(1)
        out.u32(month.number)
        out.u32(UInt32(entries.count))
        out.u64(generation)
        out.hash(previousHash)
        out.uuid(ledger)
        out.u32(isClosed ? 1 : 0)
        out.zeros(12)
        out.hash(statementHash)
        for entry in entries {
            out.uuid(entry.uuid)
            out.u64(entry.sequences.lowerBound)
            out.u64(entry.sequences.upperBound)
            out.u64(entry.firstTime)
            out.u64(entry.lastTime)
            out.u64(entry.byteCount)
            out.hash(entry.fileHash)
            out.hash(entry.rootBefore)
            out.hash(entry.rootAfter)
            out.u32(entry.isArchived ? 1 : 0)
            out.u32(entry.isLocal ? 1 : 0)
            out.u64(entry.createdTime)
        }
        out.patch(u32: out.bytes.withRawSpan { CRC32C.of($0) }, at: 8)
        return out.bytes
    }

    package init(decoding bytes: RawSpan) throws(DecodingFailure) {
        guard bytes.byteCount >= Self.headerByteCount else {
            throw DecodingFailure("manifest of \(bytes.byteCount) bytes")
        }
        guard bytes.u64(0) == Self.magic else { throw DecodingFailure("no manifest magic") }
        let crc = ChecksummedPage.crc(of: bytes, crcOffset: 8)
        guard bytes.u32(8) == crc else {
            throw DecodingFailure("manifest CRC is \(bytes.u32(8)), computed \(crc)")
        }
        var input = ByteReader(bytes, "manifest")
        _ = try input.take(12)
        let version = try input.u32()
        guard version == 1 else { throw DecodingFailure("manifest version \(version)") }
        let month = try input.month()
        let count = Int(try input.u32())
        guard count <= Self.entriesMax, bytes.byteCount == Self.headerByteCount + count * Self.entryByteCount
        else { throw DecodingFailure("manifest of \(count) entries in \(bytes.byteCount) bytes") }
        self.init(
            month: month, generation: try input.u64(), previousHash: try input.hash(),
            ledger: try input.uuid(), isClosed: try input.flag(), entries: [])
        try input.zeros(12)
        statementHash = try input.hash()
        guard isClosed || statementHash == .zero else {
            throw DecodingFailure("a statement of an open month")
        }
        guard generation > 0 else { throw DecodingFailure("manifest generation 0") }
        try CounterBound.check(generation, "manifest generation")
        for _ in 0..<count { entries.append(try Self.decodeEntry(from: &input)) }
        try input.expectEnd()
        for (entry, next) in zip(entries, entries.dropFirst()) {
            guard entry.sequences.upperBound == next.sequences.lowerBound, entry.rootAfter == next.rootBefore,
                entry.lastTime < next.firstTime
            else { throw DecodingFailure("the segment at \(next.sequences.lowerBound) does not follow") }
        }
    }

    /// Reads a manifest that must be this month's, of this ledger.
    package init(decoding bytes: RawSpan, month: Month, ledger: LogUUID) throws(DecodingFailure) {
        try self.init(decoding: bytes)
        guard self.month == month, self.ledger == ledger else {
            throw DecodingFailure("manifest of \(self.month), ledger \(self.ledger)")
        }
    }

    private static func decodeEntry(from input: inout ByteReader) throws(DecodingFailure) -> Entry {
        let uuid = try input.uuid()
        let first = try input.u64()
        let end = try input.u64()
        try CounterBound.check(end, "manifest sequence")
        guard first < end else { throw DecodingFailure("manifest lists sequences \(first)..<\(end)") }
        return Entry(
            uuid: uuid, sequences: first..<end, firstTime: try input.u64(), lastTime: try input.u64(),
            byteCount: try input.u64(), fileHash: try input.hash(), rootBefore: try input.hash(),
            rootAfter: try input.hash(), isArchived: try input.flag(), isLocal: try input.flag(),
            createdTime: try input.u64())
    }
}
