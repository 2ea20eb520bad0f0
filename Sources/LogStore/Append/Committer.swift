/// Makes what has gathered durable, one frame at a time, and acknowledges it.
///
/// Runs on its own thread in production, or step by step in a simulation. Order of one step: take the frame,
/// write and sync it, advance the durable sequence (replies may leave), and only then hash its events into
/// the Merkle tree, whose root the next frame carries.
package final class Committer<Sink: CommitSink & ~Copyable> {
    private let exchange: FrameExchange
    private let progress: DurableProgress
    private let tree: LogTree
    private let epoch: UInt64
    private var sink: Sink
    private var frame: FrameBuffer
    private var activeMonth: Month?
    private var root: Hash256
    /// Whether acknowledged events have no record of their durability behind them yet.
    package private(set) var needsIdleMarker = false

    package init(
        exchange: FrameExchange, progress: DurableProgress, tree: LogTree, sink: consuming Sink,
        geometry: LogGeometry, epoch: UInt64
    ) {
        self.exchange = exchange
        self.progress = progress
        self.tree = tree
        self.sink = sink
        self.epoch = epoch
        frame = FrameBuffer(byteCount: geometry.frameBytesMax)
        root = progress.lastPoint.root
    }

    /// Commits one frame if anything has gathered; false if not. A failure is final: it stops the log.
    package func step() throws(LogStoreError) -> Bool {
        var rolls = false
        guard exchange.take(&frame, activeMonth: activeMonth, rolls: &rolls) else { return false }
        let context = CommitContext(
            durableEnd: progress.durableEnd, rootBefore: root, epoch: epoch)
        invariant(
            frame.firstSequence == context.durableEnd,
            "a frame at \(frame.firstSequence) after \(context.durableEnd) durable events")
        let place: CommittedPlace
        do { place = try sink.commit(&frame, context, rolls: rolls) } catch { throw stop(error) }
        activeMonth = frame.month
        progress.advance(to: frame.endSequence)
        needsIdleMarker = true
        root = tree.append(
            EventRun(unchecked: frame.events, count: frame.eventCount, firstSequence: frame.firstSequence))
        complete(at: place, sequence: frame.endSequence)
        frame.removeAll()
        return true
    }

    /// Writes an idle marker if acknowledged events are not yet recorded as durable by a later frame.
    package func markIdle() throws(LogStoreError) {
        guard needsIdleMarker, exchange.takeIdlePage() else { return }
        let context = CommitContext(durableEnd: progress.durableEnd, rootBefore: root, epoch: epoch)
        let place: CommittedPlace
        do { place = try sink.markIdle(context) } catch { throw stop(error) }
        complete(at: place, sequence: context.durableEnd)
        needsIdleMarker = false
    }

    private func complete(at place: CommittedPlace, sequence: UInt64) {
        progress.complete(
            DurableProgress.Point(
                sequence: sequence, fileUUID: place.fileUUID, endOffset: place.endOffset, root: root,
                epoch: epoch))
    }

    private func stop(_ error: LogStoreError) -> LogStoreError {
        exchange.stop(.stopped(error.description))
        progress.stop()
        return error
    }
}
