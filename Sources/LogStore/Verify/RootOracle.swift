/// Computes the root over the first n events, for n asked in ascending order: one pass over the hashes the
/// segments keep, and over the events behind them. Used by one thread.
struct RootOracle<Disk: Storage>: ~Copyable {
    private let source: LogSource<Disk>
    private var reader: LogReader<Disk>
    private var tree = MerkleFrontier()
    private let sealedEnd: UInt64

    init(source: LogSource<Disk>, sealedEnd: UInt64) {
        self.source = source
        self.sealedEnd = sealedEnd
        reader = LogReader(source: source, from: 0, windowBytes: 256 << 10)
    }

    /// nil if what is asked lies below what was asked before.
    mutating func root(over size: UInt64) throws(LogStoreError) -> Hash256? {
        if size == 0 { return MerkleFrontier.emptyRoot }
        guard size >= tree.size else { return nil }
        try advance(to: size)
        guard size > tree.size else { return tree.root }
        var edge = tree
        try hashLeaves(into: &edge, to: size)
        // In the write-ahead files no tile is known without reading it: keep what was read.
        if size > sealedEnd { tree = edge }
        return edge.root
    }

    /// Takes what footers know below `size`; the tree then ends in the same segment, or at the sealed end.
    private mutating func advance(to size: UInt64) throws(LogStoreError) {
        let last = min(size, sealedEnd)
        guard tree.size < last else { return }
        guard case .segment(let entry, let month) = source.catalog.locate(last - 1) else { return }
        let footer = try source.segments.open(entry, month).footer
        if tree.size < entry.sequences.lowerBound { tree = footer.frontier }
        appendTiles(of: footer, to: size)
    }

    private mutating func appendTiles(of footer: SegmentFooter, to size: UInt64) {
        let shape = footer.tail.shape
        if shape.lastSequence < size, let whole = footer.tiles.extend(footer.frontier) {
            tree = whole
            return
        }
        if tree.size == shape.firstSequence, shape.headLeafCount > 0 {
            guard shape.firstSequence + UInt64(shape.headLeafCount) <= size else { return }
            for leaf in footer.tiles.headLeaves { tree.append(leaf: leaf) }
        }
        let firstTile = shape.firstSequence >> 8
        while tree.size & 0xFF == 0, tree.size + MerkleFrontier.tileWidth <= size {
            let index = Int(tree.size >> 8 - firstTile)
            guard index < footer.tiles.tileHashes.count else { return }
            tree.append(subtree: footer.tiles.tileHashes[index], level: 8)
        }
    }

    private mutating func hashLeaves(into edge: inout MerkleFrontier, to size: UInt64) throws(LogStoreError) {
        reader.seek(to: edge.size)
        while edge.size < size {
            guard try reader.next() else {
                throw .notReadable(sequence: edge.size, reason: "beyond the readable end of the log")
            }
            var cursor = reader.run.makeCursor()
            while edge.size < size, let event = cursor.next() { edge.append(leaf: SHA256.leaf(event.bytes)) }
        }
    }
}
