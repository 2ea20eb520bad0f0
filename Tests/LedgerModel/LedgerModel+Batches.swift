// What goes to an acquirer in one day.

import Ledger

extension ModelPayment {
    /// Of the batch its captures go into.
    var batchKey: ModelState.BatchKey {
        .init(merchant: merchant, acquirer: acquirer, currency: currency)
    }
}

extension LedgerModel {
    /// Refuses a batch that would have to be opened and cannot, or would hold too much.
    func checkPlace(
        _ place: BatchPlace, _ key: ModelState.BatchKey, captured: Int64 = 0, refunded: Int64 = 0
    ) throws(Refusal) {
        guard let batch = state.openBatches[key] else {
            if place.closesAt <= now { throw Refusal(.timeOutOfRange) }
            return
        }
        let sums = sums(of: batch)
        let larger = Int128(max(sums.captured, sums.refunded))
        if larger + Int128(captured + refunded) > Int128(Int64.max) { throw Refusal(.sumTooLarge) }
    }

    /// The open batch, opened if there is none.
    func useBatch(_ place: BatchPlace, _ key: ModelState.BatchKey) -> BatchID {
        if let batch = state.openBatches[key] { return batch }
        let id = BatchID(createdBy: nextSequence, shard: shard)
        state.batches[id] = .init(key: key, closesAt: place.closesAt)
        state.openBatches[key] = id
        state.batchList.append(id)
        write(
            .batchOpened, merchant: key.merchant,
            says: [
                "acquirer": key.acquirer, "currency": key.currency, "day": place.day,
                "closesAt": place.closesAt,
            ])
        return id
    }

    /// An event has put something of a payment into an open batch; none at an online acquirer's refunds.
    func putIn(_ payment: Int, _ batch: BatchID, _ event: SequenceNumber) {
        state.batches[batch]?.payments.insert(payment)
        state.batches[batch]?.items.append(event)
        state.batches[batch]?.count += 1
    }

    /// An event has taken something out of its open batch.
    func takeOut(of batch: BatchID, _ event: SequenceNumber) {
        state.batches[batch]?.items.append(event)
        state.batches[batch]?.count -= 1
    }

    /// Everything in a batch that has not been taken out again.
    private func sums(of id: BatchID) -> (captured: Int64, refunded: Int64) {
        var (captured, refunded): (Int64, Int64) = (0, 0)
        for index in state.batches[id]?.payments ?? [] {
            for capture in state.payments[index].captures
            where capture.batch == id && capture.state == .captured { captured += capture.amount }
            for refund in state.payments[index].refunds
            where refund.batch == id && refund.state == .pending { refunded += refund.amount }
        }
        return (captured, refunded)
    }

    func closeBatch(_ body: CloseBatch, _ merchant: MerchantID) throws(Refusal) {
        if try batch(body.batch, of: merchant).state != .open { throw Refusal(.batchNotOpen) }
        close(body.batch)
    }

    /// Nothing more goes in.
    func close(_ id: BatchID) {
        guard let batch = state.batches[id] else { return }
        state.batches[id]?.state = .closed
        state.openBatches[batch.key] = nil
        let sums = sums(of: id)
        write(
            .batchClosed, merchant: batch.key.merchant,
            says: [
                "batch": id, "count": UInt32(batch.count), "captured": sums.captured,
                "refunded": sums.refunded,
            ])
    }

    func submitBatch(_ body: SubmitBatch, _ merchant: MerchantID) throws(Refusal) {
        let batch = try batch(body.batch, of: merchant)
        if batch.state == .open { throw Refusal(.batchNotClosed) }
        if let file = batch.file, file != body.file {
            openConflict(.submitBatch(body), about: body.batch, batch, merchant)
            return
        }
        guard batch.state == .closed || batch.state == .failed else { return }
        var posting = Posting()
        if batch.file == nil {
            let sums = sums(of: body.batch)
            let account = { (account: Account) in
                AccountID(account, batch.key.currency, of: batch.key.acquirer)
            }
            posting.move(sums.captured, debit: account(.inTransit), credit: account(.acquirerReceivable))
            posting.move(sums.refunded, debit: account(.refundsPayable), credit: account(.inTransit))
        }
        state.batches[body.batch]?.state = .submitted
        state.batches[body.batch]?.file = body.file
        state.batches[body.batch]?.submissions += 1
        write(
            .batchSubmitted, merchant: merchant, posting,
            says: [
                "batch": body.batch, "attempt": UInt8(clamping: batch.submissions + 1), "file": body.file,
                "byteCount": body.byteCount,
            ])
    }

    func acknowledgeBatch(_ body: AcknowledgeBatch, _ merchant: MerchantID) throws(Refusal) {
        let batch = try batch(body.batch, of: merchant)
        if !batch.isSent { throw Refusal(.batchNotSubmitted) }
        guard batch.state == .submitted else { return }
        state.batches[body.batch]?.state = .acknowledged
        write(
            .batchAcknowledged, merchant: merchant,
            says: ["batch": body.batch, "reference": body.reference])
    }

    func failBatch(_ body: FailBatch, _ merchant: MerchantID) throws(Refusal) {
        let batch = try batch(body.batch, of: merchant)
        switch batch.state {
        case .open, .closed: throw Refusal(.batchNotSubmitted)
        case .failed: return
        case .partiallyReconciled, .reconciled:
            openConflict(.failBatch(body), about: body.batch, batch, merchant)
        case .submitted, .acknowledged:
            state.batches[body.batch]?.state = .failed
            write(
                .batchFailed, merchant: merchant,
                says: ["batch": body.batch, "responseCode": body.responseCode])
        }
    }

    func reconcileBatch(_ body: ReconcileBatch, _ merchant: MerchantID) throws(Refusal) {
        let batch = try batch(body.batch, of: merchant)
        if !batch.isSent { throw Refusal(.batchNotSubmitted) }
        if batch.state == .failed { openConflict(.reconcileBatch(body), about: body.batch, batch, merchant) }
        if batch.state == .reconciled || batch.state == .failed { return }
        state.batches[body.batch]?.state = body.isComplete ? .reconciled : .partiallyReconciled
        write(
            .batchReconciled, merchant: merchant,
            says: [
                "batch": body.batch, "isComplete": body.isComplete, "exceptions": body.exceptions,
            ])
        if body.isComplete {
            state.arrived += batch.payments.flatMap { state.payments[$0].refunds }
                .filter { $0.batch == body.batch }.map(\.id).sorted()
            endArrived()
        }
    }

    /// Nobody will say more of a refund in a batch that is reconciled: two with each event, the latest
    /// batch's and the newest first.
    func endArrived() {
        for _ in 0..<2 {
            guard let refund = state.arrived.popLast() else { return }
            end(.refund(refund), .done)
        }
    }

    private func openConflict(
        _ request: Request, about id: BatchID, _ batch: ModelState.Batch, _ merchant: MerchantID
    ) {
        tellOnce(request, of: merchant) { telling in
            openException(
                .conflictingFact, merchant: merchant, batch: id, acquirer: batch.key.acquirer,
                currency: batch.key.currency, told: telling)
        }
    }
}

// Cash, and what acquirers keep of it.
extension LedgerModel {
    func matchCash(_ body: MatchCash, _ merchant: MerchantID) throws(Refusal) {
        let currency = try currency(body.currency)
        try checkAcquirer(body.acquirer, batch: body.batch, currency)
        var posting = Posting()
        posting.move(
            body.amount, debit: AccountID(.cash, currency, of: body.bankAccount),
            credit: AccountID(.inTransit, currency, of: body.acquirer))
        write(
            .cashMatched, merchant: merchant, posting,
            says: [
                "bankAccount": body.bankAccount, "acquirer": body.acquirer, "batch": body.batch,
                "currency": currency, "amount": body.amount, "reference": body.reference,
            ])
    }

    func netCost(_ body: NetCost, _ merchant: MerchantID) throws(Refusal) {
        let currency = try currency(body.currency)
        try checkAcquirer(body.acquirer, batch: body.batch, currency)
        let account = { (account: Account) in AccountID(account, currency, of: body.acquirer) }
        var posting = Posting()
        posting.move(body.interchange, debit: account(.interchangeCost), credit: account(.inTransit))
        posting.move(body.scheme, debit: account(.schemeCost), credit: account(.inTransit))
        posting.move(body.markup, debit: account(.markupCost), credit: account(.inTransit))
        write(
            .costNetted, merchant: merchant, posting,
            says: [
                "acquirer": body.acquirer, "batch": body.batch, "currency": currency,
                "interchange": body.interchange, "scheme": body.scheme, "markup": body.markup,
            ])
    }

    private func checkAcquirer(
        _ id: AcquirerID, batch: BatchID, _ currency: Currency
    ) throws(Refusal) {
        _ = try toldAcquirer(id)
        if batch.isNone { return }
        guard let known = state.batches[batch], known.key.acquirer == id else {
            throw Refusal(.batchUnknown)
        }
        if known.key.currency != currency { throw Refusal(.currencyMismatch) }
    }
}
