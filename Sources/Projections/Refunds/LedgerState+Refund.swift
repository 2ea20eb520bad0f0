import Invariants
import Ledger

// Giving back: from the captures of a payment, oldest first.
extension LedgerState {
    /// Refunds a payment may have.
    static var refundCountMax: UInt8 { 200 }

    // MARK: Deciding

    mutating func decideRefund(_ request: RefundPayment, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        let row = payments[number]
        if row.captured.isZero { return row.phase.refusal ?? .notCaptured }
        if hasOpenDispute(row) { return .disputeOpen }
        let amount = request.amount == 0 ? refundable(row) : Amount(minorUnits: request.amount)
        guard !amount.isZero, amount <= refundable(row) else { return .exceedsRefundable }
        return refund(number, amount, request.reason, request.place, &events)
    }

    /// What may be given back of a payment.
    func refundable(_ row: PaymentRow) -> Amount {
        var sum = Amount.zero
        var capture = row.firstCapture
        while !capture.isNone {
            sum += captures[capture].refundable
            capture = captures[capture].next
        }
        return sum - min(sum, disputed(row))
    }

    /// Gives back an amount that is refundable: whole captures leave their open batch, the rest is a refund,
    /// which has the key: its outcome is open.
    private mutating func refund(
        _ number: RowNumber, _ amount: Amount, _ reason: RefundReason, _ place: BatchPlace,
        _ events: inout EventBatch
    ) -> RefusalCode? {
        let row = payments[number]
        let voided = voidedInstead(row, amount)
        let rest = amount - voided
        if !rest.isZero {
            guard row.refundCount < Self.refundCountMax else { return .tooManyRefunds }
            if isFileMode(row), let refusal = placeRefusal(row, place, rest) { return refusal }
        }
        var left = amount
        var capture = row.firstCapture
        while !capture.isNone, !left.isZero {
            let (taken, next) = (captures[capture], captures[capture].next)
            let part = min(left, taken.refundable)
            if !part.isZero {
                left -= part
                if part == taken.amount, isVoidable(taken, of: row) {
                    voidCapture(capture, of: number, isFirst: !rest.isZero, &events)
                }
            }
            capture = next
        }
        if !rest.isZero { requestRefund(number, rest, reason, place, &events) }
        return nil
    }

    /// Of a refund of this much, what leaves an open batch instead.
    private func voidedInstead(_ row: PaymentRow, _ amount: Amount) -> Amount {
        var (left, voided) = (amount, Amount.zero)
        var capture = row.firstCapture
        while !capture.isNone, !left.isZero {
            let taken = captures[capture]
            let part = min(left, taken.refundable)
            left -= part
            if !part.isZero, part == taken.amount, isVoidable(taken, of: row) { voided += part }
            capture = taken.next
        }
        return voided
    }

    /// A refund of what is refundable still, after whole captures have left their batch.
    private mutating func requestRefund(
        _ number: RowNumber, _ amount: Amount, _ reason: RefundReason, _ place: BatchPlace,
        _ events: inout EventBatch
    ) {
        let row = payments[number]
        var fact = RefundRequested()
        fact.amount = amount
        fact.reason = reason
        fact.unsettled = unsettledOfRefund(row, amount)
        if isFileMode(row) { fact.batch = openBatch(for: row, place, &events) }
        var purse = MerchantPurse(merchantID(row), row.currency, in: self)
        let payable = AccountID(.refundsPayable, row.currency, of: acquirerID(row))
        var legs = Legs()
        legs.move(
            fact.unsettled, debit: AccountID(.merchantPending, row.currency, of: merchantID(row)),
            credit: payable)
        purse.take(amount - fact.unsettled, creditTo: payable, &legs)
        write(fact, of: number, legs, into: &events)
    }

    private func unsettledOfRefund(_ row: PaymentRow, _ amount: Amount) -> Amount {
        var (left, unsettled) = (amount, Amount.zero)
        var capture = row.firstCapture
        while !capture.isNone, !left.isZero {
            let taken = captures[capture]
            let part = min(left, taken.refundable)
            left -= part
            unsettled += min(part, taken.pending)
            capture = taken.next
        }
        return unsettled
    }

    mutating func decideReverse(_ request: ReversePayment, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        let row = payments[number]
        if row.phase != .live { return decideVoid(number, &events) }
        if !row.captured.isZero, hasOpenDispute(row) { return .disputeOpen }
        if !reserved(row).isZero { return .captureInFlight }
        let amount = refundable(row)
        if row.held.isZero && amount.isZero { return .exceedsRefundable }
        let rest = amount - voidedInstead(row, amount)
        if !rest.isZero {
            guard row.refundCount < Self.refundCountMax else { return .tooManyRefunds }
            if isFileMode(row), let refusal = placeRefusal(row, request.place, rest) { return refusal }
        }
        // Of a void and a refund, the refund has the key: its outcome is open.
        if !row.held.isZero { void(number, .requested, isFirst: !rest.isZero, &events) }
        return amount.isZero ? nil : refund(number, amount, .requested, request.place, &events)
    }

    mutating func decideSubmitRefund(_ request: SubmitRefund, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        guard let refund = findRefund(request.refund, of: number) else { return .refundUnknown }
        if !refunds[refund].batch.isNone { return .acquirerModeMismatch }
        if refunds[refund].state == .pending { submitRefund(refund, &events) }
        return nil
    }

    private mutating func submitRefund(_ refund: RowNumber, _ events: inout EventBatch) {
        let row = refunds[refund]
        let payment = payments[row.payment]
        var fact = RefundSubmitted()
        fact.refund = row.id
        fact.amount = row.amount
        var legs = Legs()
        legs.move(
            row.amount, debit: AccountID(.refundsPayable, payment.currency, of: acquirerID(payment)),
            credit: AccountID(.inTransit, payment.currency, of: acquirerID(payment)))
        write(fact, of: row.payment, legs, into: &events)
    }

    mutating func decideAnswerRefund(_ request: AnswerRefund, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        guard let refund = findRefund(request.refund, of: number) else { return .refundUnknown }
        let row = refunds[refund]
        if !row.batch.isNone, !batches[row.batch].state.isSent { return .batchNotSubmitted }
        switch (row.state, request.isSucceeded) {
        case (.succeeded, true), (.failed, false): break
        case (.failed, true):
            if row.isSaidSucceeded { return nil }
            openException(
                .secondOutcome, of: number, actual: row.amount, cause: row.id.createdBy, &events)
        case (_, true):
            if row.state == .pending, row.batch.isNone { submitRefund(refund, &events) }
            var fact = RefundSucceeded()
            fact.refund = row.id
            fact.reference = request.reference
            write(fact, of: number, into: &events)
        case (_, false): failRefund(refund, request.responseCode, &events)
        }
        return nil
    }

    /// The money of a refund goes back to where it can be.
    ///
    /// - Parameter isFirst: whether something else was asked for, and this has to come before it.
    mutating func failRefund(
        _ refund: RowNumber, _ code: Text<4>, isFirst: Bool = false, _ events: inout EventBatch
    ) {
        let row = refunds[refund]
        let payment = payments[row.payment]
        var fact = RefundFailed()
        fact.refund = row.id
        fact.amount = row.amount
        fact.unsettled = returnable(row)
        fact.responseCode = code
        let from = AccountID(
            hasLeft(row) ? .inTransit : .refundsPayable, payment.currency, of: acquirerID(payment))
        var purse = MerchantPurse(merchantID(payment), payment.currency, in: self)
        var legs = Legs()
        legs.move(
            fact.unsettled, debit: from,
            credit: AccountID(.merchantPending, payment.currency, of: merchantID(payment)))
        purse.give(row.amount - fact.unsettled, debitTo: from, &legs)
        write(fact, of: row.payment, legs, isFirst: isFirst, into: &events)
    }

    /// Of a refund, what comes from captures whose money has not gone to the merchant.
    private func returnable(_ row: RefundRow) -> Amount {
        var sum = Amount.zero
        var part = row.firstPart
        while !part.isNone {
            // Copies: what is lent through two tables at once may cost allocations.
            let row = refundParts[part]
            let capture = captures[row.capture]
            if capture.returnsToPending { sum += row.amount }
            part = row.nextOfRefund
        }
        return sum
    }

    /// Whether a refund's money is with the acquirer.
    func hasLeft(_ row: RefundRow) -> Bool {
        row.batch.isNone ? row.state != .pending : batches[row.batch].hasLeft
    }

    // MARK: Applying

    mutating func applyRefundRequested(_ fact: RefundRequested, _ event: EventHead) {
        let number = changePayment(of: event) { $0.refundCount += 1 }
        let batch = fact.batch.isNone ? RowNumber.none : batchNumber(fact.batch)
        let refund = refunds.insert(
            RefundRow(
                id: RefundID(createdBy: event.sequence, shard: shard), paymentID: event.context.payment,
                batchID: fact.batch, amount: fact.amount, payment: number, batch: batch))
        var left = fact.amount
        var capture = payments[number].firstCapture
        while !capture.isNone, !left.isZero {
            let part = min(left, captures[capture].refundable)
            if !part.isZero { addPart(part, of: refund, from: capture) }
            left -= part
            capture = captures[capture].next
        }
        invariant(left.isZero, "refund at \(event.sequence.raw) of more than was captured")
        if !batch.isNone {
            addItem(to: batch, event, refunded: fact.amount)
            list(refunds[refund].id, in: batch)
        }
    }

    private mutating func addPart(_ amount: Amount, of refund: RowNumber, from capture: RowNumber) {
        core.refundPartCount += 1
        let part = refundParts.insert(
            RefundPartRow(
                number: core.refundPartCount, refundID: refunds[refund].id, captureID: captures[capture].id,
                amount: amount, refund: refund, capture: capture,
                nextOfRefund: refunds[refund].firstPart, nextOfCapture: captures[capture].firstPart))
        refunds.relink(refund) { $0.firstPart = part }
        changeCapture(capture) { row in
            row.firstPart = part
            row.refunded += amount
        }
    }

    mutating func applyRefundSubmitted(_ fact: RefundSubmitted, _ event: EventHead) {
        changeRefund(fact.refund, event) { $0.state = .submitted }
    }

    mutating func applyRefundSucceeded(_ fact: RefundSucceeded, _ event: EventHead) {
        changeRefund(fact.refund, event) { $0.state = .succeeded }
        keys.finish(fact.refund.createdBy, .done, time: event.time)
    }

    mutating func applyRefundFailed(_ fact: RefundFailed, _ event: EventHead) {
        let refund = changeRefund(fact.refund, event) { $0.state = .failed }
        keys.finish(fact.refund.createdBy, .failed, time: event.time)
        var part = refunds[refund].firstPart
        while !part.isNone {
            let row = refundParts[part]
            changeCapture(row.capture) { $0.refunded -= row.amount }
            part = row.nextOfRefund
        }
        let batch = refunds[refund].batch
        if !batch.isNone, batches[batch].state == .open {
            removeItem(from: batch, event, refunded: fact.amount)
        }
    }

    @discardableResult
    private mutating func changeRefund(
        _ id: RefundID, _ event: EventHead, _ change: (inout RefundRow) -> Void
    ) -> RowNumber {
        changePayment(of: event) { _ in }
        guard let number = refunds.find(id.raw) else { invariantViolated("no refund \(id.raw)") }
        refunds.modify(number, change)
        return number
    }

    /// A refund of this payment.
    private func findRefund(_ id: RefundID, of payment: RowNumber) -> RowNumber? {
        guard let number = refunds.find(id.raw), refunds[number].payment == payment else { return nil }
        return number
    }
}
