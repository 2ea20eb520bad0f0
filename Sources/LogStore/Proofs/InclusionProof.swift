/// The hashes that lead from one leaf to the root, the leaf's sibling first (RFC 6962, section 2.1.1).
public struct InclusionProof: Sendable, Hashable {
    /// One hash a level, bottom up; never more than 64 in a valid proof.
    public var hashes: [Hash256]

    /// A proof of these hashes, which may be anything: `verify` judges them.
    public init(hashes: [Hash256] = []) { self.hashes = hashes }

    /// How many hashes the proof of leaf `index` in a tree of `size` leaves has; `index` is below `size`.
    package static func length(index: UInt64, size: UInt64) -> Int {
        invariant(index < size, "a proof of leaf \(index) in a tree of \(size)")
        // Below the point where the ways to this leaf and to the last one part, every level has a sibling;
        // above it only the levels where the way goes right.
        let inner = 64 - (index ^ (size - 1)).leadingZeroBitCount
        return inner + (inner == 64 ? 0 : (index >> UInt64(inner)).nonzeroBitCount)
    }

    /// Checks that the leaf hash `leaf` is number `index` of the tree with `size` leaves and root `root`
    /// (RFC 9162, section 2.1.3.2).
    public func verify(
        leaf: Hash256, index: UInt64, size: UInt64, root: Hash256
    ) throws(VerificationFailure) {
        guard index < size else { throw .indexOutsideTree(index: index, size: size) }
        let expected = Self.length(index: index, size: size)
        guard hashes.count == expected else {
            throw .wrongProofLength(found: hashes.count, expected: expected)
        }
        var position = index
        var last = size - 1
        var computed = leaf
        for hash in hashes {
            if position & 1 == 1 || position == last {
                computed = SHA256.node(hash, computed)
                // A right edge without sibling is carried up until it has one.
                while position & 1 == 0 && position != 0 {
                    position >>= 1
                    last >>= 1
                }
            } else {
                computed = SHA256.node(computed, hash)
            }
            position >>= 1
            last >>= 1
        }
        guard computed == root else { throw .rootMismatch(computed: computed, expected: root) }
    }
}
