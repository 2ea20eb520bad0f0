import LogStore
import Testing

@Suite struct MerkleFrontierTests {
    @Test func `the root after every leaf is RFC 6962's, the empty one included`() {
        let leaves = testLeaves(300)
        var frontier = MerkleFrontier()
        #expect(
            frontier.root == hash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
        for size in 1...300 {
            frontier.append(leaf: leaves[size - 1])
            #expect(frontier.size == UInt64(size))
            #expect(frontier.root == TreeReference.root(leaves[..<size]))
        }
    }

    @Test func `whole subtrees give the same frontier as their leaves`() {
        let leaves = testLeaves(1100)
        let stored = StoredTree(leaves)
        var byLeaf = MerkleFrontier()
        for leaf in leaves { byLeaf.append(leaf: leaf) }
        for level in 0...10 {
            var bySubtree = MerkleFrontier()
            while bySubtree.size + 1 << UInt64(level) <= 1100 {
                bySubtree.append(
                    subtree: stored.levels[level][Int(bySubtree.size) >> level], level: level)
            }
            while bySubtree.size < 1100 { bySubtree.append(leaf: leaves[Int(bySubtree.size)]) }
            #expect(bySubtree == byLeaf)
            #expect(bySubtree.root == byLeaf.root)
        }
    }

    @Test func `the root of every complete 256-leaf subtree is handed out once, in order`() {
        let leaves = testLeaves(256 * 9 + 7)
        let stored = StoredTree(leaves)
        var frontier = MerkleFrontier()
        var plain = MerkleFrontier()
        var completed: [Hash256] = []
        for leaf in leaves {
            frontier.append(leaf: leaf, completed: &completed)
            plain.append(leaf: leaf)
            #expect(frontier == plain)
            #expect(UInt64(completed.count) == frontier.completedTileCount)
        }
        #expect(completed == stored.levels[8])
    }

    @Test func `events of a run enter the tree by their exact bytes`() throws {
        var buffer = EventBuffer(capacity: 1 << 20)
        var events: [[UInt8]] = []
        for index in 0..<700 {
            let payload = [UInt8](repeating: UInt8(index & 0xFF), count: index % 190)
            let isAppended = payload.withRawSpan {
                buffer.append(type: 3, schema: 1, time: UInt64(index + 1), payload: $0)
            }
            #expect(isAppended)
        }
        var frontier = MerkleFrontier()
        var completed: [Hash256] = []
        do {
            let run = try EventRun(validating: buffer.bytes, count: 700, firstSequence: 0)
            var cursor = run.makeCursor()
            while let event = cursor.next() { events.append(event.bytes.array()) }
            frontier.append(run, completed: &completed)
        }
        let leaves = events.map(leafHash)
        #expect(frontier.root == TreeReference.root(leaves[...]))
        #expect(completed == [TreeReference.root(leaves[..<256]), TreeReference.root(leaves[256..<512])])
    }

    @Test func `a frontier survives encoding, and any other length is refused`() throws {
        var frontier = MerkleFrontier()
        for (index, leaf) in testLeaves(77).enumerated() {
            var bytes = [UInt8](repeating: 0xAA, count: frontier.encodedByteCount)
            bytes.withMutableRawSpan { frontier.write(to: &$0, at: 0) }
            let decoded = try bytes.withRawSpan { (span) throws(DecodingFailure) in
                try MerkleFrontier(decoding: span)
            }
            #expect(decoded == frontier)
            #expect(decoded.root == frontier.root)
            for length in 0...(bytes.count + 40) where length != bytes.count {
                let other =
                    length <= bytes.count
                    ? Array(bytes[..<length]) : bytes + [UInt8](repeating: 0, count: length - bytes.count)
                #expect(
                    failure { () throws(DecodingFailure) in
                        _ = try other.withRawSpan { (span) throws(DecodingFailure) in
                            try MerkleFrontier(decoding: span)
                        }
                    } != nil, "size \(index), length \(length)")
            }
            frontier.append(leaf: leaf)
        }
    }

    @Test func `a frontier of an impossible size is refused, the largest possible one is not`() throws {
        let largest = MerkleFrontier.sizeMax
        for (size, isPossible) in [(largest, true), (largest + 1, false), (UInt64.max, false)] {
            var bytes = [UInt8](repeating: 0, count: 8 + 32 * size.nonzeroBitCount)
            bytes.withMutableRawSpan { $0.set(size, at: 0) }
            let refusal = failure { () throws(DecodingFailure) in
                _ = try bytes.withRawSpan { (span) throws(DecodingFailure) in
                    try MerkleFrontier(decoding: span)
                }
            }
            #expect((refusal == nil) == isPossible)
        }
        #expect(MerkleFrontier.encodedByteCountMax == 8 + 32 * (MerkleFrontier.sizeMax - 1).nonzeroBitCount)
    }

    @Test func `the encoding is size, then the subtrees from left to right`() {
        var frontier = MerkleFrontier()
        for entry in referenceEntries[..<3] { frontier.append(leaf: leafHash(entry)) }
        var bytes = [UInt8](repeating: 0, count: frontier.encodedByteCount)
        bytes.withMutableRawSpan { frontier.write(to: &$0, at: 0) }
        #expect(
            bytes
                == hex(
                    "0300000000000000"
                        + "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
                        + "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7"))
    }

    @Test func `a subtree out of place stops the process`() async {
        await #expect(processExitsWith: .failure) {
            var frontier = MerkleFrontier()
            frontier.append(leaf: .zero)
            frontier.append(subtree: .zero, level: 1)
        }
    }
}
