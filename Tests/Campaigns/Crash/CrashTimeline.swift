import LogStore

/// Everything one process wrote or tried to write, by sequence: what a crash may leave a prefix of.
///
/// It begins with what the process found when it started. A process that was cut off leaves it at the last
/// event of the frame it was writing.
struct CrashTimeline: Sendable {
    private(set) var events: [[UInt8]] = []
    /// Counts at which a frame ended: nothing between two of them may ever be recovered.
    private(set) var frameEnds: Set<UInt64> = [0]
    /// The tree before every 64th event.
    private var frontiers: [MerkleFrontier] = []
    private var frontier = MerkleFrontier()

    init() {}

    var count: UInt64 { UInt64(events.count) }

    /// The first `count` events, as the process after this one finds them.
    func prefix(_ count: UInt64) -> CrashTimeline {
        var prefix = CrashTimeline()
        prefix.events = Array(events[..<Int(count)])
        prefix.frameEnds = frameEnds.filter { $0 <= count }
        prefix.frontiers = Array(frontiers[..<((Int(count) + 63) / 64)])
        prefix.frontier = tree(at: count)
        return prefix
    }

    mutating func append(_ event: [UInt8]) {
        if events.count % 64 == 0 { frontiers.append(frontier) }
        frontier.append(leaf: event.withRawSpan { SHA256.leaf($0) })
        events.append(event)
    }

    mutating func endFrame(at count: UInt64) { frameEnds.insert(count) }

    /// The Merkle tree over the first `count` events, hashed anew.
    func tree(at count: UInt64) -> MerkleFrontier {
        if count == self.count { return frontier }
        let start = Int(count) / 64
        var tree = frontiers[start]
        for event in events[start * 64..<Int(count)] {
            tree.append(leaf: event.withRawSpan { SHA256.leaf($0) })
        }
        return tree
    }

    /// Every full hash tile of level 1, by path: roots over 256 events each.
    var publishedTiles: [StoragePath: [UInt8]] {
        let (leaves, width) = (256, 256)
        var tiles: [StoragePath: [UInt8]] = [:]
        for index in 0..<events.count / (leaves * width) {
            var bytes: [UInt8] = []
            for hash in index * width..<(index + 1) * width {
                var subtree = MerkleFrontier()
                for event in events[hash * leaves..<(hash + 1) * leaves] {
                    subtree.append(leaf: event.withRawSpan { SHA256.leaf($0) })
                }
                bytes += subtree.root.bytes
            }
            let name = String(String(1000 + index).dropFirst())
            tiles[StoragePath(ShardPaths(shard: 0).tiles.description + "/tile/1/" + name)] = bytes
        }
        return tiles
    }

    func time(ofEvent index: Int) -> UInt64 {
        events[index].withRawSpan { EventHeader(reading: $0, at: 0).time }
    }
}
