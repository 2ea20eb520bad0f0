import Invariants
import Ledger

// What an acquirer says about single captures of a batch that has left.
extension LedgerState {
    // MARK: Deciding

    /// A capture, and the batch an acquirer speaks of it in.
    private struct Item {
        let number: RowNumber
        let capture: RowNumber
        let batch: RowNumber
        /// Whether it is in that batch; it may have been before.
        let isHere: Bool
    }

    private func findItem(
        _ batch: BatchID, _ payment: PaymentID, _ capture: CaptureID
    ) -> Result<Item, Unknown> {
        guard let batch = findBatch(batch) else { return .failure(Unknown(.batchUnknown)) }
        guard let number = findPayment(payment) else { return .failure(Unknown(.paymentUnknown)) }
        guard let capture = findCapture(capture, of: number) else {
            return .failure(Unknown(.captureUnknown))
        }
        let isHere = captures[capture].batch == batch
        if isHere, !batches[batch].state.isSent { return .failure(Unknown(.batchNotSubmitted)) }
        return .success(Item(number: number, capture: capture, batch: batch, isHere: isHere))
    }

    /// What an acquirer says without money of a capture that is not in the batch it speaks of: after it was
    /// presented again nothing new, else something nobody knows.
    private func refusalElsewhere(_ item: Item) -> RefusalCode? {
        captures[item.capture].flags.contains(.wasPresentedAgain) ? nil : .captureUnknown
    }

    /// Which of the names says nothing.
    private struct Unknown: Error {
        let code: RefusalCode
        init(_ code: RefusalCode) { self.code = code }
    }

    mutating func decideAcceptItem(_ request: AcceptItem, _ events: inout EventBatch) -> RefusalCode? {
        switch findItem(request.batch, request.payment, request.capture) {
        case .failure(let unknown): return unknown.code
        case .success(let item):
            guard item.isHere else { return refusalElsewhere(item) }
            guard captures[item.capture].state == .captured else { return nil }
            var fact = ItemAccepted()
            fact.batch = request.batch
            fact.capture = request.capture
            write(fact, of: item.number, into: &events)
            return nil
        }
    }

    mutating func decideSettleItem(_ request: SettleItem, _ events: inout EventBatch) -> RefusalCode? {
        switch findItem(request.batch, request.payment, request.capture) {
        case .failure(let unknown): return unknown.code
        case .success(let item):
            let row = captures[item.capture]
            let told = request.amount == 0 ? row.amount : Amount(minorUnits: request.amount)
            guard item.isHere, row.state.isTaken else {
                if row.flags.contains(.saidSettled) { return nil }
                openException(
                    .settledExceedsCaptured, of: item.number, in: item.batch, actual: told,
                    cause: row.id.createdBy, &events)
                return nil
            }
            if row.state != .settled { settle(item.capture, of: item.number, request, &events) }
            if told != row.amount, !row.flags.contains(.saidOtherAmount) {
                openException(
                    told > row.amount ? .amountOver : .amountUnder, of: item.number, in: item.batch,
                    expected: row.amount, actual: told, cause: row.id.createdBy, &events)
            }
            return nil
        }
    }

    private mutating func settle(
        _ capture: RowNumber, of number: RowNumber, _ request: SettleItem, _ events: inout EventBatch
    ) {
        let (row, payment) = (captures[capture], payments[number])
        let merchant = merchantID(payment)
        let terms = agreedTerms(merchant, payment.currency)
        var fact = ItemSettled()
        fact.batch = request.batch
        fact.capture = row.id
        fact.amount = row.pending
        fact.reference = request.reference
        fact.fee = feeDue(payment, with: row, terms)
        var purse = MerchantPurse(merchant, payment.currency, in: self)
        var legs = Legs()
        purse.give(
            fact.amount, debitTo: AccountID(.merchantPending, payment.currency, of: merchant), &legs)
        purse.take(fact.fee, creditTo: AccountID(.feeRevenue, payment.currency), &legs)
        if fact.amount > fact.fee {
            fact.reserve = min(terms.reserve.of(fact.amount - fact.fee), purse.available)
        }
        if !fact.reserve.isZero, terms.reserveSpan.nanoseconds > 0 {
            fact.releaseDay = BusinessDay(containing: now.adding(terms.reserveSpan))
            fact.reserve = min(fact.reserve, roomOfReserve(merchant, payment.currency, fact.releaseDay))
        }
        legs.move(
            fact.reserve, debit: AccountID(.merchantAvailable, payment.currency, of: merchant),
            credit: AccountID(.merchantReserve, payment.currency, of: merchant))
        write(fact, of: number, legs, into: &events)
    }

    /// What is due for everything of a payment captured and settled, this capture included, less what was
    /// posted: so no split loses a cent.
    private func feeDue(_ payment: PaymentRow, with settling: CaptureRow, _ terms: MerchantTermsSet) -> Amount
    {
        var (settled, posted) = (settling.amount, Amount.zero)
        var capture = payment.firstCapture
        while !capture.isNone {
            let row = captures[capture]
            if row.state == .settled { settled += row.amount }
            posted += row.fee
            capture = row.next
        }
        let due = terms.fee.of(settled) + terms.feeFixed
        return due - min(due, posted)
    }

    mutating func decideRejectItem(_ request: RejectItem, _ events: inout EventBatch) -> RefusalCode? {
        switch findItem(request.batch, request.payment, request.capture) {
        case .failure(let unknown): return unknown.code
        case .success(let item):
            guard item.isHere else { return refusalElsewhere(item) }
            let (row, payment) = (captures[item.capture], payments[item.number])
            guard row.state.isTaken, !payment.flags.contains(.isReturned) else { return nil }
            if request.isPresentedAgain, let refusal = placeRefusal(payment, request.place, row.amount) {
                return refusal
            }
            failRefunds(of: item.capture, &events)
            var fact = ItemRejected()
            fact.batch = request.batch
            fact.capture = row.id
            fact.responseCode = request.responseCode
            if request.isPresentedAgain { fact.next = openBatch(for: payment, request.place, &events) }
            var legs = Legs()
            legs.move(
                row.amount,
                debit: AccountID(.acquirerReceivable, payment.currency, of: acquirerID(payment)),
                credit: AccountID(.inTransit, payment.currency, of: acquirerID(payment)))
            write(fact, of: item.number, legs, into: &events)
            if !request.isPresentedAgain {
                openException(
                    .itemRejected, of: item.number, in: row.batch, expected: row.amount, &events)
            }
            return nil
        }
    }

    /// Refunds of a rejected capture that nobody has heard of yet: there is nothing to give back of it.
    /// Oldest first.
    private mutating func failRefunds(of capture: RowNumber, _ events: inout EventBatch) {
        var found: InlineArray<200, RowNumber> = .init(repeating: .none)
        var count = 0
        var part = captures[capture].firstPart
        while !part.isNone {
            let refund = refundParts[part].refund
            let row = refunds[refund]
            let isHere = row.batch.isNone ? row.state == .pending : batches[row.batch].state == .open
            if isHere && row.state != .failed {
                found[count] = refund
                count += 1
            }
            part = refundParts[part].nextOfCapture
        }
        for index in (0..<count).reversed() { failRefund(found[index], Text(), isFirst: true, &events) }
    }

    mutating func decideWithdrawItem(_ request: WithdrawItem, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        guard let capture = findCapture(request.capture, of: number) else { return .captureUnknown }
        let (row, payment) = (captures[capture], payments[number])
        guard row.state == .rejected else { return .captureNotRejected }
        var fact = ItemWithdrawn()
        fact.capture = row.id
        fact.amount = row.amount
        fact.fee = row.fee
        let merchant = merchantID(payment)
        let receivable = AccountID(.acquirerReceivable, payment.currency, of: acquirerID(payment))
        var purse = MerchantPurse(merchant, payment.currency, in: self)
        var legs = Legs()
        legs.move(
            row.pending, debit: AccountID(.merchantPending, payment.currency, of: merchant),
            credit: receivable)
        purse.take(row.amount - row.pending, creditTo: receivable, &legs)
        purse.give(row.fee, debitTo: AccountID(.feeRevenue, payment.currency), &legs)
        write(fact, of: number, legs, into: &events)
        return nil
    }

    // MARK: Applying

    mutating func applyItemAccepted(_ fact: ItemAccepted, _ event: EventHead) {
        changeItem(fact.capture, event) { $0.state = .accepted }
    }

    mutating func applyItemSettled(_ fact: ItemSettled, _ event: EventHead) {
        let capture = changeItem(fact.capture, event) { row in
            row.state = .settled
            row.fee += fact.fee
            row.flags.insert(.wasSettled)
        }
        if fact.releaseDay.daysSinceEpoch > 0, !fact.reserve.isZero {
            let currency = payments[captures[capture].payment].currency
            addReserve(event.context.merchant, currency, fact.releaseDay, fact.reserve)
        }
    }

    mutating func applyItemRejected(_ fact: ItemRejected, _ event: EventHead) {
        let next = fact.next.isNone ? RowNumber.none : batchNumber(fact.next)
        let capture = changeItem(fact.capture, event) { row in
            row.state = next.isNone ? .rejected : .captured
            // It may be settled with another amount once more.
            row.flags.remove(.saidOtherAmount)
            if !next.isNone {
                row.enter(next, fact.next)
                row.flags.insert(.wasPresentedAgain)
            }
        }
        if !next.isNone { addItem(to: next, event, captured: captures[capture].amount) }
    }

    mutating func applyItemWithdrawn(_ fact: ItemWithdrawn, _ event: EventHead) {
        let capture = changeItem(fact.capture, event) { row in
            row.state = .withdrawn
            row.fee = .zero
        }
        let number = captures[capture].payment
        changePayment(number) { row in
            row.captured -= fact.amount
            row.letGo += fact.amount
        }
        if payments[number].flags.contains(.isDebit) { finishKey(number, .failed, event) }
        endIfNothingHeld(number, phase: .voided, event)
    }

    @discardableResult
    private mutating func changeItem(
        _ id: CaptureID, _ event: EventHead, _ change: (inout CaptureRow) -> Void
    ) -> RowNumber {
        changePayment(of: event) { _ in }
        let capture = captureNumber(id)
        changeCapture(capture, change)
        return capture
    }
}
