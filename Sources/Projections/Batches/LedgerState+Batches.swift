import Invariants
import Ledger

// What goes to an acquirer in one day of a merchant: opened by what comes first, closed at the cutoff, sent.
extension LedgerState {
    // MARK: Deciding

    /// The batch open for a merchant, acquirer and currency; nil if there is none that takes more.
    private func openBatch(_ merchant: MerchantID, _ acquirer: AcquirerID, _ currency: Currency) -> RowNumber?
    {
        let key = OpenBatchRow.key(merchant: merchant.number, acquirer: acquirer.number, currency)
        return openBatches.find(key).map { openBatches[$0].batch }
    }

    /// What keeps an amount from going into the open batch, or the place from becoming one.
    func placeRefusal(
        _ merchant: MerchantID, _ acquirer: AcquirerID, _ currency: Currency, _ place: BatchPlace,
        _ amount: Amount
    ) -> RefusalCode? {
        guard let open = openBatch(merchant, acquirer, currency) else {
            return place.closesAt > now ? nil : .timeOutOfRange
        }
        let sum = max(batches[open].captured, batches[open].refunded)
        return sum.addingChecked(amount) == nil || batches[open].count == .max ? .sumTooLarge : nil
    }

    /// The same for a payment that is there.
    @inline(__always)
    func placeRefusal(_ row: PaymentRow, _ place: BatchPlace, _ amount: Amount) -> RefusalCode? {
        placeRefusal(merchantID(row), acquirerID(row), row.currency, place, amount)
    }

    /// The open batch that takes what a payment's captures and refunds bring now; opened if there is none.
    mutating func openBatch(for row: PaymentRow, _ place: BatchPlace, _ events: inout EventBatch) -> BatchID {
        openBatch(merchantID(row), acquirerID(row), row.currency, place, &events)
    }

    mutating func openBatch(
        _ merchant: MerchantID, _ acquirer: AcquirerID, _ currency: Currency, _ place: BatchPlace,
        _ events: inout EventBatch
    ) -> BatchID {
        if let open = openBatch(merchant, acquirer, currency) { return batches[open].id }
        var fact = BatchOpened()
        fact.acquirer = acquirer
        fact.currency = currency
        fact.day = place.day
        fact.closesAt = place.closesAt
        return BatchID(createdBy: writeFirst(fact, into: &events), shard: shard)
    }

    /// A batch past its cutoff closes before anything else is decided about it: nobody is put into it. False
    /// if that would leave less room than asked for.
    mutating func writeCutoffIfDue(
        _ merchant: UInt32, _ acquirer: UInt32, _ currency: Currency, leaving room: Int,
        _ events: inout EventBatch
    ) -> Bool {
        guard acquirer > 0,
            let open = openBatches.find(OpenBatchRow.key(merchant: merchant, acquirer: acquirer, currency))
        else { return true }
        return writeCutoffIfDue(openBatches[open].batch, leaving: room, &events)
    }

    mutating func writeCutoffIfDue(_ row: PaymentRow, leaving room: Int, _ events: inout EventBatch) -> Bool {
        writeCutoffIfDue(row.merchantNumber, row.acquirerNumber, row.currency, leaving: room, &events)
    }

    mutating func writeCutoffIfDue(
        _ number: RowNumber, leaving room: Int, _ events: inout EventBatch
    ) -> Bool {
        guard batches[number].state == .open, batches[number].closesAt <= now else { return true }
        guard takeDueRoom(1, leaving: room, events) else { return false }
        author = Author(of: MerchantID(number: batches[number].merchantNumber, shard: shard))
        closeBatch(number, &events)
        return true
    }

    mutating func decideCloseBatch(_ request: CloseBatch, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findBatch(request.batch) else { return .batchUnknown }
        guard batches[number].state == .open else { return .batchNotOpen }
        closeBatch(number, &events)
        return nil
    }

    mutating func closeBatch(_ number: RowNumber, _ events: inout EventBatch) {
        let row = batches[number]
        var fact = BatchClosed()
        fact.batch = row.id
        fact.count = row.count
        fact.captured = row.captured
        fact.refunded = row.refunded
        fact.items = row.items.value
        write(fact, into: &events)
    }

    mutating func decideSubmitBatch(_ request: SubmitBatch, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findBatch(request.batch) else { return .batchUnknown }
        let row = batches[number]
        if row.state == .open { return .batchNotClosed }
        let isSameFile = row.file == request.file.first && row.fileSecond == request.file.second
        if row.submissions > 0, !isSameFile {
            openConflict(request, about: number, &events)
            return nil
        }
        guard row.state == .closed || row.state == .failed else { return nil }
        var fact = BatchSubmitted()
        fact.batch = row.id
        fact.attempt = row.submissions == .max ? .max : row.submissions + 1
        fact.file = request.file
        fact.byteCount = request.byteCount
        write(fact, row.submissions == 0 ? submissionLegs(row) : Legs(), into: &events)
        return nil
    }

    /// The first time a file leaves: what is to come in, and what is to go out.
    private func submissionLegs(_ row: BatchRow) -> Legs {
        let acquirer = AcquirerID(number: row.acquirerNumber, shard: shard)
        let transit = AccountID(.inTransit, row.currency, of: acquirer)
        // Online refunds have left each by itself; none of them is in a batch.
        var legs = Legs()
        legs.move(
            row.captured, debit: transit,
            credit: AccountID(.acquirerReceivable, row.currency, of: acquirer))
        legs.move(
            row.refunded, debit: AccountID(.refundsPayable, row.currency, of: acquirer), credit: transit)
        return legs
    }

    mutating func decideAcknowledge(_ request: AcknowledgeBatch, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findBatch(request.batch) else { return .batchUnknown }
        guard batches[number].state.isSent else { return .batchNotSubmitted }
        guard batches[number].state == .submitted else { return nil }
        var fact = BatchAcknowledged()
        fact.batch = request.batch
        fact.reference = request.reference
        write(fact, into: &events)
        return nil
    }

    mutating func decideFailBatch(_ request: FailBatch, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findBatch(request.batch) else { return .batchUnknown }
        switch batches[number].state {
        case .open, .closed: return .batchNotSubmitted
        case .failed: return nil
        case .partiallyReconciled, .reconciled: openConflict(request, about: number, &events)
        case .submitted, .acknowledged:
            var fact = BatchFailed()
            fact.batch = request.batch
            fact.responseCode = request.responseCode
            write(fact, into: &events)
        }
        return nil
    }

    mutating func decideReconcile(_ request: ReconcileBatch, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findBatch(request.batch) else { return .batchUnknown }
        let state = batches[number].state
        if !state.isSent { return .batchNotSubmitted }
        if state == .failed {
            openConflict(request, about: number, &events)
            return nil
        }
        if state == .reconciled { return nil }
        var fact = BatchReconciled()
        fact.batch = request.batch
        fact.isComplete = request.isComplete
        fact.exceptions = request.exceptions
        write(fact, into: &events)
        return nil
    }

    /// What is told of a batch contradicts what was told of it before: an exception, once.
    private mutating func openConflict<Body: CommandBody>(
        _ request: Body, about number: RowNumber, _ events: inout EventBatch
    ) {
        let told = toldHash(request)
        if findTold(told) == nil { openException(.conflictingFact, in: number, told: told, &events) }
    }

    // MARK: Applying

    mutating func applyBatchOpened(_ fact: BatchOpened, _ event: EventHead) {
        let row = BatchRow(
            id: BatchID(createdBy: event.sequence, shard: shard), merchant: event.context.merchant, fact)
        let number = batches.insert(row)
        let key = OpenBatchRow.key(merchant: row.merchantNumber, acquirer: row.acquirerNumber, row.currency)
        invariant(openBatches.find(key) == nil, "a second open batch of merchant \(row.merchantNumber)")
        openBatches.insert(OpenBatchRow(key: key, batch: number, id: row.id))
        due.push(DueEntry(time: row.closesAt, kind: .cutoff, id: row.id.raw))
    }

    mutating func applyBatchClosed(_ fact: BatchClosed) {
        let number = changeBatch(fact.batch) { $0.state = .closed }
        let row = batches[number]
        let key = OpenBatchRow.key(merchant: row.merchantNumber, acquirer: row.acquirerNumber, row.currency)
        guard let open = openBatches.find(key) else { invariantViolated("batch \(row.id.raw) is not open") }
        openBatches.remove(open)
    }

    mutating func applyBatchSubmitted(_ fact: BatchSubmitted) {
        changeBatch(fact.batch) { row in
            row.state = .submitted
            row.submissions = fact.attempt
            row.file = fact.file.first
            row.fileSecond = fact.file.second
        }
    }

    mutating func applyBatchReconciled(_ fact: BatchReconciled, _ event: EventHead) {
        let number = changeBatch(fact.batch) { row in
            row.state = fact.isComplete ? .reconciled : .partiallyReconciled
        }
        if fact.isComplete { finishRefunds(of: number, event) }
    }

    /// An event put something into an open batch.
    mutating func addItem(
        to batch: RowNumber, _ event: EventHead, captured: Amount = .zero, refunded: Amount = .zero
    ) {
        changeBatch(batch) { row in
            row.count += 1
            row.captured += captured
            row.refunded += refunded
            row.items.append(event.sequence.raw)
        }
    }

    /// An event took something out of an open batch.
    mutating func removeItem(
        from batch: RowNumber, _ event: EventHead, captured: Amount = .zero, refunded: Amount = .zero
    ) {
        changeBatch(batch) { row in
            row.count -= 1
            row.captured -= captured
            row.refunded -= refunded
            row.items.append(event.sequence.raw)
        }
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

    @discardableResult
    mutating func changeBatch(_ id: BatchID, _ change: (inout BatchRow) -> Void) -> RowNumber {
        let number = batchNumber(id)
        changeBatch(number, change)
        return number
    }

    @inline(__always)
    mutating func changeBatch(_ number: RowNumber, _ change: (inout BatchRow) -> Void) {
        batches.modify(number, change)
    }
}
