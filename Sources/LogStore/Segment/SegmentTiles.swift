/// The Merkle hashes a segment keeps beside its events, so that proofs and roots need no block:
///
///     tile hashes   32 bytes for each tile completed in the segment: the root of its 256 leaves
///     edge leaves   32 bytes for each event of a first tile it did not begin, then of a last not completed
///
/// How many follows from the sequences (`SegmentShape`).
package struct SegmentTiles: Sendable, Equatable {
    /// The first is of tile `firstSequence >> 8`.
    package let tileHashes: [Hash256]
    /// Leaves from `firstSequence` on.
    package let headLeaves: [Hash256]
    /// Leaves from the last multiple of 256 on.
    package let tailLeaves: [Hash256]

    /// Reads the two sections of a segment of this shape.
    package init(
        tileHashes: RawSpan, edgeLeaves: RawSpan, shape: SegmentShape
    ) throws(DecodingFailure) {
        let (head, tail) = (shape.headLeafCount, shape.tailLeafCount)
        guard tileHashes.byteCount == shape.completedTileCount * 32,
            edgeLeaves.byteCount == (head + tail) * 32
        else {
            throw DecodingFailure(
                "\(tileHashes.byteCount) bytes of tile hashes and \(edgeLeaves.byteCount) of edge leaves for "
                    + "sequences \(shape.firstSequence) to \(shape.lastSequence)")
        }
        self.tileHashes = Self.hashes(tileHashes, 0..<shape.completedTileCount)
        headLeaves = Self.hashes(edgeLeaves, 0..<head)
        tailLeaves = Self.hashes(edgeLeaves, head..<(head + tail))
    }

    private static func hashes(_ source: RawSpan, _ range: Range<Int>) -> [Hash256] {
        range.map { Hash256(reading: source, at: $0 * 32) }
    }

    /// The tree after the segment, from the one before it; nil if the first tile's leaves and hash disagree.
    package func extend(_ before: MerkleFrontier) -> MerkleFrontier? {
        var frontier = before
        var completed: [Hash256] = []
        for leaf in headLeaves { frontier.append(leaf: leaf, completed: &completed) }
        guard tileHashes.starts(with: completed) else { return nil }
        for hash in tileHashes.dropFirst(completed.count) { frontier.append(subtree: hash, level: 8) }
        for leaf in tailLeaves { frontier.append(leaf: leaf) }
        return frontier
    }
}
