import Ledger

/// A refund that leaves with a batch: its key is final when the batch is reconciled, whoever remembers the
/// refund by then. 16 bytes.
struct BatchRefundRow: TableRow {
    let refund: RefundID
    /// The one before it in the same batch.
    let next: RowNumber

    var key: UInt64 { refund.raw }
    static var table: TableNumber { .batchRefunds }

    func digest(into hasher: inout RowHasher) { hasher.combine(refund) }
}

extension LedgerState {
    /// Keys of refunds that become final with one event: more than come with one, and few enough that nobody
    /// waits.
    static var finishedPerEvent: Int { 2 }

    /// Remembers that a refund leaves with a batch.
    mutating func list(_ refund: RefundID, in batch: RowNumber) {
        let first = batchRefunds.insert(BatchRefundRow(refund: refund, next: batches[batch].firstRefund))
        batches.relink(batch) { $0.firstRefund = first }
    }

    /// All that left with a batch has arrived as far as anybody will ever say: the keys of its refunds
    /// become final, some with this event and some with each event after it.
    mutating func finishRefunds(of batch: RowNumber, _ event: EventHead) {
        guard !batches[batch].firstRefund.isNone else { return }
        let others = core.finishing
        batches.relink(batch) { $0.nextFinishing = others }
        core.finishing = batch
        finishRefundKeys(event)
    }

    /// Takes the next refunds of batches that were reconciled, the latest batch and the newest refund first.
    mutating func finishRefundKeys(_ event: EventHead) {
        for _ in 0..<Self.finishedPerEvent {
            let batch = core.finishing
            if batch.isNone { return }
            let first = batches[batch].firstRefund
            let row = batchRefunds[first]
            keys.finish(row.refund.createdBy, .done, time: event.time)
            batchRefunds.remove(first)
            batches.relink(batch) { $0.firstRefund = row.next }
            if row.next.isNone { core.finishing = batches[batch].nextFinishing }
        }
    }
}
