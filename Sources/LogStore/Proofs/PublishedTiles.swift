/// The full tiles of level 1 and up that the checkpointer has written: shortcuts for proofs, believed only as
/// far as the proof made with them verifies. Used by one thread.
final class PublishedTiles<Disk: Storage> {
    private let disk: Disk
    private let directory: StoragePath
    /// What was looked for so far; nil where there is no usable tile.
    private var known: [(tile: Tile, hashes: HashTile?)] = []
    private var oldest = 0

    /// A proof touches at most two tiles in each of eight levels.
    private static var knownMax: Int { 32 }

    init(disk: Disk, directory: StoragePath) {
        self.disk = disk
        self.directory = directory
    }

    static func path(of tile: Tile, in directory: StoragePath) -> StoragePath {
        StoragePath(directory.description + "/" + tile.path)
    }

    /// The tiles used, as long as they are remembered.
    var used: [(tile: Tile, hashes: HashTile)] {
        known.compactMap { entry in entry.hashes.map { (entry.tile, $0) } }
    }

    func path(of tile: Tile) -> StoragePath { Self.path(of: tile, in: directory) }

    /// The root of the complete subtree (level, index), if a full tile holds what it is made of.
    func node(level: Int, index: UInt64) throws(LogStoreError) -> Hash256? {
        let tileLevel = level / Tile.height
        guard tileLevel >= 1 else { return nil }
        let height = level % Tile.height
        let first = index << UInt64(height)
        let tile = Tile(.hashes(level: tileLevel), index: first / UInt64(Tile.widthMax))
        return try hashes(of: tile)?.root(from: Int(first % UInt64(Tile.widthMax)), height: height)
    }

    private func hashes(of tile: Tile) throws(LogStoreError) -> HashTile? {
        if let entry = known.first(where: { $0.tile == tile }) { return entry.hashes }
        let hashes = try read(tile)
        if known.count < Self.knownMax {
            known.append((tile, hashes))
        } else {
            known[oldest] = (tile, hashes)
            oldest = (oldest + 1) % Self.knownMax
        }
        return hashes
    }

    /// A tile that cannot be read, or has another length, is as good as none: the log itself is the source.
    private func read(_ tile: Tile) throws(LogStoreError) -> HashTile? {
        let bytes: [UInt8]?
        do throws(LogStoreError) {
            bytes = try AtomicFile.read(path(of: tile), byteCountMax: Tile.widthMax * 32, on: disk)
        } catch .damaged { return nil }
        guard let bytes, bytes.count == Tile.widthMax * 32 else { return nil }
        do throws(DecodingFailure) { return try HashTile(decoding: bytes, width: Tile.widthMax) } catch {
            invariantViolated("a tile of the right length: \(error)")
        }
    }
}
