internal import Ledger
internal import LogStore
internal import Projections
internal import Protocol
internal import Replay

// Batches, disputes, exceptions and payouts.

extension BatchesQuery: MerchantsOwnQuery {
    func answer<P: Platform>(
        _ asker: Asker, of ledger: inout BoundedLedger<P>, _ server: ServerPosition
    ) throws(AtticError) -> AnswerPage<BatchRecord, BatchID>? {
        let ofDay = day.daysSinceEpoch == 0 ? nil : day
        return ledger.state.of(asker.named(merchant)) { state in
            let page = state.batches(
                of: asker.named(merchant), state: self.state.word, day: ofDay,
                after: Cursor(raw: after.raw), limit: limit.pageLimit)
            let shard = state.shard
            return AnswerPage(
                page.elements.map { BatchRecord($0, shard) }, next: BatchID(raw: page.next.raw))
        }
    }
}

extension BatchRecord {
    fileprivate init(_ row: BatchRow, _ shard: Shard) {
        self.init()
        batch = row.id
        merchant = MerchantID(number: row.merchantNumber, shard: shard)
        acquirer = AcquirerID(number: row.acquirerNumber, shard: shard)
        (currency, day, closesAt, state) = (row.currency, row.day, row.closesAt, row.state)
        (submissions, count) = (row.submissions, row.count)
        (captured, refunded) = (row.captured, row.refunded)
    }
}

extension BatchItemsQuery: ThingQuery {
    func answer<P: Platform>(
        _ asker: Asker, of ledger: inout BoundedLedger<P>, _ server: ServerPosition
    ) throws(AtticError) -> AnswerPage<BatchItemRecord, Position>? {
        guard let owner = ledger.state.merchant(ofBatch: batch), asker.sees(owner) else { return nil }
        let page = ledger.state.items(
            of: batch, after: cursor(ledger.state.shard), limit: limit.pageLimit)
        let next = CaptureID(raw: page.next.raw).createdBy
        return AnswerPage(page.elements.map(BatchItemRecord.init), next: Position(next))
    }

    /// Captures and refunds have ids of two kinds: what names both is the event that made them.
    private func cursor(_ shard: Shard) -> Cursor {
        guard after != .start else { return .start }
        let sequence = SequenceNumber(raw: min(after.raw, SequenceNumber.max.raw))
        return Cursor(raw: CaptureID(createdBy: sequence, shard: shard).raw)
    }
}

extension BatchItemRecord {
    fileprivate init(_ item: BatchItem) {
        self.init()
        switch item {
        case .capture(let id, let payment, let amount, let state):
            (capture, self.payment, self.amount) = (id, payment, amount)
            captureState = OptionalWord(state)
        case .refund(let id, let payment, let amount, let state):
            (refund, self.payment, self.amount) = (id, payment, amount)
            refundState = OptionalWord(state)
        }
    }
}

extension DisputesQuery: MerchantsOwnQuery {
    func answer<P: Platform>(
        _ asker: Asker, of ledger: inout BoundedLedger<P>, _ server: ServerPosition
    ) throws(AtticError) -> AnswerPage<DisputeRecord, DisputeID>? {
        ledger.state.of(asker.named(merchant)) { state in
            let page = state.disputes(
                of: asker.named(merchant), isOpen: isOpen, after: Cursor(raw: after.raw),
                limit: limit.pageLimit)
            return AnswerPage(page.elements.map(DisputeRecord.init), next: DisputeID(raw: page.next.raw))
        }
    }
}

extension ExceptionsQuery: PlatformQuery {
    func answer<P: Platform>(
        _ asker: Asker, of ledger: inout BoundedLedger<P>, _ server: ServerPosition
    ) throws(AtticError) -> AnswerPage<ExceptionRecord, ExceptionID>? {
        let page = ledger.state.openExceptions(
            kind: kind.word, merchant: merchant.isNone ? nil : merchant, after: Cursor(raw: after.raw),
            limit: limit.pageLimit)
        return AnswerPage(page.elements.map(ExceptionRecord.init), next: ExceptionID(raw: page.next.raw))
    }
}

extension ExceptionRecord {
    fileprivate init(_ row: ExceptionRow) {
        self.init()
        (exception, merchant, payment) = (row.id, row.merchant, row.payment)
        (acquirer, bankAccount, kind, state) = (row.acquirer, row.bankAccount, row.kind, row.state)
        (currency, expected, actual) = (row.currency, row.expected, row.actual)
        (suspense, openedAt) = (row.suspense, row.openedAt)
        guard state == .proposed else { return }
        (proposer, proposal) = (row.proposer, OptionalWord(row.proposal))
    }
}

extension PayoutsQuery: MerchantsOwnQuery {
    func answer<P: Platform>(
        _ asker: Asker, of ledger: inout BoundedLedger<P>, _ server: ServerPosition
    ) throws(AtticError) -> AnswerPage<PayoutRecord, PayoutID>? {
        ledger.state.of(asker.named(merchant)) { state in
            let page = state.payouts(
                of: asker.named(merchant), state: self.state.word, after: Cursor(raw: after.raw),
                limit: limit.pageLimit)
            return AnswerPage(page.elements.map(PayoutRecord.init), next: PayoutID(raw: page.next.raw))
        }
    }
}

extension PayoutRecord {
    fileprivate init(_ row: PayoutRow) {
        self.init()
        (payout, merchant, amount) = (row.id, row.merchant, row.amount)
        (currency, state) = (row.currency, row.state)
    }
}
