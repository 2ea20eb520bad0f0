// The right edge of the growing tree: for each set bit of `size`, from the highest to the lowest, the root of
// one complete subtree, left to right. Example, 11 leaves = 8 + 2 + 1:
//
//             [8 leaves: 0…7]      [2: 8…9]   [1: 10]
//     nodes        level 3          level 1    level 0
//
// Encoded (in superblocks, snapshots, segment footers), little-endian:
//
//     0   8   size
//     8   32  root of the subtree of the highest set bit of size
//     …   32  one more for each further set bit, down to the lowest

/// The frontier of an RFC 6962 tree: enough to append leaves and to know the root, 32 bytes a level.
///
/// A value of fixed size; appending allocates nothing. Used by one thread at a time.
package struct MerkleFrontier: Sendable, Equatable {
    /// Leaves in the tree.
    package private(set) var size: UInt64 = 0
    /// `nodes[level]` is meaningful exactly if bit `level` of `size` is set.
    private var nodes = InlineArray<64, Hash256>(repeating: .zero)

    /// SHA-256 of nothing, the root of the tree without leaves.
    package static let emptyRoot = Hash256(
        words: (0x141C_FC98_42C4_B0E3, 0x24B9_6F99_C8F4_FB9A, 0x4C93_9B64_E441_AE27, 0x55B8_5278_1B99_95A4))

    /// Leaves below one hash of a level-1 tile; the log keeps the root of every such complete subtree.
    package static let tileWidth: UInt64 = 256

    /// No log grows beyond this; it keeps sums of sizes far from overflow.
    package static let sizeMax: UInt64 = 1 << 62

    package init() {}

    /// The root of the tree (RFC 6962, section 2.1).
    package var root: Hash256 {
        guard size > 0 else { return Self.emptyRoot }
        var remaining = size
        var accumulated = nodes[remaining.trailingZeroBitCount]
        remaining &= remaining &- 1
        while remaining != 0 {
            accumulated = SHA256.node(nodes[remaining.trailingZeroBitCount], accumulated)
            remaining &= remaining &- 1
        }
        return accumulated
    }

    /// Adds the leaf with number `size`.
    @inline(__always)
    package mutating func append(leaf: Hash256) {
        invariant(size < Self.sizeMax, "the tree is full")
        var level = 0
        var node = leaf
        while size &>> UInt64(level) & 1 == 1 {
            node = SHA256.node(nodes[level], node)
            level &+= 1
        }
        nodes[level] = node
        size &+= 1
    }

    /// Adds the next 2^level leaves by the root of their subtree; `size` must be a multiple of 2^level.
    package mutating func append(subtree: Hash256, level: Int) {
        invariant((0...62).contains(level), "a subtree of level \(level)")
        let width = UInt64(1) << UInt64(level)
        invariant(size & (width - 1) == 0, "a subtree of level \(level) at \(size)")
        invariant(size <= Self.sizeMax - width, "the tree is full")
        var level = level
        var node = subtree
        while size &>> UInt64(level) & 1 == 1 {
            node = SHA256.node(nodes[level], node)
            level += 1
        }
        nodes[level] = node
        size += width
    }

    /// Adds the events of a run, whose first sequence must be `size`. The root of every 256-leaf subtree that
    /// thereby becomes complete is appended to `completed`, in order; the first has tile index `size >> 8`.
    package mutating func append(_ run: borrowing EventRun, completed: inout [Hash256]) {
        invariant(run.firstSequence == size, "events from \(run.firstSequence) appended to a tree of \(size)")
        var cursor = run.makeCursor()
        while let event = cursor.next() {
            append(leaf: SHA256.leaf(event.bytes), completed: &completed)
        }
    }

    /// Adds one leaf, noting a completed 256-leaf subtree as above.
    @inline(__always)
    package mutating func append(leaf: Hash256, completed: inout [Hash256]) {
        guard size & 0xFF == 0xFF else { return append(leaf: leaf) }
        var node = leaf
        for level in 0..<8 { node = SHA256.node(nodes[level], node) }
        completed.append(node)
        // The carry goes on above level 8 as if the 256 leaves came as one subtree.
        size &-= 0xFF
        append(subtree: node, level: 8)
    }

    /// Complete 256-leaf subtrees so far; the leaves after them are in none yet.
    package var completedTileCount: UInt64 { size >> 8 }

    /// Whether the frontiers describe the same tree.
    package static func == (left: MerkleFrontier, right: MerkleFrontier) -> Bool {
        guard left.size == right.size else { return false }
        for level in 0..<64
        where left.size >> UInt64(level) & 1 == 1 && left.nodes[level] != right.nodes[level] {
            return false
        }
        return true
    }
}

extension MerkleFrontier {
    /// Bytes of the largest encoding.
    package static let encodedByteCountMax = 8 + 62 * 32

    package var encodedByteCount: Int { 8 + size.nonzeroBitCount * 32 }

    /// Writes `encodedByteCount` bytes at `offset`.
    package func write(to span: inout MutableRawSpan, at offset: Int) {
        span.set(size, at: offset)
        var position = offset + 8
        for level in (0..<64).reversed() where size >> UInt64(level) & 1 == 1 {
            nodes[level].write(to: &span, at: position)
            position += 32
        }
    }

    /// Reads a frontier that takes all of `bytes`. Whether it is the right one only its root can tell.
    package init(decoding bytes: RawSpan) throws(DecodingFailure) {
        guard bytes.byteCount >= 8 else {
            throw DecodingFailure("a tree frontier of \(bytes.byteCount) bytes, at least 8 expected")
        }
        let size = bytes.u64(0)
        guard size <= Self.sizeMax else { throw DecodingFailure("a tree frontier of \(size) leaves") }
        let expected = 8 + size.nonzeroBitCount * 32
        guard bytes.byteCount == expected else {
            throw DecodingFailure(
                "a tree frontier of \(bytes.byteCount) bytes, \(expected) expected for \(size) leaves")
        }
        self.size = size
        var position = 8
        for level in (0..<64).reversed() where size >> UInt64(level) & 1 == 1 {
            nodes[level] = Hash256(reading: bytes, at: position)
            position += 32
        }
    }
}
