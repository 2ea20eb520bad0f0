import Glibc
import LogStore
import Testing

/// Not a test of correctness: prints what a leaf costs. Run with HOLDFAST_MEASURE=1 in a release build.
@Suite(.enabled(if: unsafe getenv("HOLDFAST_MEASURE") != nil)) struct MerkleFrontierMeasurement {
    @Test func `nanoseconds per event of 160 bytes appended to the tree`() throws {
        let count = 4096
        var buffer = EventBuffer(capacity: 1 << 20)
        let payload = [UInt8](repeating: 7, count: 160 - EventHeader.byteCount)
        for index in 0..<count {
            _ = payload.withRawSpan {
                buffer.append(type: 3, schema: 1, time: UInt64(index + 1), payload: $0)
            }
        }
        var completed: [Hash256] = []
        completed.reserveCapacity(1 << 16)
        for _ in 0..<5 {
            var frontier = MerkleFrontier()
            let rounds = 100
            let start = Self.now()
            do {
                for _ in 0..<rounds {
                    completed.removeAll(keepingCapacity: true)
                    let run = try EventRun(
                        validating: buffer.bytes, count: count, firstSequence: frontier.size)
                    frontier.append(run, completed: &completed)
                }
            }
            let elapsed = Self.now() - start
            print("append: \(elapsed / UInt64(rounds * count)) ns an event, root \(frontier.root)")
        }
        var leaf = Hash256.zero
        var start = Self.now()
        for _ in 0..<1_000_000 { leaf = SHA256.node(leaf, leaf) }
        print("node: \((Self.now() - start) / 1_000_000) ns, \(leaf)")
        start = Self.now()
        for _ in 0..<1_000_000 { leaf = TreeReference.hash(leaf, leaf) }
        print("node, incrementally: \((Self.now() - start) / 1_000_000) ns, \(leaf)")
        let event = [UInt8](repeating: 1, count: 160)
        start = Self.now()
        event.withRawSpan { event in
            for _ in 0..<1_000_000 { leaf = SHA256.leaf(event) }
        }
        print("leaf: \((Self.now() - start) / 1_000_000) ns, \(leaf)")
        start = Self.now()
        event.withRawSpan { event in
            for _ in 0..<1_000_000 {
                var hasher = SHA256()
                hasher.update(byte: 0)
                hasher.update(event)
                leaf = hasher.finalize()
            }
        }
        print("leaf, incrementally: \((Self.now() - start) / 1_000_000) ns, \(leaf)")
    }

    private static func now() -> UInt64 {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
