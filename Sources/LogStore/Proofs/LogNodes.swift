/// The Merkle tree's nodes out of the log itself: leaves from events, subtrees from segments' footers, from
/// the running tree, or by hashing.
///
/// Published tiles, if given, spare most of that; they are believed as they come, so whoever gives them
/// verifies the result. Good for any tree size up to what is readable. Used by one thread.
package final class LogNodes<Disk: Storage>: MerkleNodeSource {
    private let source: LogSource<Disk>
    private let tree: LogTree?
    private var reader: LogReader<Disk>
    /// Leaves of the tile last hashed.
    private var leaves: [Hash256] = []
    private var leavesTile: UInt64?
    /// Subtrees of the segment last asked, the first being number `firstSubtree`.
    private var subtrees: [Hash256] = []
    private var firstSubtree: UInt64 = 0
    private let tiles: PublishedTiles<Disk>?

    /// - Parameters:
    ///   - tree: the running log's tree, which knows subtrees that no segment holds yet.
    ///   - tiles: the directory of published tiles; nil to use none.
    package init(source: LogSource<Disk>, tree: LogTree?, tiles: StoragePath? = nil) {
        self.source = source
        self.tiles = tiles.map { PublishedTiles(disk: source.disk, directory: $0) }
        self.tree = tree
        reader = LogReader(source: source, from: 0, windowBytes: 64 << 10)
    }

    package func node(level: Int, index: UInt64) throws(LogStoreError) -> Hash256 {
        if level == 8, let known = try subtree(index) { return known }
        if level >= 8, let known = try tiles?.node(level: level, index: index) { return known }
        if level == 0 { return try leaf(index) }
        return SHA256.node(
            try node(level: level - 1, index: index * 2), try node(level: level - 1, index: index * 2 + 1))
    }

    /// The root of a complete tile of 256 leaves, if something already knows it.
    private func subtree(_ tile: UInt64) throws(LogStoreError) -> Hash256? {
        if let hash = tree?.subtree(tile) { return hash }
        if tile >= firstSubtree, tile - firstSubtree < UInt64(subtrees.count) {
            return subtrees[Int(tile - firstSubtree)]
        }
        // The segment in which the tile's last event lies has completed it.
        let last = tile << 8 | 0xFF
        guard case .segment(let entry, let month) = source.catalog.locate(last) else { return nil }
        let footer = try source.segments.open(entry, month).footer
        let first = footer.tail.shape.firstSequence >> 8
        guard tile >= first, tile - first < UInt64(footer.tiles.tileHashes.count) else { return nil }
        (subtrees, firstSubtree) = (footer.tiles.tileHashes, first)
        return subtrees[Int(tile - first)]
    }

    /// The hashes of a full tile of level 1 or up.
    func tile(_ tile: Tile, level: Int) throws(LogStoreError) -> HashTile {
        var hashes: [Hash256] = []
        for index in 0..<UInt64(Tile.widthMax) {
            hashes.append(
                try node(level: level * Tile.height, index: tile.index * UInt64(Tile.widthMax) + index))
        }
        return HashTile(hashes: hashes)
    }

    /// Which of the tiles used say something else than the log, which `log` reads without tiles.
    func wrongTiles(against log: LogNodes) throws(LogStoreError) -> [Damage] {
        guard let tiles else { return [] }
        var damages: [Damage] = []
        for (tile, hashes) in tiles.used {
            guard case .hashes(let level) = tile.content else { continue }
            let right = try log.tile(tile, level: level)
            guard let place = zip(hashes.hashes, right.hashes).enumerated().first(where: { $1.0 != $1.1 })
            else { continue }
            damages.append(
                Damage(
                    file: tiles.path(of: tile), offset: UInt64(place.offset * 32),
                    "hash \(place.element.0), the log has \(place.element.1)"))
        }
        return damages
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
