// Giving back.

import Ledger

extension LedgerModel {
    func refundPayment(_ body: RefundPayment, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        let payment = state.payments[index]
        if payment.captured == 0 {
            try checkLive(index)
            throw Refusal(.notCaptured)
        }
        if payment.hasOpenDispute { throw Refusal(.disputeOpen) }
        let amount = body.amount == 0 ? payment.refundable : body.amount
        if amount > payment.refundable || payment.refundable == 0 { throw Refusal(.exceedsRefundable) }
        try checkRefund(amount, of: index, body.place)
        refund(amount, of: index, body.reason, body.place)
    }

    func submitRefund(_ body: SubmitRefund, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        let place = try refund(body.refund, of: index)
        let known = state.payments[index].refunds[place]
        if !known.batch.isNone { throw Refusal(.acquirerModeMismatch) }
        if known.state == .pending { sendOnline(place, of: index) }
    }

    func answerRefund(_ body: AnswerRefund, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        let place = try refund(body.refund, of: index)
        let known = state.payments[index].refunds[place]
        if !known.batch.isNone, state.batches[known.batch]?.isSent != true {
            throw Refusal(.batchNotSubmitted)
        }
        switch (known.state, body.isSucceeded) {
        case (.pending, true), (.submitted, true):
            if known.state == .pending, known.batch.isNone { sendOnline(place, of: index) }
            state.payments[index].refunds[place].state = .succeeded
            write(.refundSucceeded, of: index, says: ["refund": known.id, "reference": body.reference])
            end(.refund(known.id), .done)
        case (.failed, true):
            if known.isContradicted { return }
            state.payments[index].refunds[place].isContradicted = true
            openException(
                .secondOutcome, of: index, expected: 0, actual: known.amount, cause: known.id.createdBy)
        case (.succeeded, true), (.failed, false): return
        case (_, false): failRefund(place, of: index, body.responseCode)
        }
    }

    private func refund(_ id: RefundID, of payment: Int) throws(Refusal) -> Int {
        let refunds = state.payments[payment].refunds
        guard let index = refunds.firstIndex(where: { $0.id == id }) else { throw Refusal(.refundUnknown) }
        return index
    }

    private func sendOnline(_ place: Int, of index: Int) {
        let payment = state.payments[index]
        var posting = Posting()
        posting.move(
            payment.refunds[place].amount, debit: payment.ofAcquirer(.refundsPayable),
            credit: payment.ofAcquirer(.inTransit))
        state.payments[index].refunds[place].state = .submitted
        let refund = payment.refunds[place]
        write(
            .refundSubmitted, of: index, posting, says: ["refund": refund.id, "amount": refund.amount])
    }

    /// Whether a refund has gone to the acquirer.
    private func hasLeft(_ refund: ModelPayment.Refund) -> Bool {
        refund.batch.isNone ? refund.state != .pending : state.batches[refund.batch]?.isSent == true
    }

    /// Whether a refund may still be taken back on our side alone.
    func isAtHome(_ refund: ModelPayment.Refund) -> Bool {
        guard refund.state == .pending else { return false }
        return refund.batch.isNone || state.batches[refund.batch]?.state == .open
    }

    /// The money goes back where it came from, or to the purse if that is closed by now.
    func failRefund(_ place: Int, of index: Int, _ code: Text<4>) {
        let payment = state.payments[index]
        let refund = payment.refunds[place]
        let from = payment.ofAcquirer(hasLeft(refund) ? .inTransit : .refundsPayable)
        var toPurse: Int64 = 0
        var posting = Posting()
        for part in refund.parts {
            let capture = payment.captures[part.capture]
            state.payments[index].captures[part.capture].refunded -= part.amount
            let isOpen =
                capture.state == .captured || capture.state == .accepted || capture.state == .rejected
            if isOpen, !capture.wasSettled {
                state.payments[index].captures[part.capture].left += part.amount
                posting.move(part.amount, debit: from, credit: payment.ofMerchant(.merchantPending))
            } else {
                toPurse += part.amount
            }
        }
        give(toPurse, to: payment.purse, from: from, &posting)
        state.payments[index].refunds[place].state = .failed
        let event = write(
            .refundFailed, of: index, posting,
            says: [
                "refund": refund.id, "amount": refund.amount, "unsettled": refund.amount - toPurse,
                "responseCode": code,
            ])
        if state.batches[refund.batch]?.state == .open { takeOut(of: refund.batch, event) }
        end(.refund(refund.id), .failed)
    }
}

// Making one.
extension LedgerModel {
    /// What a refund takes of which capture: whole captures that can be voided, and the parts of the rest.
    private func plan(
        _ amount: Int64, of payment: ModelPayment
    ) -> (voided: [Int], parts: [ModelPayment.Refund.Part]) {
        var (rest, voided, parts) = (amount, [Int](), [ModelPayment.Refund.Part]())
        for (place, capture) in payment.captures.enumerated() where capture.isGood && rest > 0 {
            let taken = min(rest, capture.amount - capture.refunded)
            rest -= taken
            let isInOpenBatch =
                capture.state == .captured && state.batches[capture.batch]?.state == .open
                && !capture.wasSettled && !isOnline(payment.acquirer)
            if taken == capture.amount, isInOpenBatch {
                voided.append(place)
            } else if taken > 0 {
                parts.append(.init(capture: place, amount: taken))
            }
        }
        return (voided, parts)
    }

    /// The last refusals of a refund that is small enough.
    func checkRefund(_ amount: Int64, of index: Int, _ place: BatchPlace) throws(Refusal) {
        let payment = state.payments[index]
        if payment.refunds.count >= 200 { throw Refusal(.tooManyRefunds) }
        let sum = plan(amount, of: payment).parts.reduce(0) { $0 + $1.amount }
        if sum > 0, !isOnline(payment.acquirer) {
            try checkPlace(place, payment.batchKey, refunded: sum)
        }
    }

    /// Whether part of it is more than taking captures out of their batch: that has the key, and waits.
    func isRefunded(_ amount: Int64, of payment: ModelPayment) -> Bool {
        !plan(amount, of: payment).parts.isEmpty
    }

    /// Voids what can be voided, and requests the rest.
    func refund(_ amount: Int64, of index: Int, _ reason: RefundReason, _ place: BatchPlace) {
        let (voided, parts) = plan(amount, of: state.payments[index])
        if parts.isEmpty { return voided.forEach { takeOut($0, of: index) } }
        before { for capture in voided { takeOut(capture, of: index) } }
        let payment = state.payments[index]
        let batch = isOnline(payment.acquirer) ? BatchID.none : useBatch(place, payment.batchKey)
        let payable = payment.ofAcquirer(.refundsPayable)
        var fromPurse: Int64 = 0
        var posting = Posting()
        for part in parts {
            let pending = min(part.amount, payment.captures[part.capture].left)
            posting.move(pending, debit: payment.ofMerchant(.merchantPending), credit: payable)
            fromPurse += part.amount - pending
            state.payments[index].captures[part.capture].left -= pending
            state.payments[index].captures[part.capture].refunded += part.amount
        }
        take(fromPurse, from: payment.purse, to: payable, &posting)
        let id = RefundID(createdBy: nextSequence, shard: shard)
        let sum = parts.reduce(0) { $0 + $1.amount }
        state.payments[index].refunds.append(.init(id: id, amount: sum, parts: parts, batch: batch))
        let event = write(
            .refundRequested, of: index, posting,
            says: ["amount": sum, "unsettled": sum - fromPurse, "reason": reason, "batch": batch])
        putIn(index, batch, event)
    }
}
