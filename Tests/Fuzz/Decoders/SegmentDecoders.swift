import LogStore

extension FuzzDecoder {
    static let segmentDecoders = [
        segmentTail, segmentFooter, blockIndex, segmentTiles, segmentFilters, controlTotals, treeFrontier,
        provenance,
    ]

    static let segmentTail = FuzzDecoder(
        "segment-tail", byteCountMax: SegmentTail.byteCount,
        judge: { bytes in
            accepts(bytes) { (span) throws(DecodingFailure) in
                var tail = try SegmentTail(decoding: span)
                invariant(tail.fileByteCount > tail.tailOffset, "file length")
                invariant(tail.sectionsOffset <= tail.tailOffset, "sections")
                let shape = tail.shape
                invariant((1...4097).contains(shape.blockCount), "\(shape.blockCount) blocks")
                invariant(shape.sequences(ofBlock: shape.blockCount - 1).count > 0, "last block")
                let signature = tail.signature
                var again = [UInt8](repeating: 0xEE, count: SegmentTail.byteCount)
                again.withMutableRawSpan { tail.encode(into: &$0) { _ in signature } }
                expectSame(again, span, "tail")
            }
        },
        repair: { bytes in
            Repair.resize(&bytes, to: SegmentTail.byteCount)
            FooterRepair.chainSections(&bytes, tail: 0, from: bytes.withRawSpan { $0.u64(200) })
            FooterRepair.tail(&bytes, at: 0)
        },
        samples: {
            try [false, true].map {
                Array(try Samples.segment(encrypted: $0).footer.suffix(SegmentTail.byteCount))
            }
        })

    /// The end of a segment file: all sections, then the tail. Not encrypted.
    static let segmentFooter = FuzzDecoder(
        "segment-footer", byteCountMax: 8192,
        judge: { bytes in
            withTail(bytes) { (sections, tail) throws(DecodingFailure) in
                guard !tail.isEncrypted else { throw DecodingFailure("encrypted") }
                let footer = try SegmentFooter(decoding: sections, tail: tail, cipher: nil)
                probe(footer.filters, tail.shape)
                invariant(footer.blocks.places.count == tail.shape.blockCount, "blocks")
            }
        },
        repair: FooterRepair.all, samples: { [try Samples.segment(encrypted: false).footer] })

    // One section, plain, then the tail.

    static let blockIndex = section("block-index", [.blockIndex]) { section, tail throws(DecodingFailure) in
        let blocks = try BlockIndex(decoding: section, tail: tail)
        invariant(blocks.block(atOrBefore: tail.lastTime) == blocks.places.count - 1, "last block")
        invariant(tail.firstTime == 0 || blocks.block(atOrBefore: tail.firstTime - 1) == nil, "first block")
        for place in blocks.places { invariant(place.fileOffset < tail.sectionsOffset, "place") }
    }

    static let segmentTiles = section("segment-tiles", [.tileHashes, .edgeLeaves]) {
        section, tail throws(DecodingFailure) in
        let split = min(section.byteCount, tail.shape.completedTileCount * 32)
        let tiles = try SegmentTiles(
            tileHashes: section.extracting(0..<split),
            edgeLeaves: section.extracting(split..<section.byteCount),
            shape: tail.shape)
        var frontier = MerkleFrontier()
        guard tail.shape.firstSequence < 4096 else { return }
        for number in 0..<tail.shape.firstSequence {
            frontier.append(leaf: Hash256(words: (number, 0, 0, 0)))
        }
        invariant(tiles.extend(frontier).map { $0.size == tail.shape.lastSequence + 1 } ?? true, "tree size")
    }

    static let segmentFilters = section("segment-filters", [.blockFilters, .segmentFilter]) {
        section, tail throws(DecodingFailure) in
        // The block filters say how long they are; what is left is the segment filter.
        let head = tail.shape.blockCount * 4
        guard section.byteCount >= head else { throw DecodingFailure("no block filters") }
        let buckets = Int(section.u32(head - 4))
        let split = min(section.byteCount, head + buckets * 32)
        let filters = try SegmentFilters(
            blockFilters: section.extracting(0..<split).array(),
            segmentFilter: section.extracting(split..<section.byteCount).array(), tail: tail)
        probe(filters, tail.shape)
    }

    static let provenance = section("segment-provenance", [.provenance]) {
        section, tail throws(DecodingFailure) in
        let provenance = try SegmentProvenance(decoding: section, shape: tail.shape)
        invariant(!provenance.sources.isEmpty, "no sources")
    }

    static let controlTotals = FuzzDecoder(
        "control-totals",
        judge: { bytes in
            accepts(bytes) { (span) throws(DecodingFailure) in
                let totals = try ControlTotals(decoding: span)
                var again = [UInt8](repeating: 0xEE, count: totals.encodedByteCount)
                again.withMutableRawSpan { totals.encode(into: &$0) }
                expectSame(again, span, "control totals")
                // As often as a month has segments.
                var sum = totals
                for _ in 0..<8 { sum.merge(totals) }
            }
        },
        repair: { bytes in
            guard bytes.count >= 32 else { return }
            let count = (bytes.count - 32) / 32
            Repair.resize(&bytes, to: 32 + count * 32)
            Repair.set(UInt64(count), at: 24, in: &bytes)
            for row in 0..<count { Repair.set(0 as UInt32, at: 36 + row * 32, in: &bytes) }
        },
        samples: { [0, 1, 5].map(Samples.controlTotals) })

    static let treeFrontier = FuzzDecoder(
        "tree-frontier",
        judge: { bytes in
            accepts(bytes) { (span) throws(DecodingFailure) in
                let frontier = try MerkleFrontier(decoding: span)
                var again = [UInt8](repeating: 0xEE, count: frontier.encodedByteCount)
                again.withMutableRawSpan { frontier.write(to: &$0, at: 0) }
                expectSame(again, span, "frontier")
                _ = frontier.root
                var grown = frontier
                if grown.size < MerkleFrontier.sizeMax { grown.append(leaf: .zero) }
            }
        },
        repair: { bytes in
            guard bytes.count >= 8 else { return }
            let bits = bytes.withRawSpan { $0.u64(0) }.nonzeroBitCount
            Repair.resize(&bytes, to: 8 + bits * 32)
        },
        samples: { [0, 1, 11, 255].map(Samples.frontier) })

    // MARK: -

    private static func section(
        _ name: String, _ kinds: [SegmentSection.Kind],
        _ decode: @escaping @Sendable (RawSpan, SegmentTail) throws(DecodingFailure) -> Void
    ) -> FuzzDecoder {
        FuzzDecoder(
            name,
            judge: { bytes in
                withTail(bytes) { (span, tail) throws(DecodingFailure) in try decode(span, tail) }
            },
            repair: { bytes in
                guard bytes.count >= SegmentTail.byteCount else { return }
                let tail = bytes.count - SegmentTail.byteCount
                if kinds == [.blockIndex] { FooterRepair.placeSections(&bytes, index: 0..<tail, tail: tail) }
                FooterRepair.tail(&bytes, at: tail)
            },
            samples: { [try Samples.section(kinds)] })
    }

    /// Everything before the last 512 bytes, and those as a tail.
    private static func withTail(
        _ bytes: [UInt8], _ body: (RawSpan, SegmentTail) throws(DecodingFailure) -> Void
    ) -> Bool {
        accepts(bytes) { (span) throws(DecodingFailure) in
            let split = max(0, span.byteCount - SegmentTail.byteCount)
            let tail = try SegmentTail(decoding: span.extracting(split..<span.byteCount))
            try body(span.extracting(0..<split), tail)
        }
    }

    private static func probe(_ filters: SegmentFilters, _ shape: SegmentShape) {
        for value in [0, 1, 42, .max] as [UInt64] {
            let hash = filters.hash(IndexKey(kind: 1, value: value))
            _ = filters.segmentMayContain(hash)
            for block in 0..<shape.blockCount { _ = filters.blockMayContain(hash, block: block) }
        }
    }
}
