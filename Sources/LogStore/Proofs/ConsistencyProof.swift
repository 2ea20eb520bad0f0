/// The hashes that show an older tree to be a prefix of a newer one (RFC 6962, section 2.1.2).
public struct ConsistencyProof: Sendable, Hashable {
    /// In RFC 6962's order; never more than 65 in a valid proof.
    public var hashes: [Hash256]

    /// A proof of these hashes, which may be anything: `verify` judges them.
    public init(hashes: [Hash256] = []) { self.hashes = hashes }

    /// How many hashes the proof between two sizes has; `old` is at most `new`.
    package static func length(old: UInt64, new: UInt64) -> Int {
        invariant(old <= new, "a proof from \(old) to \(new) leaves")
        guard old > 0, old < new else { return 0 }
        // The way from the last leaf of the old tree to the new root, without the complete subtree at its
        // lower end; the root of that subtree comes first unless it is the old tree itself.
        let complete = old.trailingZeroBitCount
        let first = old == UInt64(1) << UInt64(complete) ? 0 : 1
        return first + InclusionProof.length(index: old - 1, size: new) - complete
    }

    /// Checks that the tree of `old` leaves with root `oldRoot` is a prefix of the one of `new` leaves with
    /// root `newRoot` (RFC 9162, section 2.1.4.2).
    public func verify(
        old: UInt64, oldRoot: Hash256, new: UInt64, newRoot: Hash256
    ) throws(VerificationFailure) {
        guard old <= new else { throw .sizesRunBackwards(old: old, new: new) }
        let expected = Self.length(old: old, new: new)
        guard hashes.count == expected else {
            throw .wrongProofLength(found: hashes.count, expected: expected)
        }
        if old == 0 {
            let empty = MerkleFrontier.emptyRoot
            guard oldRoot == empty else { throw .oldRootMismatch(computed: empty, expected: oldRoot) }
        }
        if new == 0 || old == new {
            guard newRoot == oldRoot else { throw .rootMismatch(computed: oldRoot, expected: newRoot) }
        } else if old > 0 {
            try verifyGrowth(old: old, oldRoot: oldRoot, new: new, newRoot: newRoot)
        }
    }

    /// The case 0 < old < new, with the right number of hashes.
    private func verifyGrowth(
        old: UInt64, oldRoot: Hash256, new: UInt64, newRoot: Hash256
    ) throws(VerificationFailure) {
        let complete = UInt64(old.trailingZeroBitCount)
        var position = (old - 1) >> complete
        var last = (new - 1) >> complete
        // An old tree of 2^n leaves is itself the subtree both computations start from.
        let startsWithOldRoot = old == UInt64(1) << complete
        guard let start = startsWithOldRoot ? oldRoot : hashes.first else {
            throw .wrongProofLength(found: 0, expected: 1)
        }
        var computedOld = start
        var computedNew = start
        for hash in hashes.dropFirst(startsWithOldRoot ? 0 : 1) {
            if position & 1 == 1 || position == last {
                computedOld = SHA256.node(hash, computedOld)
                computedNew = SHA256.node(hash, computedNew)
                while position & 1 == 0 && position != 0 {
                    position >>= 1
                    last >>= 1
                }
            } else {
                computedNew = SHA256.node(computedNew, hash)
            }
            position >>= 1
            last >>= 1
        }
        guard computedOld == oldRoot else { throw .oldRootMismatch(computed: computedOld, expected: oldRoot) }
        guard computedNew == newRoot else { throw .rootMismatch(computed: computedNew, expected: newRoot) }
    }
}
