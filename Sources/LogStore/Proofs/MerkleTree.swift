// Proofs from stored hashes. The tree of `size` leaves splits at the largest power of two below `size`
// (RFC 6962, section 2.1), so every left part is a complete, aligned subtree; only those are stored and asked
// for. Node (level, index) is the root over leaves index · 2^level ..< (index + 1) · 2^level.

/// Where the hashes of complete subtrees come from.
package protocol MerkleNodeSource<Failure> {
    associatedtype Failure: Error
    /// The root of the complete subtree (level, index). Level 0 are the leaves.
    func node(level: Int, index: UInt64) throws(Failure) -> Hash256
}

/// The RFC 6962 tree over the first `size` leaves of a source.
package struct MerkleTree<Source: MerkleNodeSource> {
    private let source: Source
    package let size: UInt64

    /// - Parameter size: how many leaves count; the source must know at least as many.
    package init(size: UInt64, nodes source: Source) {
        self.size = size
        self.source = source
    }

    package func root() throws(Source.Failure) -> Hash256 { try root(from: 0, count: size) }

    /// The path from leaf `index` (which must be below `size`) to the root (RFC 6962, section 2.1.1).
    package func inclusionProof(of index: UInt64) throws(Source.Failure) -> InclusionProof {
        invariant(index < size, "a proof of leaf \(index) in a tree of \(size)")
        var proof = InclusionProof()
        var begin: UInt64 = 0
        var count = size
        while count > 1 {
            let left = leftWidth(of: count)
            if index - begin < left {
                proof.hashes.append(try root(from: begin + left, count: count - left))
                count = left
            } else {
                proof.hashes.append(try root(from: begin, count: left))
                begin += left
                count -= left
            }
        }
        proof.hashes.reverse()
        return proof
    }

    /// The proof that the tree of the first `old` leaves (at most `size`) is a prefix of this one (RFC 6962,
    /// section 2.1.2); empty if `old` is 0 or `size`.
    package func consistencyProof(from old: UInt64) throws(Source.Failure) -> ConsistencyProof {
        invariant(old <= size, "a proof from \(old) to \(size) leaves")
        var proof = ConsistencyProof()
        guard old > 0 else { return proof }
        var begin: UInt64 = 0
        var count = size
        // While the old tree is all of the part looked at, and that part begins with leaf 0, the verifier
        // already knows the old root and it is left out.
        while old - begin != count {
            let left = leftWidth(of: count)
            if old - begin <= left {
                proof.hashes.append(try root(from: begin + left, count: count - left))
                count = left
            } else {
                proof.hashes.append(try root(from: begin, count: left))
                begin += left
                count -= left
            }
        }
        if begin > 0 { proof.hashes.append(try root(from: begin, count: count)) }
        proof.hashes.reverse()
        return proof
    }

    /// The root over `count` leaves from `begin`, a multiple of the smallest power of two ≥ `count`.
    private func root(from begin: UInt64, count: UInt64) throws(Source.Failure) -> Hash256 {
        guard count > 0 else { return MerkleFrontier.emptyRoot }
        var end = begin + count
        var remaining = count
        var accumulated: Hash256?
        while remaining != 0 {
            let level = remaining.trailingZeroBitCount
            let width = UInt64(1) << UInt64(level)
            end -= width
            let node = try source.node(level: level, index: end >> UInt64(level))
            accumulated = accumulated.map { SHA256.node(node, $0) } ?? node
            remaining -= width
        }
        return accumulated ?? MerkleFrontier.emptyRoot
    }

    /// The largest power of two below `count`, which is at least 2.
    private func leftWidth(of count: UInt64) -> UInt64 {
        UInt64(1) << UInt64(63 - (count - 1).leadingZeroBitCount)
    }
}
