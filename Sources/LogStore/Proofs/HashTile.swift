/// The bytes of a hash tile: `width` hashes of 32 bytes.
public struct HashTile: Sendable, Hashable {
    /// Hash i of the tile, 1 to 256 of them.
    public let hashes: [Hash256]

    package init(hashes: [Hash256]) {
        invariant((1...Tile.widthMax).contains(hashes.count), "a tile of \(hashes.count) hashes")
        self.hashes = hashes
    }

    /// Reads a tile that must have exactly `width` hashes.
    public init(decoding bytes: [UInt8], width: Int) throws(DecodingFailure) {
        guard (1...Tile.widthMax).contains(width), bytes.count == width * 32 else {
            throw DecodingFailure("a hash tile of \(bytes.count) bytes, \(width) · 32 expected")
        }
        hashes = bytes.withRawSpan { span in
            (0..<width).map { Hash256(reading: span, at: $0 * 32) }
        }
    }

    /// The tile as it is published.
    public var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: hashes.count * 32)
        bytes.withMutableRawSpan { span in
            for (index, hash) in hashes.enumerated() { hash.write(to: &span, at: index * 32) }
        }
        return bytes
    }

    /// The root over 2^height hashes from `start`, a multiple of 2^height.
    package func root(from start: Int, height: Int) -> Hash256 {
        invariant(start >= 0 && start + 1 << height <= hashes.count, "hash \(start) of height \(height)")
        guard height > 0 else { return hashes[start] }
        let half = 1 << (height - 1)
        return SHA256.node(
            root(from: start, height: height - 1), root(from: start + half, height: height - 1))
    }
}
