/// What superblock, watermark and checkpoint have recorded of the tree, to be compared with it as the scan
/// makes it grow.
///
/// A claim inside the sealed part that ends no segment is not met again here: the checkpointer compares its
/// own before it signs another, `LogVerifier` compares all.
package struct RootClaims: Sendable {
    /// The largest size first.
    private var open: [RootClaim] = []
    /// Size of the tree at which the next claim is due; nothing is due at `UInt64.max`.
    private(set) var nextSize = UInt64.max
    /// The first claim that was wrong, and the root the log has there.
    private(set) var contradiction: (claim: RootClaim, root: Hash256)?
    /// The largest size whose recorded root the log has.
    private var confirmedSize: UInt64 = 0

    /// The events among which one is not what it was, half-open, as narrow as the claims tell.
    var suspectSequences: Range<UInt64>? {
        contradiction.map { min(confirmedSize, max($0.claim.size, 1) - 1)..<max($0.claim.size, 1) }
    }

    package init() {}

    /// - Parameters:
    ///   - sealed: the tree at the sealed end.
    ///   - manifests: which know the roots at every segment's ends.
    init(_ claims: [RootClaim], sealed: MerkleFrontier, manifests: [PartitionManifest]) {
        for claim in claims where claim.size < sealed.size {
            guard let root = Self.root(over: claim.size, manifests) else { continue }
            compare(claim, root)
        }
        open = claims.filter { $0.size >= sealed.size }.sorted { $0.size > $1.size }
        nextSize = open.last?.size ?? .max
        if nextSize == sealed.size { compare(sealed) }
    }

    /// Call when the tree has `nextSize` leaves.
    mutating func compare(_ tree: borrowing MerkleFrontier) {
        while let claim = open.last, claim.size == tree.size {
            compare(claim, tree.root)
            open.removeLast()
        }
        nextSize = open.last?.size ?? .max
    }

    private mutating func compare(_ claim: RootClaim, _ root: Hash256) {
        guard contradiction == nil else { return }
        if claim.root == root {
            confirmedSize = max(confirmedSize, claim.size)
        } else {
            contradiction = (claim, root)
        }
    }

    private static func root(over size: UInt64, _ manifests: [PartitionManifest]) -> Hash256? {
        if size == 0 { return MerkleFrontier.emptyRoot }
        for manifest in manifests {
            if let entry = manifest.entries.first(where: { $0.sequences.upperBound == size }) {
                return entry.rootAfter
            }
        }
        return nil
    }
}
