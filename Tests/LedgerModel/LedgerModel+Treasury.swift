// Debits from bank accounts; money of merchants, and ours.

import Ledger

extension LedgerModel {
    func submitDebit(_ body: SubmitDebit, _ merchant: MerchantID) throws(Refusal) {
        try checkActive(merchant)
        _ = try toldAcquirer(body.acquirer)
        if body.order.method != .ach { throw Refusal(.methodNotDebit) }
        try checkRoom(body.order, merchant)
        let amount = body.order.amount
        let key = ModelState.BatchKey(
            merchant: merchant, acquirer: body.acquirer, currency: try currency(body.order.currency))
        try checkPlace(body.place, key, captured: amount)

        let batch = useBatch(body.place, key)
        let capture = CaptureID(createdBy: nextSequence, shard: shard)
        let index = try addPayment(body.order, merchant)
        state.payments[index].acquirer = body.acquirer
        state.payments[index].phase = .live
        state.payments[index].authorized = amount
        state.payments[index].returnableUntil = body.returnableUntil
        state.payments[index].captures = [
            .init(id: capture, amount: amount, isFinal: true, state: .captured, batch: batch, left: amount)
        ]
        var posting = Posting()
        posting.move(
            amount, debit: state.payments[index].ofAcquirer(.acquirerReceivable),
            credit: state.payments[index].ofMerchant(.merchantPending))
        let event = write(
            .debitSubmitted, of: index, posting,
            says: [
                "order": body.order, "acquirer": body.acquirer, "batch": batch,
                "returnableUntil": body.returnableUntil,
            ])
        putIn(index, batch, event)
    }

    func returnDebit(_ body: ReturnDebit, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        let payment = state.payments[index]
        guard payment.order.method == .ach, let capture = payment.captures.first else {
            throw Refusal(.methodNotDebit)
        }
        if state.batches[capture.batch]?.isSent != true { throw Refusal(.batchNotSubmitted) }
        if payment.isReturned { return }
        let told = body.amount == 0 ? payment.refundable : body.amount
        let amount = min(told, payment.refundable)
        let transit = payment.ofAcquirer(.inTransit)
        let pending = min(amount, capture.left)
        var posting = Posting()
        posting.move(pending, debit: payment.ofMerchant(.merchantPending), credit: transit)
        take(amount - pending, from: payment.purse, to: transit, &posting)
        posting.move(told - amount, debit: payment.ofLedger(.suspense), credit: transit)
        state.payments[index].isReturned = true
        state.payments[index].captures[0].left -= pending
        state.payments[index].captures[0].refunded += amount
        write(
            .debitReturned, of: index, posting, says: ["amount": told, "returnCode": body.returnCode])
        end(.payment(payment.id), .failed)
        if told > amount {
            openException(
                .returnExceedsCaptured, of: index, expected: amount, actual: told, suspense: told - amount)
        }
    }

    func withholdReserve(_ body: WithholdReserve, _ merchant: MerchantID) throws(Refusal) {
        let purse = Purse(merchant: merchant, currency: try currency(body.currency))
        try checkCredit(of: purse.account(.merchantAvailable), body.amount, else: .exceedsAvailable)
        if !body.releaseAt.isNone, body.amount > room(merchant, purse.currency, at: body.releaseAt) {
            throw Refusal(.sumTooLarge)
        }
        var posting = Posting()
        posting.move(
            body.amount, debit: purse.account(.merchantAvailable), credit: purse.account(.merchantReserve))
        if !body.releaseAt.isNone { addRelease(body.amount, merchant, purse.currency, at: body.releaseAt) }
        write(
            .reserveWithheld, merchant: merchant, posting,
            says: [
                "currency": purse.currency, "amount": body.amount,
                "releaseDay": body.releaseAt.isNone ? 0 : Self.day(of: body.releaseAt),
            ])
    }

    func releaseReserve(_ body: ReleaseReserve, _ merchant: MerchantID) throws(Refusal) {
        let purse = Purse(merchant: merchant, currency: try currency(body.currency))
        try checkCredit(of: purse.account(.merchantReserve), body.amount, else: .exceedsReserve)
        releaseReserve(body.amount, to: purse, day: 0)
    }

    /// - Parameter day: at whose end it was due; 0 for by hand.
    func releaseReserve(_ amount: Int64, to purse: Purse, day: UInt32) {
        var posting = Posting()
        give(amount, to: purse, from: purse.account(.merchantReserve), &posting)
        write(
            .reserveReleased, merchant: purse.merchant, posting,
            says: ["currency": purse.currency, "amount": amount, "releaseDay": day])
    }

    func createPayout(_ body: CreatePayout, _ merchant: MerchantID) throws(Refusal) {
        let purse = Purse(merchant: merchant, currency: try currency(body.currency))
        try checkCredit(of: purse.account(.merchantAvailable), body.amount, else: .exceedsAvailable)
        var posting = Posting()
        posting.move(
            body.amount, debit: purse.account(.merchantAvailable), credit: purse.account(.payoutInTransit))
        let id = PayoutID(createdBy: nextSequence, shard: shard)
        state.payoutList.append(id)
        state.payouts[id] = .init(
            merchant: merchant, currency: purse.currency, amount: body.amount)
        write(
            .payoutCreated, merchant: merchant, posting,
            says: ["currency": purse.currency, "amount": body.amount])
    }

    func answerPayout(_ body: AnswerPayout, _ merchant: MerchantID) throws(Refusal) {
        guard let payout = state.payouts[body.payout], payout.merchant == merchant else {
            throw Refusal(.payoutUnknown)
        }
        let purse = Purse(merchant: merchant, currency: payout.currency)
        let transit = purse.account(.payoutInTransit)
        let transfer: Said = [
            "payout": body.payout, "amount": payout.amount, "bankAccount": body.bankAccount,
            "reference": body.reference,
        ]
        var posting = Posting()
        switch (payout.state, body.answer) {
        case (.created, .rejected):
            give(payout.amount, to: purse, from: transit, &posting)
            state.payouts[body.payout]?.state = .rejected
            write(
                .payoutRejected, merchant: merchant, posting,
                says: [
                    "payout": body.payout, "amount": payout.amount, "responseCode": body.responseCode,
                ])
            end(.payout(body.payout), .failed)
        case (.created, .paid):
            let cash = AccountID(.cash, payout.currency, of: body.bankAccount)
            posting.move(payout.amount, debit: transit, credit: cash)
            state.payouts[body.payout]?.state = .paid
            write(.payoutPaid, merchant: merchant, posting, says: transfer)
            end(.payout(body.payout), .done)
        case (.paid, .returned):
            let cash = AccountID(.cash, payout.currency, of: body.bankAccount)
            give(payout.amount, to: purse, from: cash, &posting)
            state.payouts[body.payout]?.state = .returned
            write(.payoutReturned, merchant: merchant, posting, says: transfer)
        case (.rejected, .rejected), (.paid, .paid), (.returned, .returned): return
        default:
            if payout.contradicted == payout.state { return }
            state.payouts[body.payout]?.contradicted = payout.state
            openException(
                .secondOutcome, merchant: merchant, currency: payout.currency, expected: payout.amount,
                cause: body.payout.createdBy)
        }
    }

    func moveOwnFunds(_ body: MoveOwnFunds, _ merchant: MerchantID) throws(Refusal) {
        let currency = try currency(body.currency)
        let cash = AccountID(.cash, currency, of: body.bankAccount)
        let own = AccountID(.ownFunds, currency)
        var posting = Posting()
        if body.isIn {
            posting.move(body.amount, debit: cash, credit: own)
        } else {
            try checkCredit(of: own, body.amount, else: .exceedsOwnFunds)
            posting.move(body.amount, debit: own, credit: cash)
        }
        write(
            .ownFundsMoved, merchant: merchant, posting,
            says: [
                "bankAccount": body.bankAccount, "currency": currency, "amount": body.amount,
                "isIn": body.isIn, "reason": body.reason,
            ])
    }

    func writeOffDebt(
        _ body: WriteOffDebt, _ merchant: MerchantID, _ actor: ActorID
    ) throws(Refusal) {
        let currency = try currency(body.currency)
        let debt = AccountID(.merchantReceivable, currency, of: merchant)
        if Int128(body.amount) > -credit(of: debt) { throw Refusal(.exceedsDebt) }
        try checkApprover(body.approver, actor)
        var posting = Posting()
        posting.move(body.amount, debit: AccountID(.chargebackLoss, currency), credit: debt)
        write(
            .debtWrittenOff, merchant: merchant, posting,
            says: [
                "currency": currency, "amount": body.amount, "approver": body.approver,
                "reason": body.reason,
            ])
    }

    /// Whether a credit account has that much.
    private func checkCredit(
        of account: AccountID, _ amount: Int64, else code: RefusalCode
    ) throws(Refusal) {
        if Int128(amount) > credit(of: account) { throw Refusal(code) }
    }

    func checkApprover(_ approver: ActorID, _ actor: ActorID) throws(Refusal) {
        if approver.isNone || actor.isNone { throw Refusal(.approverRequired) }
        if approver == actor { throw Refusal(.approverIsActor) }
    }
}
