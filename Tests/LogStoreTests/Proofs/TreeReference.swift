import LogStore

/// The tree as RFC 6962 defines it, recursively and slowly: what the fast code is compared with.
enum TreeReference {
    static func root(_ leaves: ArraySlice<Hash256>) -> Hash256 {
        if leaves.isEmpty { return SHA256().finalize() }
        if leaves.count == 1 { return leaves[leaves.startIndex] }
        let (left, right) = split(leaves)
        return hash(root(left), root(right))
    }

    /// PATH(m, D[n]) of section 2.1.1.
    static func path(_ index: Int, _ leaves: ArraySlice<Hash256>) -> [Hash256] {
        if leaves.count == 1 { return [] }
        let (left, right) = split(leaves)
        if index < left.count { return path(index, left) + [root(right)] }
        return path(index - left.count, right) + [root(left)]
    }

    /// SUBPROOF(m, D[n], b) of section 2.1.2.
    static func subproof(_ old: Int, _ leaves: ArraySlice<Hash256>, _ isComplete: Bool = true) -> [Hash256] {
        if old == leaves.count { return isComplete ? [] : [root(leaves)] }
        let (left, right) = split(leaves)
        if old <= left.count { return subproof(old, left, isComplete) + [root(right)] }
        return subproof(old - left.count, right, false) + [root(left)]
    }

    private static func split(_ leaves: ArraySlice<Hash256>) -> (ArraySlice<Hash256>, ArraySlice<Hash256>) {
        var left = 1
        while left * 2 < leaves.count { left *= 2 }
        return (leaves.prefix(left), leaves.dropFirst(left))
    }

    /// SHA-256 through the incremental interface only, not through `SHA256.node`.
    static func hash(_ left: Hash256, _ right: Hash256) -> Hash256 {
        var hasher = SHA256()
        hasher.update(byte: 1)
        hasher.update(left)
        hasher.update(right)
        return hasher.finalize()
    }
}

/// All nodes of a tree in memory.
struct StoredTree: MerkleNodeSource {
    private(set) var levels: [[Hash256]] = [[]]

    init(_ leaves: some Sequence<Hash256>) {
        for leaf in leaves { append(leaf) }
    }

    mutating func append(_ leaf: Hash256) {
        levels[0].append(leaf)
        var level = 0
        while levels[level].count % 2 == 0 {
            if levels.count == level + 1 { levels.append([]) }
            let nodes = levels[level]
            levels[level + 1].append(SHA256.node(nodes[nodes.count - 2], nodes[nodes.count - 1]))
            level += 1
        }
    }

    func node(level: Int, index: UInt64) -> Hash256 { levels[level][Int(index)] }
}

/// The eight inputs of the Certificate Transparency reference tests.
let referenceEntries: [[UInt8]] = [
    [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43], Array(0x50...0x57),
    Array(0x60...0x6F),
]

/// The leaf hash of some bytes.
func leafHash(_ bytes: [UInt8]) -> Hash256 { bytes.withRawSpan { SHA256.leaf($0) } }

/// `count` different leaves, the same in every run.
func testLeaves(_ count: Int) -> [Hash256] {
    (0..<count).map { index in leafHash([UInt8(index & 0xFF), UInt8(index >> 8 & 0xFF), UInt8(index >> 16)]) }
}

/// Bytes from hexadecimal digits.
func hex(_ digits: String) -> [UInt8] {
    let nibbles = digits.compactMap(\.hexDigitValue)
    return stride(from: 0, to: nibbles.count, by: 2).map { UInt8(nibbles[$0] << 4 | nibbles[$0 + 1]) }
}

/// A hash from 64 hexadecimal digits.
func hash(_ digits: String) -> Hash256 {
    guard let hash = Hash256(bytes: hex(digits)) else { fatalError("not 64 digits: \(digits)") }
    return hash
}

/// The failure `body` throws, or nil if it returns.
func failure<Failure: Error>(_ body: () throws(Failure) -> Void) -> Failure? {
    do throws(Failure) {
        try body()
        return nil
    } catch {
        return error
    }
}
