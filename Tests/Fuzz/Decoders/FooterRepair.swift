import LogStore

/// Makes the end of a segment consistent again: sections where the tail says, checksums, roots.
enum FooterRepair {
    private static let kinds = SegmentSection.Kind.allCases

    private static func entry(_ index: Int, _ tail: Int) -> Int { tail + 192 + index * 24 }

    /// Fixed fields and the checksum of a tail.
    static func tail(_ bytes: inout [UInt8], at tail: Int) {
        guard bytes.count >= tail + SegmentTail.byteCount else { return }
        Repair.set(UInt16(kinds.count), at: tail + 8, in: &bytes)
        let (first, last) = bytes.withRawSpan { ($0.u64(tail + 48), $0.u64(tail + 56)) }
        Repair.set(UInt32(truncatingIfNeeded: (last >> 8) &- (first >> 8) &+ 1), at: tail + 12, in: &bytes)
        Repair.set(last &+ 1, at: tail + 144, in: &bytes)
        for offset in 396..<432 { bytes[tail + offset] = 0 }
        Repair.crc(&bytes, of: tail..<tail + 500, at: tail + 500)
    }

    /// The section table from `offset` on, with the lengths that stand in it.
    static func chainSections(_ bytes: inout [UInt8], tail: Int, from offset: UInt64) {
        var offset = offset & 0xFFFF_FFFF_FFFF
        let overhead = bytes[tail + 10] & 1 == 1 ? 16 : 0
        for (index, kind) in kinds.enumerated() {
            let place = entry(index, tail)
            let stored = max(Repair.u32(bytes, place + 16), overhead)
            Repair.set(kind.rawValue, at: place, in: &bytes)
            Repair.set(offset, at: place + 8, in: &bytes)
            Repair.set(UInt32(stored), at: place + 16, in: &bytes)
            Repair.set(UInt32(stored - overhead), at: place + 20, in: &bytes)
            offset += UInt64(stored)
        }
        Repair.set(offset, at: tail + 152, in: &bytes)
    }

    /// Puts the sections behind the blocks of the index, whose first time becomes the segment's.
    static func placeSections(_ bytes: inout [UInt8], index: Range<Int>, tail: Int) {
        var offset = UInt64(FileHeader.byteCount)
        for entry in stride(from: index.lowerBound, to: max(index.lowerBound, index.upperBound - 11), by: 12)
        {
            offset += UInt64(Repair.u32(bytes, entry + 8))
        }
        if index.count >= 8 {
            Repair.set(bytes.withRawSpan { $0.u64(index.lowerBound) }, at: tail + 64, in: &bytes)
        }
        chainSections(&bytes, tail: tail, from: offset)
    }

    /// A whole footer.
    static let all: @Sendable (inout [UInt8]) -> Void = { bytes in
        guard bytes.count >= SegmentTail.byteCount else { return }
        let tail = bytes.count - SegmentTail.byteCount
        bytes[tail + 10] = 0
        var ranges: [Range<Int>] = []
        for index in kinds.indices {
            let start = ranges.last?.upperBound ?? 0
            let isLast = index == kinds.count - 1
            let length = isLast ? tail - start : min(Repair.u32(bytes, entry(index, tail) + 16), tail - start)
            ranges.append(start..<start + length)
            Repair.set(UInt32(length), at: entry(index, tail) + 16, in: &bytes)
        }
        placeSections(&bytes, index: ranges[0], tail: tail)
        for (index, range) in ranges.enumerated() {
            Repair.crc(&bytes, of: range, at: entry(index, tail) + 4)
        }
        roots(&bytes, ranges, tail)
        FooterRepair.tail(&bytes, at: tail)
    }

    /// The roots the tree frontier and the hashes lead to, if they are well-formed.
    private static func roots(_ bytes: inout [UInt8], _ ranges: [Range<Int>], _ tail: Int) {
        let roots = decoded { () throws(DecodingFailure) in
            try bytes.withRawSpan { (span) throws(DecodingFailure) in
                let before = try MerkleFrontier(decoding: span.extracting(ranges[6]))
                let shape = try SegmentShape(
                    firstSequence: span.u64(tail + 48), lastSequence: span.u64(tail + 56))
                guard before.size == shape.firstSequence else { throw DecodingFailure("another size") }
                let tiles = try SegmentTiles(
                    tileHashes: span.extracting(ranges[1]), edgeLeaves: span.extracting(ranges[2]),
                    shape: shape)
                return (before.root, tiles.extend(before)?.root ?? .zero)
            }
        }
        guard let (before, after) = roots else { return }
        bytes.replaceSubrange(tail + 80..<tail + 144, with: before.bytes + after.bytes)
    }
}
