import LogStore
import Testing

@Suite struct MerkleTreeTests {
    // From the Certificate Transparency reference implementation; also in transparency-dev/merkle.
    private static let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ].map(hash)

    private static let inclusionVectors: [(index: UInt64, size: UInt64, hashes: [String])] = [
        (0, 1, []),
        (
            0, 8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ]
        ),
        (
            5, 8,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        ),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        (
            1, 5,
            [
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ]
        ),
    ]

    private static let consistencyVectors: [(old: UInt64, new: UInt64, hashes: [String])] = [
        (1, 1, []),
        (
            1, 8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ]
        ),
        (
            6, 8,
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        ),
        (
            2, 5,
            [
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ]
        ),
        (
            6, 7,
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        ),
    ]

    @Test func `the published roots, inclusion and consistency proofs come out`() throws {
        let leaves = referenceEntries.map(leafHash)
        let stored = StoredTree(leaves)
        for (index, root) in Self.roots.enumerated() {
            #expect(MerkleTree(size: UInt64(index + 1), nodes: stored).root() == root)
        }
        for vector in Self.inclusionVectors {
            let proof = MerkleTree(size: vector.size, nodes: stored).inclusionProof(of: vector.index)
            #expect(proof.hashes == vector.hashes.map(hash))
            try proof.verify(
                leaf: leaves[Int(vector.index)], index: vector.index, size: vector.size,
                root: Self.roots[Int(vector.size) - 1])
        }
        for vector in Self.consistencyVectors {
            let proof = MerkleTree(size: vector.new, nodes: stored).consistencyProof(from: vector.old)
            #expect(proof.hashes == vector.hashes.map(hash))
            try proof.verify(
                old: vector.old, oldRoot: Self.roots[Int(vector.old) - 1], new: vector.new,
                newRoot: Self.roots[Int(vector.new) - 1])
        }
    }

    @Test func `leaf and node hashes are SHA-256 of the prefixed bytes, whatever the length`() {
        for length in [0, 1, 53, 54, 55, 63, 64, 160, 1013, 1014, 1015, 1016, 5000, 65_535] {
            let event = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            #expect(leafHash(event) == ([0] + event).withRawSpan { SHA256.of($0) }, "length \(length)")
        }
        for length in 0..<200 {
            let event = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            #expect(leafHash(event) == ([0] + event).withRawSpan { SHA256.of($0) }, "length \(length)")
        }
        let leaves = testLeaves(64)
        for left in leaves { #expect(SHA256.node(left, leaves[9]) == TreeReference.hash(left, leaves[9])) }
    }

    @Test func `every inclusion proof of every tree up to 130 leaves is RFC 6962's and verifies`() throws {
        let leaves = testLeaves(130)
        let stored = StoredTree(leaves)
        for size in 1...130 {
            let tree = MerkleTree(size: UInt64(size), nodes: stored)
            let root = tree.root()
            #expect(root == TreeReference.root(leaves[..<size]))
            for index in 0..<size {
                let proof = tree.inclusionProof(of: UInt64(index))
                #expect(proof.hashes == TreeReference.path(index, leaves[..<size]), "\(index) of \(size)")
                #expect(proof.hashes.count == InclusionProof.length(index: UInt64(index), size: UInt64(size)))
                try proof.verify(leaf: leaves[index], index: UInt64(index), size: UInt64(size), root: root)
            }
        }
    }

    @Test func `every consistency proof between sizes up to 130 is RFC 6962's and verifies`() throws {
        let leaves = testLeaves(130)
        let stored = StoredTree(leaves)
        let roots = (0...130).map { TreeReference.root(leaves[..<$0]) }
        for new in 0...130 {
            let tree = MerkleTree(size: UInt64(new), nodes: stored)
            for old in 0...new {
                let proof = tree.consistencyProof(from: UInt64(old))
                if old > 0 {
                    #expect(proof.hashes == TreeReference.subproof(old, leaves[..<new]), "\(old) to \(new)")
                }
                #expect(proof.hashes.count == ConsistencyProof.length(old: UInt64(old), new: UInt64(new)))
                try proof.verify(old: UInt64(old), oldRoot: roots[old], new: UInt64(new), newRoot: roots[new])
            }
        }
    }

    @Test func `trees of 131 to 300 leaves prove every leaf and every older size`() throws {
        let leaves = testLeaves(300)
        let stored = StoredTree(leaves)
        let roots = (0...300).map { MerkleTree(size: UInt64($0), nodes: stored).root() }
        for size in 131...300 {
            let tree = MerkleTree(size: UInt64(size), nodes: stored)
            for index in 0..<size {
                try tree.inclusionProof(of: UInt64(index)).verify(
                    leaf: leaves[index], index: UInt64(index), size: UInt64(size), root: roots[size])
                try tree.consistencyProof(from: UInt64(index)).verify(
                    old: UInt64(index), oldRoot: roots[index], new: UInt64(size), newRoot: roots[size])
            }
        }
        #expect(roots[300] == TreeReference.root(leaves[...]))
        #expect(roots[257] == TreeReference.root(leaves[..<257]))
    }

    @Test func `every flipped bit, missing, added or swapped hash of an inclusion proof is rejected`() {
        let leaves = testLeaves(21)
        let stored = StoredTree(leaves)
        for size in [1, 2, 3, 7, 8, 13, 21] as [UInt64] {
            let tree = MerkleTree(size: size, nodes: stored)
            let root = tree.root()
            for index in 0..<size {
                let proof = tree.inclusionProof(of: index)
                let leaf = leaves[Int(index)]
                for changed in Self.mutations(of: proof.hashes) {
                    #expect(
                        failure { () throws(VerificationFailure) in
                            try InclusionProof(hashes: changed).verify(
                                leaf: leaf, index: index, size: size, root: root)
                        } != nil, "\(index) of \(size)")
                }
                for other in 0..<(size + 3) where other != index {
                    #expect(
                        failure { () throws(VerificationFailure) in
                            try proof.verify(leaf: leaf, index: other, size: size, root: root)
                        } != nil, "\(index) of \(size) as \(other)")
                }
                #expect(
                    failure { () throws(VerificationFailure) in
                        try proof.verify(leaf: leafHash([9]), index: index, size: size, root: root)
                    } != nil)
            }
        }
    }

    @Test func `every flipped bit, missing, added or swapped hash of a consistency proof is rejected`() {
        let leaves = testLeaves(14)
        let stored = StoredTree(leaves)
        let roots = (0...14).map { TreeReference.root(leaves[..<$0]) }
        for new in 1...14 {
            let tree = MerkleTree(size: UInt64(new), nodes: stored)
            for old in 1..<new {
                func rejects(_ hashes: [Hash256], old size: Int, _ oldRoot: Hash256, _ newRoot: Hash256)
                    -> Bool
                {
                    failure { () throws(VerificationFailure) in
                        try ConsistencyProof(hashes: hashes).verify(
                            old: UInt64(size), oldRoot: oldRoot, new: UInt64(new), newRoot: newRoot)
                    } != nil
                }
                let proof = tree.consistencyProof(from: UInt64(old)).hashes
                for changed in Self.mutations(of: proof) {
                    #expect(rejects(changed, old: old, roots[old], roots[new]), "\(old) to \(new)")
                }
                for other in 0...14 where other != old {
                    #expect(
                        rejects(proof, old: other, roots[old], roots[new]), "\(old) as \(other) to \(new)")
                    #expect(
                        rejects(proof, old: old, roots[other], roots[new]), "\(old) with root of \(other)")
                }
                for other in 0...14 where other != new {
                    #expect(
                        rejects(proof, old: old, roots[old], roots[other]), "\(new) with root of \(other)")
                }
            }
        }
    }

    @Test func `hostile sizes end in an error, not in a trap`() {
        let leaf = leafHash([1])
        let extremes: [UInt64] = [0, 1, 2, 3, 1 << 32, 1 << 63, (1 << 63) + 1, .max - 1, .max]
        for first in extremes {
            for second in extremes {
                for count in [0, 1, 2, 62, 63, 64, 65, 128] {
                    let hashes = [Hash256](repeating: leaf, count: count)
                    #expect(
                        failure { () throws(VerificationFailure) in
                            try InclusionProof(hashes: hashes).verify(
                                leaf: leaf, index: first, size: second, root: .zero)
                        } != nil)
                    #expect(
                        failure { () throws(VerificationFailure) in
                            try ConsistencyProof(hashes: hashes).verify(
                                old: first, oldRoot: .zero, new: second, newRoot: leaf)
                        } != nil)
                }
            }
        }
    }

    @Test func `the empty tree is consistent only as the empty tree`() throws {
        let empty = MerkleFrontier.emptyRoot
        try ConsistencyProof().verify(old: 0, oldRoot: empty, new: 0, newRoot: empty)
        try ConsistencyProof().verify(old: 0, oldRoot: empty, new: 5, newRoot: .zero)
        #expect(
            failure { () throws(VerificationFailure) in
                try ConsistencyProof().verify(old: 0, oldRoot: .zero, new: 5, newRoot: .zero)
            } == .oldRootMismatch(computed: empty, expected: .zero))
        #expect(
            failure { () throws(VerificationFailure) in
                try ConsistencyProof().verify(old: 4, oldRoot: empty, new: 4, newRoot: .zero)
            } == .rootMismatch(computed: empty, expected: .zero))
        #expect(
            failure { () throws(VerificationFailure) in
                try ConsistencyProof().verify(old: 5, oldRoot: empty, new: 4, newRoot: .zero)
            } == .sizesRunBackwards(old: 5, new: 4))
    }

    /// Every one-bit change, every removal, every insertion and every swap of neighbours.
    private static func mutations(of hashes: [Hash256]) -> [[Hash256]] {
        var mutations: [[Hash256]] = []
        for position in hashes.indices {
            for bit in 0..<256 {
                var bytes = hashes[position].bytes
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                var changed = hashes
                changed[position] = Hash256(bytes: bytes) ?? .zero
                mutations.append(changed)
            }
            var shorter = hashes
            shorter.remove(at: position)
            mutations.append(shorter)
            if position > 0 {
                var swapped = hashes
                swapped.swapAt(position, position - 1)
                mutations.append(swapped)
            }
        }
        for position in 0...hashes.count {
            var longer = hashes
            longer.insert(hashes.first ?? .zero, at: position)
            mutations.append(longer)
        }
        return mutations
    }
}
