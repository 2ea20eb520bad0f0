/// The last 512 bytes of a sealed segment, never encrypted: an auditor without keys can check the chain of
/// roots, the file hash and the signature with them.
///
///     0    8    magic               "HFTAIL01"; also separates these signed bytes from any others
///     8    2    section count       8
///     10   2    flags               bit 0: encrypted
///     12   4    block count
///     16   16   file UUID
///     32   16   ledger UUID
///     48   8    first sequence
///     56   8    last sequence
///     64   8    first time
///     72   8    last time
///     80   32   root before         of the tree of all events before the first sequence
///     112  32   root after          of the tree up to and with the last sequence
///     144  8    tree size           last sequence + 1
///     152  8    tail offset         where these 512 bytes start in the file
///     160  32   file hash           SHA-256 of every byte before the tail
///     192  192  section table       8 entries of 24 bytes, contiguous up to the tail offset
///     384  8    index identifier    of the `EventIndex` behind filters and totals; 0 none
///     392  4    index version
///     396  36   zero
///     432  64   signature           Ed25519 over bytes 0 … 431
///     496  4    zero
///     500  4    CRC-32C             over bytes 0 … 499
///     504  8    magic               "HFSEGEND"
package struct SegmentTail: Sendable, Equatable {
    package let isEncrypted: Bool
    package let fileUUID: LogUUID
    package let ledgerUUID: LogUUID
    package let shape: SegmentShape
    package let firstTime: UInt64
    package let lastTime: UInt64
    package let rootBefore: Hash256
    package let rootAfter: Hash256
    package let fileHash: Hash256
    /// In the order of `SegmentSection.Kind`.
    package let sections: [SegmentSection]
    package let indexIdentifier: UInt64
    package let indexVersion: UInt32
    /// 64 bytes over the first `signedByteCount` of the tail; empty before signing.
    package private(set) var signature: [UInt8]

    package static let byteCount = 512
    package static let signedByteCount = 432
    package static let signatureByteCount = 64
    private static let magic: UInt64 = 0x3130_4C49_4154_4648
    private static let endMagic: UInt64 = 0x444E_4547_4553_4648
    private static let sectionTableOffset = 192

    init(
        isEncrypted: Bool, fileUUID: LogUUID, ledgerUUID: LogUUID, shape: SegmentShape, firstTime: UInt64,
        lastTime: UInt64, rootBefore: Hash256, rootAfter: Hash256, fileHash: Hash256,
        sections: [SegmentSection], indexIdentifier: UInt64, indexVersion: UInt32
    ) {
        self.isEncrypted = isEncrypted
        self.fileUUID = fileUUID
        self.ledgerUUID = ledgerUUID
        self.shape = shape
        self.firstTime = firstTime
        self.lastTime = lastTime
        self.rootBefore = rootBefore
        self.rootAfter = rootAfter
        self.fileHash = fileHash
        self.sections = sections
        self.indexIdentifier = indexIdentifier
        self.indexVersion = indexVersion
        signature = []
    }

    /// Where the sections begin: the end of the blocks.
    package var sectionsOffset: UInt64 { sections.first?.fileOffset ?? 0 }

    /// Where the tail begins: the end of the sections.
    package var tailOffset: UInt64 {
        sections.last.map { $0.fileOffset + UInt64($0.storedByteCount) } ?? 0
    }

    /// The whole file.
    package var fileByteCount: UInt64 { tailOffset + UInt64(Self.byteCount) }

    package func section(_ kind: SegmentSection.Kind) -> SegmentSection { sections[Int(kind.rawValue) - 1] }

    /// Writes the first 512 bytes of `target`, signed by `sign`, which gets the bytes to be signed and
    /// answers with 64 bytes.
    package mutating func encode(into target: inout MutableRawSpan, sign: (RawSpan) -> [UInt8]) {
        invariant(sections.map(\.kind) == SegmentSection.Kind.allCases, "a tail without all its sections")
        target.zero(0..<Self.byteCount)
        writeFields(to: &target)
        signature = sign(target.bytes.extracting(0..<Self.signedByteCount))
        invariant(signature.count == Self.signatureByteCount, "a signature of \(signature.count) bytes")
        signature.withRawSpan { target.copy(from: $0, at: Self.signedByteCount) }
        target.set(CRC32C.of(target.bytes.extracting(0..<500)), at: 500)
        target.set(Self.endMagic, at: 504)
    }

    private func writeFields(to target: inout MutableRawSpan) {
        target.set(Self.magic, at: 0)
        target.set(UInt16(sections.count), at: 8)
        target.set(isEncrypted ? 1 as UInt16 : 0, at: 10)
        target.set(UInt32(shape.blockCount), at: 12)
        fileUUID.write(to: &target, at: 16)
        ledgerUUID.write(to: &target, at: 32)
        target.set(shape.firstSequence, at: 48)
        target.set(shape.lastSequence, at: 56)
        target.set(firstTime, at: 64)
        target.set(lastTime, at: 72)
        rootBefore.write(to: &target, at: 80)
        rootAfter.write(to: &target, at: 112)
        target.set(shape.lastSequence + 1, at: 144)
        target.set(tailOffset, at: 152)
        fileHash.write(to: &target, at: 160)
        for (index, section) in sections.enumerated() {
            section.write(to: &target, at: Self.sectionTableOffset + index * SegmentSection.byteCount)
        }
        target.set(indexIdentifier, at: 384)
        target.set(indexVersion, at: 392)
    }

    /// Reads exactly the last 512 bytes of a segment. The signature is checked by the caller, who knows the
    /// public key.
    package init(decoding source: RawSpan) throws(DecodingFailure) {
        guard source.byteCount == Self.byteCount else {
            throw DecodingFailure("a segment tail takes \(Self.byteCount) bytes, found \(source.byteCount)")
        }
        guard source.u64(0) == Self.magic, source.u64(504) == Self.endMagic else {
            throw DecodingFailure("no magic at the start or end of the segment tail")
        }
        let computed = CRC32C.of(source.extracting(0..<500))
        guard source.u32(500) == computed else {
            throw DecodingFailure("segment tail CRC is \(source.u32(500)), its bytes give \(computed)")
        }
        try Self.checkFixedFields(source)
        let shape = try SegmentShape(firstSequence: source.u64(48), lastSequence: source.u64(56))
        let encrypted = source.u16(10) == 1
        self.init(
            isEncrypted: encrypted, fileUUID: LogUUID(reading: source, at: 16),
            ledgerUUID: LogUUID(reading: source, at: 32), shape: shape, firstTime: source.u64(64),
            lastTime: source.u64(72), rootBefore: Hash256(reading: source, at: 80),
            rootAfter: Hash256(reading: source, at: 112), fileHash: Hash256(reading: source, at: 160),
            sections: try Self.decodeSections(source, isEncrypted: encrypted),
            indexIdentifier: source.u64(384), indexVersion: source.u32(392))
        signature = source.extracting(Self.signedByteCount..<496).array()
        guard Int(source.u32(12)) == shape.blockCount, source.u64(144) == shape.lastSequence + 1 else {
            throw DecodingFailure("block count or tree size of the segment tail do not fit its sequences")
        }
        guard lastTime >= firstTime, lastTime - firstTime >= UInt64(shape.eventCount - 1) else {
            throw DecodingFailure("\(shape.eventCount) events from time \(firstTime) to \(lastTime)")
        }
    }

    private static func checkFixedFields(_ source: RawSpan) throws(DecodingFailure) {
        guard Int(source.u16(8)) == SegmentSection.Kind.allCases.count, source.u16(10) <= 1 else {
            throw DecodingFailure("segment tail with \(source.u16(8)) sections and flags \(source.u16(10))")
        }
        guard source.extracting(396..<signedByteCount).isZero, source.u32(496) == 0 else {
            throw DecodingFailure("reserved bytes of the segment tail are not zero")
        }
    }

    /// The sections lie one after the other, behind the blocks, up to the tail.
    private static func decodeSections(
        _ source: RawSpan, isEncrypted: Bool
    ) throws(DecodingFailure) -> [SegmentSection] {
        let tailOffset = source.u64(152)
        var offset = source.u64(sectionTableOffset + 8)
        guard offset >= UInt64(FileHeader.byteCount), offset <= tailOffset, tailOffset <= Int64.max else {
            throw DecodingFailure("sections from \(offset) to \(tailOffset)")
        }
        var sections: [SegmentSection] = []
        for (index, kind) in SegmentSection.Kind.allCases.enumerated() {
            let section = try SegmentSection(
                decoding: source, at: sectionTableOffset + index * SegmentSection.byteCount, kind: kind,
                fileOffset: offset, isEncrypted: isEncrypted)
            // No overflow: the offset is at most 2^63, and eight lengths below 2^32 are added to it.
            offset += UInt64(section.storedByteCount)
            sections.append(section)
        }
        guard offset == tailOffset else {
            throw DecodingFailure("sections end at \(offset), the tail begins at \(tailOffset)")
        }
        return sections
    }
}
