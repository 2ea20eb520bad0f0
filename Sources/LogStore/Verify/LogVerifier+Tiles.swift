// Published tiles.

extension LogVerifier {
    /// Published tiles are a cache; each must still be what the tree has at its place.
    func checkTiles(_ pass: inout Pass) throws(LogStoreError) {
        let size = pass.report.size
        guard size >> 16 > 0 else { return }
        var below: [UInt64: Hash256] = [:]
        var level = 1
        while size >> UInt64(Tile.height * (level + 1)) > 0 {
            var roots: [UInt64: Hash256] = [:]
            for index in 0..<size >> UInt64(Tile.height * (level + 1)) {
                let tile = Tile(.hashes(level: level), index: index)
                let path = paths.tile(tile)
                guard let bytes = try AtomicFile.read(path, byteCountMax: 256 * 32, on: disk) else {
                    continue
                }
                pass.report.counts.files += 1
                do throws(DecodingFailure) {
                    let hashes = try HashTile(decoding: bytes, width: Tile.widthMax)
                    for (offset, hash) in hashes.hashes.enumerated() {
                        let child = index << UInt64(Tile.height) + UInt64(offset)
                        guard level == 1 || below[child] == nil || below[child] == hash else {
                            throw DecodingFailure("hash \(offset) is not the root of the tile below it")
                        }
                    }
                    roots[index] = hashes.root(from: 0, height: Tile.height)
                } catch {
                    pass.find(.corruptSealed, path, at: 0, error.description, isRepairable: true)
                }
            }
            if level == 1 { addClaims(roots, &pass) }
            below = roots
            level += 1
        }
    }

    /// The roots of the first level's tiles, appended one by one, are the log's own roots at those sizes.
    private func addClaims(_ roots: [UInt64: Hash256], _ pass: inout Pass) {
        var tree = MerkleFrontier()
        var index: UInt64 = 0
        while let root = roots[index] {
            tree.append(subtree: root, level: 2 * Tile.height)
            index += 1
            let tile = Tile(.hashes(level: 1), index: index - 1)
            pass.claims.append(
                RootClaim(
                    size: tree.size, root: tree.root,
                    place: Damage(file: paths.tile(tile), offset: 0, "the tiles up to this one"),
                    verdict: .corruptSealed, isRepairable: true))
        }
    }
}
