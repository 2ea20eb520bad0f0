import Invariants
import Ledger

// Debits from bank accounts (ACH): captured at once, final when the bank can no longer send them back.
extension LedgerState {
    // MARK: Deciding

    mutating func decideSubmitDebit(
        _ request: SubmitDebit, _ events: inout EventBatch
    ) -> RefusalCode? {
        if let refusal = newBusinessRefusal { return refusal }
        if let refusal = acquirerRefusal(request.acquirer) { return refusal }
        if request.order.method != .ach { return .methodNotDebit }
        if let refusal = limitRefusal(request.order.amount) { return refusal }
        var fact = DebitSubmitted()
        request.order.fill(&fact.terms)
        let (amount, currency) = (fact.terms.amount, fact.terms.currency)
        if let refusal = placeRefusal(author.merchant, request.acquirer, currency, request.place, amount) {
            return refusal
        }
        fact.acquirer = request.acquirer
        fact.batch = openBatch(author.merchant, request.acquirer, currency, request.place, &events)
        fact.returnableUntil = request.returnableUntil
        var legs = Legs()
        legs.move(
            amount, debit: AccountID(.acquirerReceivable, currency, of: request.acquirer),
            credit: AccountID(.merchantPending, currency, of: author.merchant))
        write(fact, isNewPayment: true, legs, into: &events)
        return nil
    }

    /// The bank can no longer send it back: due.
    mutating func makeDebitFinal(_ number: RowNumber, _ events: inout EventBatch) {
        write(DebitFinal(), of: number, into: &events)
    }

    mutating func decideReturnDebit(_ request: ReturnDebit, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        let row = payments[number]
        guard row.flags.contains(.isDebit) else { return .methodNotDebit }
        let capture = captures[row.firstCapture]
        guard batches[capture.batch].state.isSent else { return .batchNotSubmitted }
        if row.flags.contains(.isReturned) { return nil }
        let left = refundable(row)
        let amount = request.amount == 0 ? left : Amount(minorUnits: request.amount)
        let accepted = min(amount, left)
        var fact = DebitReturned()
        fact.amount = amount
        fact.returnCode = request.returnCode
        let transit = AccountID(.inTransit, row.currency, of: acquirerID(row))
        let unsettled = min(accepted, capture.pending)
        var purse = MerchantPurse(merchantID(row), row.currency, in: self)
        var legs = Legs()
        legs.move(
            unsettled, debit: AccountID(.merchantPending, row.currency, of: merchantID(row)),
            credit: transit)
        purse.take(accepted - unsettled, creditTo: transit, &legs)
        legs.move(amount - accepted, debit: AccountID(.suspense, row.currency), credit: transit)
        write(fact, of: number, legs, into: &events)
        if amount > accepted {
            openException(
                .returnExceedsCaptured, of: number, expected: accepted, actual: amount, &events)
        }
        return nil
    }

    // MARK: Applying

    mutating func applyDebitSubmitted(_ fact: DebitSubmitted, _ event: EventHead) {
        let batch = batchNumber(fact.batch)
        countRisk(fact.terms, event)
        var payment = newPayment(event, fact.terms, phase: .live)
        payment.acquirerNumber = fact.acquirer.number
        payment.authorized = fact.terms.amount
        payment.captured = fact.terms.amount
        payment.captureCount = 1
        payment.expiresAt = fact.returnableUntil
        let number = addPayment(payment)
        var capture = CaptureRow(
            id: CaptureID(createdBy: event.sequence, shard: shard), amount: fact.terms.amount, of: number,
            payment.id, state: .captured)
        capture.enter(batch, fact.batch)
        appendCapture(captures.insert(capture), to: number)
        addItem(to: batch, event, captured: fact.terms.amount)
        due.push(DueEntry(time: fact.returnableUntil, kind: .debit, id: event.sequence.raw))
    }

    mutating func applyDebitFinal(_ event: EventHead) {
        finishKey(changePayment(of: event) { $0.expiresAt = .none }, .done, event)
    }

    mutating func applyDebitReturned(_ fact: DebitReturned, _ event: EventHead) {
        let number = changePayment(of: event) { row in
            row.flags.insert(.isReturned)
            row.expiresAt = .none
        }
        finishKey(number, .failed, event)
        let accepted = min(fact.amount, refundable(payments[number]))
        changeCapture(payments[number].firstCapture) { $0.refunded += accepted }
    }
}
