/// What follows from a segment's first and last sequence alone: how many blocks, tiles and edge leaves.
///
/// A tile is the 256 events of one `sequence >> 8`; a block holds a segment's part of a tile. Example,
/// sequences 500 … 800: blocks 500–511, 512–767, 768–800; two tiles completed; 12 head and 33 tail leaves.
package struct SegmentShape: Sendable, Equatable {
    package let firstSequence: UInt64
    package let lastSequence: UInt64

    package static let eventCountMax = 1 << 20
    /// Far beyond any log, far below overflow.
    package static let sequenceMax: UInt64 = 1 << 62

    package init(firstSequence: UInt64, lastSequence: UInt64) throws(DecodingFailure) {
        guard firstSequence <= lastSequence, lastSequence < Self.sequenceMax,
            lastSequence - firstSequence < UInt64(Self.eventCountMax)
        else { throw DecodingFailure("a segment of sequences \(firstSequence) to \(lastSequence)") }
        self.firstSequence = firstSequence
        self.lastSequence = lastSequence
    }

    package var eventCount: Int { Int(lastSequence - firstSequence) + 1 }

    package var blockCount: Int { Int(lastSequence >> 8 - firstSequence >> 8) + 1 }

    /// Tiles whose last event is in the segment; the first may have begun in an earlier one.
    package var completedTileCount: Int { Int((lastSequence + 1) >> 8 - firstSequence >> 8) }

    /// Events in the first tile if the segment does not begin it; those of the whole segment if it also does
    /// not end it.
    package var headLeafCount: Int {
        let begun = Int(firstSequence & 0xFF)
        return begun == 0 ? 0 : min(256 - begun, eventCount)
    }

    /// Events in the last tile if the segment begins but does not complete it.
    package var tailLeafCount: Int {
        headLeafCount == eventCount ? 0 : Int((lastSequence + 1) & 0xFF)
    }

    /// The block that holds `sequence`, which must be in the segment.
    package func blockNumber(of sequence: UInt64) -> Int {
        invariant(
            (firstSequence...lastSequence).contains(sequence),
            "sequence \(sequence) is not in \(firstSequence)...\(lastSequence)")
        return Int(sequence >> 8 - firstSequence >> 8)
    }

    /// The sequences of a block.
    package func sequences(ofBlock number: Int) -> ClosedRange<UInt64> {
        invariant((0..<blockCount).contains(number), "block \(number) of \(blockCount)")
        let tileStart = (firstSequence >> 8 + UInt64(number)) << 8
        return max(tileStart, firstSequence)...min(tileStart + 255, lastSequence)
    }
}
