import LogStore
import TestSupport
import Testing

/// A sink that keeps frames in memory, as one that hands them to a consensus service would.
private struct MemorySink: CommitSink {
    private(set) var frames: [(sequence: UInt64, root: Hash256, events: [UInt8])] = []
    /// Fails from this commit on.
    var failsAt = Int.max

    mutating func commit(
        _ frame: inout FrameBuffer, _ context: CommitContext, rolls: Bool
    ) throws(LogStoreError) -> CommittedPlace {
        guard frames.count < failsAt else { throw .stopped("the service is gone") }
        frames.append((frame.firstSequence, context.rootBefore, frame.events.array()))
        return CommittedPlace(fileUUID: .zero, endOffset: 0)
    }

    mutating func markIdle(_ context: CommitContext) throws(LogStoreError) -> CommittedPlace {
        CommittedPlace(fileUUID: .zero, endOffset: 0)
    }
}

@Suite struct CommitSinkTests {
    private let exchange = FrameExchange(geometry: .tiny, nextSequence: 0, lastTime: 0, isEncrypted: false)
    private let progress = DurableProgress(
        DurableProgress.Point(
            sequence: 0, fileUUID: .zero, endOffset: 0, root: MerkleFrontier.emptyRoot, epoch: 1))
    private let tree = LogTree(frontier: MerkleFrontier(), completed: [])

    private func makeCommitter(failsAt: Int = .max) -> Committer<MemorySink> {
        exchange.nextFileIsReady()
        return Committer(
            exchange: exchange, progress: progress, tree: tree, sink: MemorySink(failsAt: failsAt),
            geometry: .tiny, epoch: 1)
    }

    @Test func `the committer needs no file: what gathered goes out in one frame, and then counts`() throws {
        let committer = makeCommitter()
        var events = TestEvents()
        for _ in 0..<3 {
            events.make(5)
            _ = try exchange.append(events.buffer.group)
        }
        #expect(progress.durableEnd == 0)
        #expect(try committer.step())
        #expect(progress.durableEnd == 15)
        #expect(tree.frontier.size == 15)
        #expect(progress.lastPoint.root == tree.frontier.root)
        #expect(try !committer.step())
    }

    @Test func `after a failed commit nothing is acknowledged and nothing is taken`() throws {
        let committer = makeCommitter(failsAt: 1)
        var events = TestEvents()
        events.make(5)
        _ = try exchange.append(events.buffer.group)
        #expect(try committer.step())
        events.make(5)
        _ = try exchange.append(events.buffer.group)
        #expect(throws: LogStoreError.stopped("the service is gone")) { try committer.step() }
        #expect(progress.durableEnd == 5)
        #expect(!progress.wait(until: 10))
        events.make(5)
        #expect(throws: LogStoreError.self) { _ = try exchange.append(events.buffer.group) }
    }

    @Test func `who waits for the next file is known, so that it is prepared without pacing`() throws {
        var events = TestEvents()
        events.make(1)
        #expect(throws: LogStoreError.busy(reason: .nextFileNotReady, retryAfterMilliseconds: 5)) {
            _ = try exchange.append(events.buffer.group)
        }
        #expect(exchange.isNextFileAwaited)
        exchange.nextFileIsReady()
        #expect(!exchange.isNextFileAwaited)
        _ = try exchange.append(events.buffer.group)
    }
}
