import Synchronization

/// Records every so often how far the log is durable, so that a later loss of acknowledged frames shows.
///
/// Two slots are written alternately, each synced: a torn write spoils the older evidence, never both. Called
/// by the watermark thread and by whoever signs a checkpoint.
package final class WatermarkWriter<Disk: Storage>: Sendable {
    private struct State: ~Copyable {
        var counter: UInt64
        var last: WatermarkSlot?
        var page: AlignedBuffer
    }

    private let file: Disk.File
    private let ledger: LogUUID
    private let state: Mutex<State>

    package init(file: Disk.File, ledger: LogUUID, counter: UInt64) {
        self.file = file
        self.ledger = ledger
        state = Mutex(
            State(counter: counter, last: nil, page: AlignedBuffer(byteCount: WatermarkSlot.byteCount)))
    }

    /// Writes `point` unless it, or a later one, is already there: two threads may come with points they took
    /// in the other order, and the slot with the higher counter counts.
    package func record(_ point: DurableProgress.Point) throws(LogStoreError) {
        try state.withLock { state throws(LogStoreError) in
            if let last = state.last {
                if point.sequence < last.durableSequence { return }
                if point.sequence == last.durableSequence, point.fileUUID == last.fileUUID { return }
            }
            let slot = WatermarkSlot(
                counter: state.counter + 1, durableSequence: point.sequence, fileUUID: point.fileUUID,
                endOffset: point.endOffset, epoch: point.epoch, root: point.root, ledger: ledger)
            var page = state.page.mutableBytes
            slot.encode(into: &page)
            let place = slot.counter % UInt64(WatermarkSlot.slotCount) * UInt64(WatermarkSlot.byteCount)
            do throws(StorageError) {
                try file.write(state.page.bytes, at: place)
                try file.sync()
            } catch { throw .storage(error) }
            state.counter = slot.counter
            state.last = slot
        }
    }
}
