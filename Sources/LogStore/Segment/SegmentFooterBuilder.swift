/// Gathers a segment's footer while its blocks stream by, then encodes it.
///
///     builder.begin(fileUUID:, frontier:)          the tree before the first event
///     builder.add(run, blockByteCount:)            each block, in order
///     let sections = builder.encodeSections(…)     written behind the last block
///     var tail = builder.makeTail(…)               with the hash of everything written; encode, sign, write
///
/// Reusable: nothing is allocated per event or block once it is warm. At most 16 hashes of 8 bytes are kept
/// per event until the segment filter is made. Used by one thread at a time.
package struct SegmentFooterBuilder<Index: EventIndex>: ~Copyable {
    private let index: Index
    private var fileUUID = LogUUID.zero
    private var seed = KeySeed(fileUUID: .zero)
    private var frontierBefore = MerkleFrontier()
    /// The tree up to the last event added.
    package private(set) var frontier = MerkleFrontier()
    /// Of the events added.
    package private(set) var totals = ControlTotals()
    private var blocks = BlockIndex()
    private var tileHashes: [Hash256] = []
    /// Leaves of a first tile begun in an earlier segment.
    private var headLeaves: [Hash256] = []
    /// Leaves of the tile that is not complete yet.
    private var openLeaves: [Hash256] = []
    private var facts = EventFacts()
    private var blockHashes = KeyHashSet()
    private var segmentHashes = SegmentKeyHashes()
    private var blockFilterEnds: [UInt32] = []
    private var blockFilters: [UInt8] = []
    private var plain: [UInt8] = []

    package init(index: Index) {
        self.index = index
        openLeaves.reserveCapacity(256)
    }

    /// Forgets the last segment and begins a new one.
    ///
    /// - Parameter frontier: the tree of all events before the segment; its size is the first sequence.
    package mutating func begin(fileUUID: LogUUID, frontier: MerkleFrontier) {
        self.fileUUID = fileUUID
        seed = KeySeed(fileUUID: fileUUID)
        frontierBefore = frontier
        self.frontier = frontier
        totals.removeAll()
        blocks.removeAll()
        tileHashes.removeAll(keepingCapacity: true)
        headLeaves.removeAll(keepingCapacity: true)
        openLeaves.removeAll(keepingCapacity: true)
        segmentHashes.removeAll()
        blockFilterEnds.removeAll(keepingCapacity: true)
        blockFilters.removeAll(keepingCapacity: true)
    }

    /// Adds the next block. It ends at a multiple of 256, unless it is the segment's last.
    package mutating func add(_ run: EventRun, blockByteCount: Int) {
        let end = run.firstSequence + UInt64(run.count)
        invariant(run.firstSequence == frontier.size, "block at \(run.firstSequence), not \(frontier.size)")
        invariant(
            totals.eventCount == 0 || run.firstSequence & 0xFF == 0,
            "block at \(run.firstSequence) inside a segment")
        invariant(run.count > 0 && run.firstSequence >> 8 == (end - 1) >> 8, "\(run.count) events in a block")
        invariant(end - frontierBefore.size <= UInt64(SegmentShape.eventCountMax), "the segment is full")
        let times = run.timeRange
        invariant(totals.eventCount == 0 || times.lowerBound > totals.lastTime, "a block out of time order")
        blocks.append(firstTime: times.lowerBound, byteCount: blockByteCount)
        blockHashes.removeAll()
        var cursor = run.makeCursor()
        while let event = cursor.next() { add(event) }
        if end & 0xFF == 0 { closeTile() }
        makeBlockFilter()
    }

    /// Leaf, keys and amounts of one event.
    @inline(__always)
    private mutating func add(_ event: borrowing EventView) {
        let leaf = SHA256.leaf(event.bytes)
        openLeaves.append(leaf)
        frontier.append(leaf: leaf, completed: &tileHashes)
        let header = event.header
        totals.countEvent(time: header.time)
        facts.removeAll()
        if header.type < EventHeader.reservedTypeMin { index.describe(event, into: &facts) }
        for position in 0..<facts.keyCount { blockHashes.insert(facts.key(position).hash(seed: seed)) }
        if facts.totalCount == 0 { totals.add(type: header.type, currency: 0, amount: 0) }
        for position in 0..<facts.totalCount {
            let total = facts.total(position)
            totals.add(type: header.type, currency: total.currency, amount: total.amount)
        }
    }

    private mutating func closeTile() {
        if openLeaves.count < 256 { headLeaves.append(contentsOf: openLeaves) }
        openLeaves.removeAll(keepingCapacity: true)
    }

    private mutating func makeBlockFilter() {
        let buckets = KeyFilter.bucketCount(
            keys: blockHashes.elements.count, bitsPerKey: KeyFilter.blockBitsPerKey)
        let start = blockFilters.count
        blockFilters.append(contentsOf: repeatElement(0, count: buckets * KeyFilter.bucketByteCount))
        blockFilterEnds.append(UInt32(blockFilters.count / KeyFilter.bucketByteCount))
        blockFilters.withMutableRawSpan { filters in
            for hash in blockHashes.elements {
                KeyFilter.insert(hash, into: &filters, at: start, bucketCount: buckets)
            }
        }
        segmentHashes.append(blockHashes.elements)
    }

    /// Where the next block, or after the last one the sections, begin.
    package var endOfBlocks: UInt64 { blocks.end }

    /// Sequences added so far.
    private var shape: SegmentShape {
        invariant(frontier.size > frontierBefore.size, "a segment without events")
        do throws(DecodingFailure) {
            return try SegmentShape(
                firstSequence: frontierBefore.size, lastSequence: frontier.size - 1)
        } catch { invariantViolated("\(error)") }
    }

    /// Replaces `output` with the bytes of all sections, which go to `endOfBlocks`.
    package mutating func encodeSections(
        provenance: SegmentProvenance, cipher: AEADCipher?, into output: inout [UInt8]
    ) -> [SegmentSection] {
        invariant(provenance.covers(shape), "sources \(provenance.sources) of \(shape)")
        output.removeAll(keepingCapacity: true)
        return SegmentSection.Kind.allCases.map { kind in
            let length = fillPlain(kind, provenance)
            let offset = blocks.end + UInt64(output.count)
            return plain.withRawSpan {
                SegmentSection(
                    sealing: $0.extracting(0..<length), kind: kind, fileOffset: offset, fileUUID: fileUUID,
                    cipher: cipher, appendingTo: &output)
            }
        }
    }

    /// The plain bytes of a section at the start of `plain`; says how many.
    private mutating func fillPlain(_ kind: SegmentSection.Kind, _ provenance: SegmentProvenance) -> Int {
        switch kind {
        case .blockIndex: fill(blocks.encodedByteCount) { [blocks] in blocks.encode(into: &$0) }
        case .tileHashes: fillHashes(tileHashes)
        case .edgeLeaves: fillHashes(headLeaves + openLeaves)
        case .blockFilters: fillBlockFilters()
        case .segmentFilter: fillSegmentFilter()
        case .controlTotals: fill(totals.encodedByteCount) { [totals] in totals.encode(into: &$0) }
        case .treeFrontier:
            fill(frontierBefore.encodedByteCount) { [frontierBefore] in frontierBefore.write(to: &$0, at: 0) }
        case .provenance: fill(provenance.encodedByteCount) { provenance.encode(into: &$0) }
        }
    }

    private mutating func fill(_ byteCount: Int, _ write: (inout MutableRawSpan) -> Void) -> Int {
        plain.grow(to: byteCount)
        plain.withMutableRawSpan { write(&$0) }
        return byteCount
    }

    private mutating func fillHashes(_ hashes: [Hash256]) -> Int {
        fill(hashes.count * 32) { span in
            for (index, hash) in hashes.enumerated() { hash.write(to: &span, at: index * 32) }
        }
    }

    private mutating func fillBlockFilters() -> Int {
        let head = blockFilterEnds.count * SegmentFilters.endByteCount
        return fill(head + blockFilters.count) { [blockFilterEnds, blockFilters] span in
            for (block, end) in blockFilterEnds.enumerated() {
                span.set(end, at: block * SegmentFilters.endByteCount)
            }
            blockFilters.withRawSpan { span.copy(from: $0, at: head) }
        }
    }

    private mutating func fillSegmentFilter() -> Int {
        let buckets = KeyFilter.bucketCount(
            keys: segmentHashes.distinctCount(), bitsPerKey: KeyFilter.segmentBitsPerKey)
        let byteCount = buckets * KeyFilter.bucketByteCount
        plain.grow(to: byteCount)
        plain.withMutableRawSpan { span in
            span.zero(0..<byteCount)
            for hash in segmentHashes.elements {
                KeyFilter.insert(hash, into: &span, at: 0, bucketCount: buckets)
            }
        }
        return byteCount
    }

    /// The unsigned tail.
    ///
    /// - Parameter fileHash: SHA-256 of header, blocks and sections as they were written.
    package func makeTail(
        sections: [SegmentSection], ledgerUUID: LogUUID, fileHash: Hash256, isEncrypted: Bool
    ) -> SegmentTail {
        SegmentTail(
            isEncrypted: isEncrypted, fileUUID: fileUUID, ledgerUUID: ledgerUUID, shape: shape,
            firstTime: totals.firstTime, lastTime: totals.lastTime, rootBefore: frontierBefore.root,
            rootAfter: frontier.root, fileHash: fileHash, sections: sections,
            indexIdentifier: Index.identifier, indexVersion: Index.version)
    }
}
