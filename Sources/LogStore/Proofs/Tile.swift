// The C2SP tile layout (c2sp.org/tlog-tiles): the tree cut into tiles of 256 consecutive hashes.
//
//     tile/<level>/<index>[.p/<width>]      width · 32 bytes: hash i of tile n at level l is the root over
//                                           leaves (256 n + i) · 256^l ..< (256 n + i + 1) · 256^l
//     tile/entries/<index>[.p/<width>]      width entries, each a big-endian 16-bit length and its bytes
//
//     index  =  groups of three decimal digits, all but the last with "x": 1234067 is x001/x234/067
//     width  =  1 to 255, only for the last, partial tile of a level

/// The name of one tile.
public struct Tile: Sendable, Hashable, CustomStringConvertible {
    /// What the tile holds.
    public enum Content: Sendable, Hashable {
        /// Hashes of level 0 (leaves) and above; each level stands for 8 of the tree.
        case hashes(level: Int)
        /// The events themselves.
        case entries
    }

    /// Which kind and level.
    public let content: Content
    /// Position within its level.
    public let index: UInt64
    /// Hashes or entries in it, 1 to 256; fewer than 256 only in the last of its level.
    public let width: Int

    /// A full tile's width.
    public static let widthMax = 256
    /// Levels of the tree in one tile.
    package static let height = 8
    /// The highest level the layout allows; a tree of 2^64 leaves needs 8.
    public static let levelMax = 63

    package init(_ content: Content, index: UInt64, width: Int = widthMax) {
        invariant((1...Self.widthMax).contains(width), "a tile of width \(width)")
        if case .hashes(let level) = content {
            invariant((0...Self.levelMax).contains(level), "level \(level)")
        }
        self.content = content
        self.index = index
        self.width = width
    }

    /// Whether the tile can still grow.
    public var isPartial: Bool { width < Self.widthMax }

    /// The path below the log's prefix, also as a URL.
    public var path: String {
        let kind =
            switch content {
            case .hashes(let level): String(level)
            case .entries: "entries"
            }
        return "tile/\(kind)/\(Self.groups(of: index))\(isPartial ? ".p/\(width)" : "")"
    }

    /// The path.
    public var description: String { path }

    /// Reads a path, in its one canonical spelling.
    public init(path: String) throws(DecodingFailure) {
        let refusal = DecodingFailure("not the path of a tile")
        guard path.utf8.count <= 64 else { throw refusal }
        var parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(
            Array.init)
        guard parts.count >= 3, parts[0] == Array("tile".utf8) else { throw refusal }
        if parts[1] == Array("entries".utf8) {
            content = .entries
        } else {
            guard let level = parseDecimal(parts[1]), level <= UInt64(Self.levelMax) else { throw refusal }
            content = .hashes(level: Int(level))
        }
        parts.removeFirst(2)
        var width = Self.widthMax
        if parts.count >= 2, parts[parts.count - 2].suffix(2).elementsEqual(".p".utf8) {
            guard let partial = parseDecimal(parts.removeLast()), (1...255).contains(partial) else {
                throw refusal
            }
            width = Int(partial)
            parts[parts.count - 1].removeLast(2)
        }
        self.width = width
        guard let index = Self.index(of: parts) else { throw refusal }
        self.index = index
        guard self.path.utf8.elementsEqual(path.utf8) else { throw refusal }
    }

    /// `1234067` → `x001/x234/067`.
    private static func groups(of index: UInt64) -> String {
        var text = threeDigits(index % 1000)
        var rest = index / 1000
        while rest > 0 {
            text = "x\(threeDigits(rest % 1000))/\(text)"
            rest /= 1000
        }
        return text
    }

    private static func threeDigits(_ value: UInt64) -> String { String(String(1000 + value).dropFirst()) }

    /// The number the groups spell; spellings that are not canonical are the caller's to refuse.
    private static func index(of groups: [[UInt8]]) -> UInt64? {
        var digits: [UInt8] = []
        for (position, group) in groups.enumerated() {
            let isLast = position == groups.count - 1
            guard group.count == (isLast ? 3 : 4), isLast || group.first == UInt8(ascii: "x") else {
                return nil
            }
            digits += group.suffix(3)
        }
        let significant = digits.drop { $0 == UInt8(ascii: "0") }
        return parseDecimal(significant.isEmpty ? digits.suffix(1) : significant)
    }
}

/// The tiles of one level of a tree: `fullCount` full ones, then one of `partialWidth` if that is not 0.
public struct TileLevel: Sendable, Hashable {
    /// Which kind and level.
    public let content: Tile.Content
    /// Tiles of 256.
    public let fullCount: UInt64
    /// Width of the tile after them, 0 to 255; 0 means there is none.
    public let partialWidth: Int

    /// The levels a tree of `size` leaves has, entries first, then hashes bottom up; none if it is empty.
    public static func levels(size: UInt64) -> [TileLevel] {
        guard size > 0 else { return [] }
        var levels = [TileLevel(.entries, count: size)]
        var count = size
        var level = 0
        while count > 0 {
            levels.append(TileLevel(.hashes(level: level), count: count))
            count >>= UInt64(Tile.height)
            level += 1
        }
        return levels
    }

    private init(_ content: Tile.Content, count: UInt64) {
        self.content = content
        fullCount = count / UInt64(Tile.widthMax)
        partialWidth = Int(count % UInt64(Tile.widthMax))
    }

    /// Calls `body` for every tile that a tree of this shape has and the earlier shape (nil: the empty tree)
    /// had not: full tiles first, then the partial one.
    public func forEachTile<Failure: Error>(
        notIn earlier: TileLevel? = nil, _ body: (Tile) throws(Failure) -> Void
    ) throws(Failure) {
        let firstFull = earlier?.fullCount ?? 0
        if firstFull < fullCount {
            for index in firstFull..<fullCount { try body(Tile(content, index: index)) }
        }
        if partialWidth > 0, earlier != self {
            try body(Tile(content, index: fullCount, width: partialWidth))
        }
    }
}

extension Tile {
    /// The tiles of a tree of `new` leaves that a tree of `old` leaves did not have, bottom up. Nothing is
    /// listed ahead: a large log has millions.
    public static func forEach<Failure: Error>(
        from old: UInt64 = 0, to new: UInt64, _ body: (Tile) throws(Failure) -> Void
    ) throws(Failure) {
        let earlier = TileLevel.levels(size: old)
        for (position, level) in TileLevel.levels(size: new).enumerated() {
            try level.forEachTile(notIn: position < earlier.count ? earlier[position] : nil, body)
        }
    }
}
