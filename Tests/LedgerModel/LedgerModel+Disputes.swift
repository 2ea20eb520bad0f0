// A cardholder objects.

import Ledger

extension LedgerModel {
    func openDispute(_ body: OpenDispute, _ merchant: MerchantID) throws(Refusal) {
        if !body.acquirer.isNone { _ = try acquirer(body.acquirer) }
        let index = try payment(body.payment, of: merchant)
        let payment = state.payments[index]
        let told = try currency(body.currency)
        let acquirer = body.acquirer.isNone ? payment.acquirer : body.acquirer
        if acquirer.isNone { throw Refusal(.acquirerRequired) }
        if told != payment.currency {
            openException(
                .currency, of: index, expected: 0, actual: body.amount, acquirer: acquirer, currency: told)
            return
        }
        state.payments[index].disputes.append(
            .init(
                id: DisputeID(createdBy: nextSequence, shard: shard), acquirer: acquirer, stage: body.stage,
                amount: body.amount))
        let place = state.payments[index].disputes.count - 1
        askResponse(body.dueAt, place, of: index)
        let dueAt = state.payments[index].disputes[place].dueAt
        func said(_ accepted: Int64) -> Said {
            [
                "acquirer": acquirer, "stage": body.stage, "currency": told, "amount": body.amount,
                "accepted": accepted, "reason": body.reason, "networkReason": body.networkReason,
                "dueAt": dueAt, "reference": body.reference,
            ]
        }
        if body.stage == .inquiry {
            write(.disputeOpened, of: index, says: said(0))
        } else {
            holdDisputed(place, of: index, as: .disputeOpened, says: said)
        }
    }

    func advanceDispute(_ body: AdvanceDispute, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        let place = try dispute(body.dispute, of: index)
        let known = state.payments[index].disputes[place]
        guard body.stage > known.stage, known.isOpen || known.isMoneyKept || known.stage == .inquiry else {
            return
        }
        state.payments[index].disputes[place].stage = body.stage
        state.payments[index].disputes[place].isContradicted = false
        askResponse(body.dueAt, place, of: index)
        let dueAt = state.payments[index].disputes[place].dueAt
        func said(_ accepted: Int64) -> Said {
            ["dispute": known.id, "stage": body.stage, "accepted": accepted, "dueAt": dueAt]
        }
        if known.stage == .inquiry || known.isMoneyKept {
            // While it was won its share did not count as disputed; nor does it while the new one is found.
            state.payments[index].disputes[place].accepted = 0
            holdDisputed(place, of: index, as: .disputeAdvanced, says: said)
        } else {
            write(.disputeAdvanced, of: index, says: said(known.accepted))
        }
    }

    func submitEvidence(_ body: SubmitEvidence, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        let place = try dispute(body.dispute, of: index)
        let known = state.payments[index].disputes[place]
        if known.state == .expired { throw Refusal(.evidenceTooLate) }
        if !known.isOpen { throw Refusal(.disputeClosed) }
        state.payments[index].disputes[place].state = .underReview
        write(
            .evidenceSubmitted, of: index, says: ["dispute": body.dispute, "evidence": body.evidence])
    }

    func acceptDispute(_ body: AcceptDispute, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        let place = try dispute(body.dispute, of: index)
        if !state.payments[index].disputes[place].isOpen { throw Refusal(.disputeClosed) }
        close(place, of: index, .accepted, as: .disputeAccepted)
    }

    func decideDispute(_ body: DecideDispute, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        let place = try dispute(body.dispute, of: index)
        let known = state.payments[index].disputes[place]
        guard known.isOpen else {
            if known.isMoneyKept == (body.outcome == .lost), !known.isContradicted {
                state.payments[index].disputes[place].isContradicted = true
                openException(
                    .secondOutcome, of: index, expected: known.accepted, actual: 0,
                    acquirer: known.acquirer, cause: known.id.createdBy)
            }
            return
        }
        switch body.outcome {
        case .lost: close(place, of: index, .lost, as: .disputeLost)
        case .won: close(place, of: index, .won, as: .disputeWon)
        case .withdrawn: close(place, of: index, .withdrawn, as: .disputeWithdrawn)
        }
    }

    func pullDisputeFunds(_ body: PullDisputeFunds, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        let accounts = try clearing(body.dispute, of: index)
        var posting = Posting()
        posting.move(body.amount, debit: accounts.clearing, credit: accounts.transit)
        write(
            .disputeFundsPulled, of: index, posting,
            says: ["dispute": body.dispute, "amount": body.amount])
    }

    func returnDisputeFunds(_ body: ReturnDisputeFunds, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        let accounts = try clearing(body.dispute, of: index)
        var posting = Posting()
        posting.move(body.amount, debit: accounts.transit, credit: accounts.clearing)
        write(
            .disputeFundsReturned, of: index, posting,
            says: ["dispute": body.dispute, "amount": body.amount])
    }

    private func dispute(_ id: DisputeID, of payment: Int) throws(Refusal) -> Int {
        let disputes = state.payments[payment].disputes
        guard let index = disputes.firstIndex(where: { $0.id == id }) else { throw Refusal(.disputeUnknown) }
        return index
    }

    /// The accounts that money of a dispute moves between.
    private func clearing(
        _ id: DisputeID, of index: Int
    ) throws(Refusal) -> (clearing: AccountID, transit: AccountID) {
        let known = state.payments[index].disputes[try dispute(id, of: index)]
        let currency = state.payments[index].currency
        return (
            AccountID(.disputeClearing, currency, of: known.acquirer),
            AccountID(.inTransit, currency, of: known.acquirer)
        )
    }

    /// The merchant is to answer by then, or by the network's rule.
    private func askResponse(_ told: LedgerTime, _ place: Int, of index: Int) {
        let days: UInt64 =
            switch state.payments[index].order.card.brand {
            case .mastercard: 45
            case .amex: 20
            default: 30
            }
        state.payments[index].disputes[place].dueAt = told.isNone ? now.adding(.days(days)) : told
        state.payments[index].disputes[place].state = .needsResponse
    }

    /// Keeps back what can be disputed; the rest of the claim goes to suspense.
    private func holdDisputed(
        _ place: Int, of index: Int, as type: FactType, says said: (_ accepted: Int64) -> Said
    ) {
        let payment = state.payments[index]
        let dispute = payment.disputes[place]
        let accepted = min(dispute.amount, payment.refundable)
        let excess = dispute.amount - accepted
        var posting = Posting()
        take(accepted, from: payment.purse, to: payment.ofMerchant(.disputeHold), &posting)
        posting.move(
            excess, debit: payment.ofLedger(.suspense),
            credit: AccountID(.disputeClearing, payment.currency, of: dispute.acquirer))
        state.payments[index].disputes[place].accepted = accepted
        write(type, of: index, posting, says: said(accepted))
        if excess > 0 {
            openException(
                .disputeExceedsCaptured, of: index, expected: accepted, actual: dispute.amount,
                acquirer: dispute.acquirer, suspense: excess)
        }
        chargeFee(place, of: index)
    }

    /// Once a dispute.
    private func chargeFee(_ place: Int, of index: Int) {
        let payment = state.payments[index]
        let fee = state.merchants[payment.merchant]?.terms[payment.currency]?.chargebackFee.minorUnits ?? 0
        if fee == 0 || payment.disputes[place].isFeeCharged { return }
        state.payments[index].disputes[place].isFeeCharged = true
        var posting = Posting()
        take(fee, from: payment.purse, to: payment.ofLedger(.chargebackFeeRevenue), &posting)
        write(
            .chargebackFeeCharged, of: index, posting,
            says: ["dispute": payment.disputes[place].id, "amount": fee])
    }

    /// It is over: what was kept back goes to the merchant, or is gone.
    func close(_ place: Int, of index: Int, _ state: ModelPayment.Dispute.State, as type: FactType) {
        self.state.payments[index].disputes[place].state = state
        let payment = self.state.payments[index]
        let dispute = payment.disputes[place]
        let held = payment.ofMerchant(.disputeHold)
        var posting = Posting()
        if dispute.isMoneyKept {
            give(dispute.accepted, to: payment.purse, from: held, &posting)
        } else {
            posting.move(
                dispute.accepted, debit: held,
                credit: AccountID(.disputeClearing, payment.currency, of: dispute.acquirer))
        }
        write(type, of: index, posting, says: ["dispute": dispute.id, "amount": dispute.accepted])
    }
}

extension DisputeStage {
    static func > (left: Self, right: Self) -> Bool { left.rawValue > right.rawValue }
}
