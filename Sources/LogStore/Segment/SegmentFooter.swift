/// All sections of a segment's footer, decoded, and consistent with its tail and with each other.
///
/// A reader that needs only one section opens it alone: `tail.section(kind).open(…)` and the type's decoder.
package struct SegmentFooter: Sendable {
    package let tail: SegmentTail
    package let blocks: BlockIndex
    package let tiles: SegmentTiles
    package let filters: SegmentFilters
    package let totals: ControlTotals
    /// The tree before the segment; its root is `tail.rootBefore`.
    package let frontier: MerkleFrontier
    package let provenance: SegmentProvenance

    /// Reads the bytes from `tail.sectionsOffset` to `tail.tailOffset`.
    ///
    /// - Parameter cipher: the file's data key, nil if the file is not encrypted.
    package init(decoding source: RawSpan, tail: SegmentTail, cipher: AEADCipher?) throws(DecodingFailure) {
        guard UInt64(source.byteCount) == tail.tailOffset - tail.sectionsOffset else {
            throw DecodingFailure("\(source.byteCount) bytes of sections, the tail has others")
        }
        self.tail = tail
        blocks = try Self.section(.blockIndex, source, tail, cipher).withRawSpan {
            (span) throws(DecodingFailure) in try BlockIndex(decoding: span, tail: tail)
        }
        tiles = try Self.tiles(source, tail, cipher)
        filters = try SegmentFilters(
            blockFilters: Self.section(.blockFilters, source, tail, cipher),
            segmentFilter: Self.section(.segmentFilter, source, tail, cipher), tail: tail)
        totals = try Self.section(.controlTotals, source, tail, cipher).withRawSpan {
            (span) throws(DecodingFailure) in try ControlTotals(decoding: span)
        }
        frontier = try Self.section(.treeFrontier, source, tail, cipher).withRawSpan {
            (span) throws(DecodingFailure) in try MerkleFrontier(decoding: span)
        }
        provenance = try Self.section(.provenance, source, tail, cipher).withRawSpan {
            (span) throws(DecodingFailure) in try SegmentProvenance(decoding: span, shape: tail.shape)
        }
        try checkTotals()
        try checkRoots()
    }

    private static func section(
        _ kind: SegmentSection.Kind, _ source: RawSpan, _ tail: SegmentTail, _ cipher: AEADCipher?
    ) throws(DecodingFailure) -> [UInt8] {
        let section = tail.section(kind)
        // Contiguous and inside `source`: the tail's decoder and the check of the whole length saw to it.
        let start = Int(section.fileOffset - tail.sectionsOffset)
        return try section.open(
            source.extracting(start..<(start + section.storedByteCount)), fileUUID: tail.fileUUID,
            cipher: cipher)
    }

    private static func tiles(
        _ source: RawSpan, _ tail: SegmentTail, _ cipher: AEADCipher?
    ) throws(DecodingFailure) -> SegmentTiles {
        let edges = try section(.edgeLeaves, source, tail, cipher)
        return try section(.tileHashes, source, tail, cipher).withRawSpan {
            (hashes) throws(DecodingFailure) in
            try edges.withRawSpan { (edges) throws(DecodingFailure) in
                try SegmentTiles(tileHashes: hashes, edgeLeaves: edges, shape: tail.shape)
            }
        }
    }

    private func checkTotals() throws(DecodingFailure) {
        guard totals.eventCount == UInt64(tail.shape.eventCount), totals.firstTime == tail.firstTime,
            totals.lastTime == tail.lastTime
        else {
            throw DecodingFailure(
                "control totals of \(totals.eventCount) events for a segment of \(tail.shape.eventCount)")
        }
    }

    private func checkRoots() throws(DecodingFailure) {
        guard frontier.size == tail.shape.firstSequence, frontier.root == tail.rootBefore else {
            throw DecodingFailure(
                "the tree frontier of \(frontier.size) events does not have the root before the segment")
        }
        guard tiles.extend(frontier)?.root == tail.rootAfter else {
            throw DecodingFailure("the hashes of the segment do not lead to the root after it")
        }
    }
}
