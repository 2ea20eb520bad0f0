import Invariants
import Ledger

// What goes to an acquirer in one day of a merchant.
extension LedgerState {
    // MARK: Deciding

    /// The open batch that takes what a payment's captures and refunds bring now; opened if there is none.
    mutating func openBatch(for row: PaymentRow, _ place: BatchPlace, _ batch: inout EventBatch) -> BatchID {
        let key = OpenBatchRow.key(merchant: row.merchantNumber, acquirer: row.acquirerNumber, row.currency)
        if let number = openBatches.find(key) {
            let open = openBatches[number]
            // What is due has happened: nobody is put into a batch past its cutoff.
            guard batches[open.batch].closesAt <= now else { return open.id }
            closeBatch(open.batch, &batch)
        }
        var fact = BatchOpened()
        fact.acquirer = AcquirerID(number: row.acquirerNumber, shard: shard)
        fact.currency = row.currency
        fact.day = place.day
        fact.closesAt = place.closesAt
        return BatchID(createdBy: write(.batchOpened(fact), into: &batch), shard: shard)
    }

    mutating func decideCloseBatch(_ request: CloseBatch, _ batch: inout EventBatch) -> RefusalCode? {
        guard let number = findBatch(request.batch) else { return .batchUnknown }
        guard batches[number].state == .open else { return .batchNotOpen }
        closeBatch(number, &batch)
        return nil
    }

    mutating func closeBatch(_ number: RowNumber, _ batch: inout EventBatch) {
        let row = batches[number]
        var fact = BatchClosed()
        fact.batch = row.id
        fact.count = row.count
        fact.captured = row.captured
        fact.refunded = row.refunded
        write(.batchClosed(fact), into: &batch)
    }

    // MARK: Applying

    mutating func applyBatchOpened(_ fact: BatchOpened, _ event: Event) {
        let row = BatchRow(
            id: BatchID(createdBy: event.sequence, shard: shard),
            merchantNumber: event.context.merchant.number, acquirerNumber: fact.acquirer.number,
            currency: fact.currency, day: fact.day, closesAt: fact.closesAt)
        let number = batches.insert(row)
        let key = OpenBatchRow.key(merchant: row.merchantNumber, acquirer: row.acquirerNumber, row.currency)
        invariant(openBatches.find(key) == nil, "a second open batch of merchant \(row.merchantNumber)")
        openBatches.insert(OpenBatchRow(key: key, batch: number, id: row.id))
        due.push(DueEntry(time: row.closesAt, kind: .cutoff, id: row.id.raw))
    }

    mutating func applyBatchClosed(_ fact: BatchClosed) {
        let number = batchNumber(fact.batch)
        changeBatch(number) { $0.state = .closed }
        let row = batches[number]
        let key = OpenBatchRow.key(merchant: row.merchantNumber, acquirer: row.acquirerNumber, row.currency)
        guard let open = openBatches.find(key) else { invariantViolated("batch \(row.id.raw) is not open") }
        openBatches.remove(open)
    }

    // MARK: Rows

    /// A batch of the merchant that asks.
    func findBatch(_ id: BatchID) -> RowNumber? {
        guard let number = batches.find(id.raw), batches[number].merchantNumber == author.merchant.number
        else { return nil }
        return number
    }

    /// The row of a batch that an event names.
    func batchNumber(_ id: BatchID) -> RowNumber {
        guard let number = batches.find(id.raw) else { invariantViolated("no batch \(id.raw)") }
        return number
    }

    @inline(__always)
    mutating func changeBatch(_ number: RowNumber, _ change: (inout BatchRow) -> Void) {
        var row = batches[number]
        change(&row)
        batches.update(number, row)
    }
}
