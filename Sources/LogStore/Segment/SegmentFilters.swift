/// The key filters of a segment: one for all its keys, and one for each block.
///
///     block filters    per block 4 bytes: where its filter ends, in buckets; then all buckets
///     segment filter   buckets only
///
/// A block without keys has no bucket and is never searched.
package struct SegmentFilters: Sendable, Equatable {
    private let segment: [UInt8]
    private let blocks: [UInt8]
    private let blockCount: Int
    private let seed: KeySeed

    static let endByteCount = 4

    /// Takes the two plain sections of a segment with this tail.
    package init(
        blockFilters: [UInt8], segmentFilter: [UInt8], tail: SegmentTail
    ) throws(DecodingFailure) {
        (segment, blocks) = (segmentFilter, blockFilters)
        (blockCount, seed) = (tail.shape.blockCount, KeySeed(fileUUID: tail.fileUUID))
        guard segmentFilter.count % KeyFilter.bucketByteCount == 0 else {
            throw DecodingFailure("a segment filter of \(segmentFilter.count) bytes")
        }
        let head = blockCount * Self.endByteCount
        guard blockFilters.count >= head else {
            throw DecodingFailure("block filters of \(blockFilters.count) bytes for \(blockCount) blocks")
        }
        var end = 0
        for block in 0..<blockCount {
            let next = Self.end(ofBlock: block, in: blockFilters)
            guard next >= end else { throw DecodingFailure("the filter of block \(block) ends at \(next)") }
            end = next
        }
        guard blockFilters.count == head + end * KeyFilter.bucketByteCount else {
            throw DecodingFailure("\(end) buckets of block filters in \(blockFilters.count) bytes")
        }
    }

    private static func end(ofBlock block: Int, in bytes: [UInt8]) -> Int {
        bytes.withRawSpan { Int($0.u32(block * endByteCount)) }
    }

    /// What the filters know a key by.
    package func hash(_ key: IndexKey) -> UInt64 { key.hash(seed: seed) }

    /// Whether any event of the segment may have the key; false is certain.
    package func segmentMayContain(_ hash: UInt64) -> Bool {
        segment.withRawSpan {
            KeyFilter.mayContain(
                hash, in: $0, at: 0, bucketCount: $0.byteCount / KeyFilter.bucketByteCount)
        }
    }

    /// Whether any event of the block may have the key; false is certain.
    package func blockMayContain(_ hash: UInt64, block: Int) -> Bool {
        invariant((0..<blockCount).contains(block), "block \(block) of \(blockCount)")
        let start = block == 0 ? 0 : Self.end(ofBlock: block - 1, in: blocks)
        let end = Self.end(ofBlock: block, in: blocks)
        return blocks.withRawSpan {
            KeyFilter.mayContain(
                hash, in: $0, at: blockCount * Self.endByteCount + start * KeyFilter.bucketByteCount,
                bucketCount: end - start)
        }
    }
}
