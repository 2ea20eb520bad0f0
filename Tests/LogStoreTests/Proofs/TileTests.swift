import LogStore
import Testing

/// Tiles in memory, cut from a stored tree of `size` leaves.
private struct StoredTiles: TileSource {
    struct Missing: Error, Equatable { let tile: Tile }
    let tree: StoredTree
    let size: Int
    /// Applied to every tile handed out.
    var damage: @Sendable ([UInt8]) -> [UInt8] = { $0 }

    func bytes(of tile: Tile) throws(Missing) -> [UInt8] {
        guard case .hashes(let level) = tile.content else { throw Missing(tile: tile) }
        let count = size >> (8 * level)
        let start = Int(tile.index) * 256
        guard start + tile.width <= count, tile.width == 256 || start + tile.width == count else {
            throw Missing(tile: tile)
        }
        return damage(HashTile(hashes: Array(tree.levels[8 * level][start..<(start + tile.width)])).bytes)
    }
}

@Suite struct TileTests {
    @Test func `paths are the ones C2SP describes`() throws {
        let paths: [(Tile, String)] = [
            (Tile(.hashes(level: 0), index: 0), "tile/0/000"),
            (Tile(.hashes(level: 0), index: 999, width: 1), "tile/0/999.p/1"),
            (Tile(.hashes(level: 1), index: 1000, width: 255), "tile/1/x001/000.p/255"),
            (Tile(.hashes(level: 3), index: 1_234_067), "tile/3/x001/x234/067"),
            (Tile(.entries, index: 1_234_067, width: 112), "tile/entries/x001/x234/067.p/112"),
            (Tile(.hashes(level: 63), index: 1_000_000), "tile/63/x001/x000/000"),
            (Tile(.entries, index: .max), "tile/entries/x018/x446/x744/x073/x709/x551/615"),
        ]
        for (tile, path) in paths {
            #expect(tile.path == path)
            #expect(try Tile(path: path) == tile)
        }
    }

    @Test func `every other spelling of a path is refused`() {
        for bad in [
            "", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/x000",
            "tile/0/x000/067",
            "tile/0/001/067", "tile/0/x1/067", "tile/00/067", "tile/64/067", "tile/-1/067", "tile/0/067.p",
            "tile/0/067.p/",
            "tile/0/067.p/0", "tile/0/067.p/256", "tile/0/067.p/01", "tile/0/067.p/1/2", "/tile/0/067",
            "tile/0/067/",
            "tile/0//067", "tile/entry/067", "tile/data/067", "Tile/0/067", "tile/0/06a", "tile/0/.p/1",
            "tile/0/x018/x446/x744/x073/x709/x551/616", "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
            "tile/0/\u{663}\u{663}\u{663}", "tile/0/067.P/1", "tile/0/x001/x234/067.p/112 ",
        ] {
            #expect(throws: DecodingFailure.self, "\(bad)") { try Tile(path: bad) }
        }
    }

    @Test func `a path with any byte changed is refused or names that very tile`() {
        let path = Array("tile/entries/x001/x234/067.p/112".utf8)
        for position in path.indices {
            for value in UInt8.min...UInt8.max {
                var changed = path
                changed[position] = value
                let text = String(decoding: changed, as: UTF8.self)
                if let tile = try? Tile(path: text) { #expect(tile.path == text) }
            }
        }
    }

    @Test func `a tree of 70,000 leaves has the tiles of the specification's example`() {
        var counts: [String: Int] = [:]
        Tile.forEach(to: 70_000) { tile in
            counts["\(tile.content), \(tile.width)", default: 0] += 1
        }
        #expect(
            counts == [
                "entries, 256": 273, "entries, 112": 1,
                "hashes(level: 0), 256": 273, "hashes(level: 0), 112": 1,
                "hashes(level: 1), 256": 1, "hashes(level: 1), 17": 1,
                "hashes(level: 2), 1": 1,
            ])
        var paths: [String] = []
        Tile.forEach(to: 256) { paths.append($0.path) }
        #expect(paths == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"])
        Tile.forEach(to: 0) { _ in Issue.record("a tile of an empty tree") }
    }

    @Test func `what growth adds is exactly the difference of the two sets of tiles`() {
        let sizes: [UInt64] = [0, 1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 65_792, 70_000]
        func tiles(from old: UInt64, to new: UInt64) -> [Tile] {
            var tiles: [Tile] = []
            Tile.forEach(from: old, to: new) { tiles.append($0) }
            return tiles
        }
        for old in sizes {
            for new in sizes where new >= old {
                let before = Set(tiles(from: 0, to: old))
                #expect(tiles(from: old, to: new) == tiles(from: 0, to: new).filter { !before.contains($0) })
            }
        }
    }

    @Test func `proofs made from tiles are those made from the whole tree`() throws {
        let leaves = testLeaves(66_000)
        let stored = StoredTree(leaves)
        let around = [
            1, 2, 255, 256, 257, 511, 512, 513, 65_279, 65_280, 65_281, 65_535, 65_536, 65_537, 65_791,
            65_792, 65_793,
        ]
        for size in around {
            let tiles = StoredTiles(tree: stored, size: size)
            let fromTiles = MerkleTree(size: UInt64(size), nodes: TileTree(size: UInt64(size), tiles: tiles))
            let whole = MerkleTree(size: UInt64(size), nodes: stored)
            let root = whole.root()
            #expect(try fromTiles.root() == root)
            for index in Set(around.flatMap { [$0 - 1, $0] } + [size / 2]).sorted() where index < size {
                let proof = try fromTiles.inclusionProof(of: UInt64(index))
                #expect(proof == whole.inclusionProof(of: UInt64(index)))
                try proof.verify(leaf: leaves[index], index: UInt64(index), size: UInt64(size), root: root)
                let growth = try fromTiles.consistencyProof(from: UInt64(index))
                #expect(growth == whole.consistencyProof(from: UInt64(index)))
                try growth.verify(
                    old: UInt64(index), oldRoot: MerkleTree(size: UInt64(index), nodes: stored).root(),
                    new: UInt64(size), newRoot: root)
            }
        }
    }

    @Test func `every size up to 600 gives the same root from its tiles`() throws {
        let stored = StoredTree(testLeaves(600))
        for size in 1...600 {
            let tiles = StoredTiles(tree: stored, size: size)
            let tree = MerkleTree(size: UInt64(size), nodes: TileTree(size: UInt64(size), tiles: tiles))
            #expect(try tree.root() == MerkleTree(size: UInt64(size), nodes: stored).root())
        }
    }

    @Test func `a tile of the wrong length or one that is missing is named`() {
        let stored = StoredTree(testLeaves(300))
        var tiles = StoredTiles(tree: stored, size: 300)
        tiles.damage = { Array($0.dropLast()) }
        let short = MerkleTree(size: 300, nodes: TileTree(size: 300, tiles: tiles))
        switch failure({ () throws(TileFailure<StoredTiles.Missing>) in _ = try short.root() }) {
        case .malformed(let tile, _): #expect(tile.path == "tile/0/001.p/44")
        default: Issue.record("a short tile was accepted")
        }
        tiles = StoredTiles(tree: stored, size: 200)
        let missing = MerkleTree(size: 300, nodes: TileTree(size: 300, tiles: tiles))
        switch failure({ () throws(TileFailure<StoredTiles.Missing>) in _ = try missing.root() }) {
        case .fetch(let tile, let error): #expect(tile == error.tile)
        default: Issue.record("a missing tile was accepted")
        }
    }

    @Test func `a hash tile is its hashes one after the other`() throws {
        let leaves = testLeaves(3)
        let tile = HashTile(hashes: leaves)
        #expect(tile.bytes == leaves[0].bytes + leaves[1].bytes + leaves[2].bytes)
        #expect(try HashTile(decoding: tile.bytes, width: 3) == tile)
        for length in 0...128 where length != 96 {
            #expect(throws: DecodingFailure.self) {
                try HashTile(decoding: [UInt8](repeating: 0, count: length), width: 3)
            }
        }
        for width in [-1, 0, 257, .max, .min] {
            #expect(throws: DecodingFailure.self) { try HashTile(decoding: [], width: width) }
        }
    }

    @Test func `an entry bundle has big-endian lengths, and its entries hash to the level-0 tile`() throws {
        let entries: [[UInt8]] = [[], [0x61], [UInt8](repeating: 9, count: 300)]
        var bytes: [UInt8] = []
        for entry in entries { entry.withRawSpan { EntryBundle.append($0, to: &bytes) } }
        #expect(Array(bytes.prefix(7)) == hex("00000001 61 012c"))
        let bundle = try EntryBundle(decoding: bytes, width: 3)
        #expect(bundle.count == 3)
        #expect((0..<3).map { bundle[$0] } == entries)
        #expect(bundle.leaves == HashTile(hashes: entries.map(leafHash)))
        for length in 0..<bytes.count {
            #expect(throws: DecodingFailure.self) {
                try EntryBundle(decoding: Array(bytes[..<length]), width: 3)
            }
        }
        for width in [-1, 0, 1, 2, 4, 257, .max] {
            #expect(throws: DecodingFailure.self) { try EntryBundle(decoding: bytes, width: width) }
        }
        for position in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[position] ^= 1 << UInt8(bit)
                // Either refused, or other entries and so other leaves.
                if let other = try? EntryBundle(decoding: changed, width: 3) {
                    #expect(other.leaves != bundle.leaves)
                }
            }
        }
    }
}
