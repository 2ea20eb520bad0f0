/// The Merkle tree's nodes out of the log itself: leaves from events, subtrees from segments' footers, from
/// the running tree, or by hashing.
///
/// Good for any tree size up to what is readable; nothing is cached. Used by one thread.
package final class LogNodes<Disk: Storage>: MerkleNodeSource {
    private let source: LogSource<Disk>
    private let tree: LogTree?
    private var reader: LogReader<Disk>
    /// Leaves of the tile last hashed.
    private var leaves: [Hash256] = []
    private var leavesTile: UInt64?

    /// - Parameter tree: the running log's tree, which knows subtrees that no segment holds yet.
    package init(source: LogSource<Disk>, tree: LogTree?) {
        self.source = source
        self.tree = tree
        reader = LogReader(source: source, from: 0, windowBytes: 64 << 10)
    }

    package func node(level: Int, index: UInt64) throws(LogStoreError) -> Hash256 {
        if level == 8, let known = try subtree(index) { return known }
        if level == 0 { return try leaf(index) }
        return SHA256.node(
            try node(level: level - 1, index: index * 2), try node(level: level - 1, index: index * 2 + 1))
    }

    /// The root of a complete tile of 256 leaves, if something already knows it.
    private func subtree(_ tile: UInt64) throws(LogStoreError) -> Hash256? {
        if let hash = tree?.subtree(tile) { return hash }
        // The segment in which the tile's last event lies has completed it.
        let last = tile << 8 | 0xFF
        guard case .segment(let entry, let month) = source.catalog.locate(last) else { return nil }
        let footer = try source.segments.open(entry, month).footer
        let first = footer.tail.shape.firstSequence >> 8
        guard tile >= first, tile - first < UInt64(footer.tiles.tileHashes.count) else { return nil }
        return footer.tiles.tileHashes[Int(tile - first)]
    }

    private func leaf(_ index: UInt64) throws(LogStoreError) -> Hash256 {
        let tile = index >> 8
        let offset = Int(index & 0xFF)
        if leavesTile != tile || offset >= leaves.count { try hashLeaves(of: tile) }
        guard offset < leaves.count else {
            throw .notReadable(sequence: index, reason: "beyond the readable end of the log")
        }
        return leaves[offset]
    }

    private func hashLeaves(of tile: UInt64) throws(LogStoreError) {
        leaves.removeAll(keepingCapacity: true)
        leavesTile = tile
        while leaves.count < 256 {
            let position = (tile << 8) + UInt64(leaves.count)
            if try takeEdgeLeaves(from: position) { continue }
            reader.seek(to: position)
            guard try reader.next() else { return }
            var cursor = reader.run.makeCursor()
            while leaves.count < 256, let event = cursor.next() { leaves.append(SHA256.leaf(event.bytes)) }
        }
    }

    /// Of a tile that an evicted segment has begun or ended, the stub keeps the leaves.
    private func takeEdgeLeaves(from position: UInt64) throws(LogStoreError) -> Bool {
        guard case .segment(let entry, let month) = source.catalog.locate(position), !entry.isLocal else {
            return false
        }
        let footer = try source.segments.open(entry, month).footer
        let shape = footer.tail.shape
        let inHead = position - shape.firstSequence < UInt64(shape.headLeafCount)
        let first = inHead ? shape.firstSequence : ((shape.lastSequence + 1) >> 8) << 8
        let kept = inHead ? footer.tiles.headLeaves : footer.tiles.tailLeaves
        guard position >= first, position - first < UInt64(kept.count) else { return false }
        leaves.append(contentsOf: kept[Int(position - first)...])
        return true
    }
}
