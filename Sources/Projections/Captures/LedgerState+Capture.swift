import Invariants
import Ledger

// Taking held money, and undoing it while its batch is open.
extension LedgerState {
    /// Captures a payment may have, and parts its refunds may fall into.
    static var captureCountMax: Int { 50 }

    // MARK: Deciding

    mutating func decideCapture(
        _ request: CapturePayment, _ number: RowNumber, _ batch: inout EventBatch
    ) -> RefusalCode? {
        let row = payments[number]
        if let refusal = captureRefusal(row) { return refusal }
        let amount = request.amount == 0 ? row.held : Amount(minorUnits: request.amount)
        guard amount <= capturable(row) else { return .exceedsAuthorized }
        guard row.captureCount < Self.captureCountMax else { return .tooManyCaptures }
        capture(number, amount, isFinal: request.isFinal, request.place, &batch)
        return nil
    }

    /// What keeps a payment from being captured, whatever the amount.
    private func captureRefusal(_ row: PaymentRow) -> RefusalCode? {
        if let refusal = row.phase.refusal { return refusal }
        if row.flags.contains(.underReview) { return .underReview }
        return row.held.isZero ? .alreadyCaptured : nil
    }

    /// What may still be captured: what is held, and what the merchant may take beyond the authorization.
    private func capturable(_ row: PaymentRow) -> Amount {
        let merchant = merchant(row)
        let beyond = merchant.settings.overcapture.of(row.authorized)
        let limit = row.authorized + beyond
        return limit < row.captured ? .zero : min(limit - row.captured, row.held + beyond)
    }

    /// Captures what a payment holds at once, if that was asked for and nothing stands against it.
    mutating func captureIfAutomatic(_ id: PaymentID, _ place: BatchPlace, _ batch: inout EventBatch) {
        let number = payment(id)
        let row = payments[number]
        guard row.flags.contains(.capturesAutomatically), captureRefusal(row) == nil else { return }
        capture(number, row.held, isFinal: true, place, &batch)
    }

    private mutating func capture(
        _ number: RowNumber, _ amount: Amount, isFinal: Bool, _ place: BatchPlace, _ batch: inout EventBatch
    ) {
        let row = payments[number]
        let used = min(amount, row.held)
        let acquirer = AcquirerID(number: row.acquirerNumber, shard: shard)
        var fact = Captured()
        fact.batch = openBatch(for: row, place, &batch)
        fact.capture = CaptureID(createdBy: next, shard: shard)
        fact.amount = amount
        fact.isFinal = isFinal
        fact.released = isFinal ? row.held - used : .zero
        var legs = Legs()
        let receivable = AccountID(.acquirerReceivable, row.currency, of: acquirer)
        let pending = AccountID(.merchantPending, row.currency, of: author.merchant)
        legs.move(amount, debit: receivable, credit: pending)
        legs.move(used + fact.released, debit: pending, credit: receivable, .pending)
        write(.captured(fact), of: row.id, legs, into: &batch)
    }

    mutating func decideVoidCapture(
        _ request: VoidCapture, _ number: RowNumber, _ batch: inout EventBatch
    ) -> RefusalCode? {
        guard let capture = findCapture(request.capture, of: number) else { return .captureUnknown }
        if let refusal = voidRefusal(captures[capture]) { return refusal }
        voidCapture(capture, of: number, &batch)
        return nil
    }

    /// What keeps a capture from leaving its batch.
    func voidRefusal(_ row: CaptureRow) -> RefusalCode? {
        switch row.state {
        case .requested, .unknown: return .captureInFlight
        case .failed: return .captureFailed
        case .voided: return .captureVoided
        case .settled: return .captureSettled
        case .rejected, .withdrawn: return .captureInClosedBatch
        case .captured: break
        }
        if !row.refunded.isZero { return .captureHasRefunds }
        return batches[row.batch].state == .open ? nil : .captureInClosedBatch
    }

    mutating func voidCapture(_ capture: RowNumber, of number: RowNumber, _ batch: inout EventBatch) {
        let (row, payment) = (captures[capture], payments[number])
        var fact = CaptureVoided()
        fact.capture = row.id
        fact.amount = row.amount
        fact.batch = batches[row.batch].id
        fact.reversal = payment.captured == row.amount && payment.held.isZero
        var legs = Legs()
        legs.move(
            row.amount, debit: AccountID(.merchantPending, payment.currency, of: author.merchant),
            credit: AccountID(
                .acquirerReceivable, payment.currency,
                of: AcquirerID(number: payment.acquirerNumber, shard: shard)))
        write(.captureVoided(fact), of: payment.id, legs, into: &batch)
    }

    // MARK: Applying

    mutating func applyCaptured(_ fact: Captured, _ event: Event) {
        let number = touchPayment(event)
        let batch = batchNumber(fact.batch)
        let row = CaptureRow(
            id: fact.capture, amount: fact.amount, pending: fact.amount, payment: number, batch: batch,
            state: .captured)
        let capture = captures.insert(row)
        appendCapture(capture, to: number)
        changePayment(number) { row in
            let used = min(fact.amount, row.held)
            row.held -= used + fact.released
            row.captured += fact.amount
            row.captureCount += 1
        }
        changeBatch(batch) { row in
            row.count += 1
            row.captured += fact.amount
        }
    }

    private mutating func appendCapture(_ capture: RowNumber, to payment: RowNumber) {
        var last = payments[payment].firstCapture
        if last.isNone { return changePayment(payment) { $0.firstCapture = capture } }
        while !captures[last].next.isNone { last = captures[last].next }
        changeCapture(last) { $0.next = capture }
    }

    mutating func applyCaptureVoided(_ fact: CaptureVoided, _ event: Event) {
        let number = touchPayment(event)
        guard let capture = findCapture(fact.capture, of: number) else {
            invariantViolated("no capture \(fact.capture.raw)")
        }
        let batch = captures[capture].batch
        changeCapture(capture) { row in
            row.state = .voided
            row.pending = .zero
        }
        changePayment(number) { row in
            row.captured -= fact.amount
            if row.captured.isZero && row.held.isZero { row.phase = .voided }
        }
        changeBatch(batch) { row in
            row.count -= 1
            row.captured -= fact.amount
        }
        if fact.reversal { addReversal(event, of: number) }
    }

    // MARK: Rows

    /// A capture of this payment.
    func findCapture(_ id: CaptureID, of payment: RowNumber) -> RowNumber? {
        guard let number = captures.find(id.raw), captures[number].payment == payment else { return nil }
        return number
    }

    @inline(__always)
    mutating func changeCapture(_ number: RowNumber, _ change: (inout CaptureRow) -> Void) {
        var row = captures[number]
        change(&row)
        captures.update(number, row)
    }
}

extension PaymentPhase {
    /// Why nothing can be taken of a payment in this phase; nil while it is live.
    var refusal: RefusalCode? {
        switch self {
        case .processing: .paymentProcessing
        case .requiresAction: .paymentRequiresAction
        case .unknown: .paymentOutcomeUnknown
        case .declined: .paymentDeclined
        case .blocked: .paymentBlocked
        case .live: nil
        case .voided: .paymentVoided
        case .expired: .paymentExpired
        }
    }
}
