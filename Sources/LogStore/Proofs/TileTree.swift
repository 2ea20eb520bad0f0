/// Where tiles are fetched from: a directory, a web server, an archive.
package protocol TileSource<Failure> {
    associatedtype Failure: Error
    /// The whole tile of exactly this name and width.
    func bytes(of tile: Tile) throws(Failure) -> [UInt8]
}

/// Why a tile could not be used.
package enum TileFailure<Failure: Error>: Error {
    case fetch(Tile, Failure)
    case malformed(Tile, DecodingFailure)
}

/// The nodes of a tree of known size, taken from its tiles.
///
/// Tiles are believed as they come. Whoever does not trust their source compares `MerkleTree.root()` with the
/// root of a signed checkpoint, or verifies the proofs made from them against it. Used by one thread.
package final class TileTree<Source: TileSource>: MerkleNodeSource {
    private let source: Source
    private let size: UInt64
    /// The tiles last used; a proof touches at most two in each of eight levels.
    private var recent: [(tile: Tile, hashes: HashTile)] = []
    private var oldest = 0
    private static var recentMax: Int { 16 }

    package init(size: UInt64, tiles source: Source) {
        self.size = size
        self.source = source
    }

    package func node(level: Int, index: UInt64) throws(TileFailure<Source.Failure>) -> Hash256 {
        invariant((0..<64).contains(level), "level \(level)")
        invariant(index < size >> UInt64(level), "node \(level), \(index) in a tree of \(size)")
        // The node is the root over 2^height hashes of the tile level below it.
        let tileLevel = level / Tile.height
        let height = level % Tile.height
        let firstHash = index << UInt64(height)
        let hashCount = size >> UInt64(tileLevel * Tile.height)
        let tileIndex = firstHash / UInt64(Tile.widthMax)
        let width = min(hashCount - tileIndex * UInt64(Tile.widthMax), UInt64(Tile.widthMax))
        let tile = Tile(.hashes(level: tileLevel), index: tileIndex, width: Int(width))
        return try hashes(of: tile).root(from: Int(firstHash % UInt64(Tile.widthMax)), height: height)
    }

    private func hashes(of tile: Tile) throws(TileFailure<Source.Failure>) -> HashTile {
        if let known = recent.first(where: { $0.tile == tile }) { return known.hashes }
        let bytes: [UInt8]
        do throws(Source.Failure) {
            bytes = try source.bytes(of: tile)
        } catch {
            throw .fetch(tile, error)
        }
        let hashes: HashTile
        do throws(DecodingFailure) {
            hashes = try HashTile(decoding: bytes, width: tile.width)
        } catch {
            throw .malformed(tile, error)
        }
        if recent.count < Self.recentMax {
            recent.append((tile, hashes))
        } else {
            recent[oldest] = (tile, hashes)
            oldest = (oldest + 1) % Self.recentMax
        }
        return hashes
    }
}
