// Holds: reviews, increments, voids, reversals.

import Ledger

extension LedgerModel {
    func decideReview(_ body: DecideReview, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        try checkLive(index)
        let payment = state.payments[index]
        if !payment.isUnderReview { throw Refusal(.notUnderReview) }
        if body.isApproved, payment.order.capture == .automatic, !isOnline(payment.acquirer) {
            try checkPlace(body.place, payment.batchKey, captured: payment.held)
        }
        endReview(index)
        if body.isApproved {
            captureAutomatically(index, body.place)
        } else {
            voidHeld(index)
        }
    }

    func endReview(_ index: Int) {
        state.payments[index].isUnderReview = false
        write(.reviewDecided, of: index)
        end(.payment(state.payments[index].id), .done)
    }

    func incrementAuthorization(_ body: IncrementAuthorization, _ merchant: MerchantID) throws(Refusal) {
        try checkActive(merchant)
        let index = try payment(body.payment, of: merchant)
        try checkLive(index)
        let payment = state.payments[index]
        if payment.held == 0 { throw Refusal(.alreadyCaptured) }
        if payment.reserved > 0 { throw Refusal(.captureInFlight) }
        let max = state.merchants[merchant]?.settings.paymentMax ?? .zero
        if payment.authorized + body.amount > max.minorUnits { throw Refusal(.exceedsPaymentMax) }
        if payment.increments >= 10 { throw Refusal(.tooManyIncrements) }
        let ends = body.expiresAt.isNone ? holdEnd(of: index, asAsked: false) : body.expiresAt
        hold(body.amount, of: index, until: ends, as: .authorizationIncremented)
        state.payments[index].increments += 1
    }

    func voidPayment(_ body: VoidPayment, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        guard state.payments[index].phase == .live else { return try voidBeforeHeld(index) }
        if state.payments[index].held == 0 { throw Refusal(.alreadyCaptured) }
        if state.payments[index].reserved > 0 { throw Refusal(.captureInFlight) }
        voidHeld(index)
    }

    func reversePayment(_ body: ReversePayment, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        guard state.payments[index].phase == .live else { return try voidBeforeHeld(index) }
        let payment = state.payments[index]
        if payment.hasOpenDispute, payment.captured > 0 { throw Refusal(.disputeOpen) }
        if payment.reserved > 0 { throw Refusal(.captureInFlight) }
        if payment.held == 0, payment.refundable == 0 { throw Refusal(.exceedsRefundable) }
        if payment.refundable > 0 { try checkRefund(payment.refundable, of: index, body.place) }
        if payment.held > 0 { voidHeld(index) }
        if payment.refundable > 0 { refund(payment.refundable, of: index, body.place) }
    }

    func answerReversal(_ body: AnswerReversal, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        let reversals = state.payments[index].reversals
        guard let place = reversals.firstIndex(where: { $0.id == body.reversal && $0.isOutstanding }) else {
            let isOfOther = state.payments.contains { other in
                other.reversals.contains { $0.id == body.reversal && $0.isOutstanding }
            }
            let event = body.reversal.createdBy
            let mayBeOld = event > state.payments[index].id.createdBy && event < nextSequence
            let isOurs = body.reversal == ReversalID(createdBy: event, shard: shard)
            if mayBeOld, isOurs, !isOfOther { return }
            throw Refusal(.reversalUnknown)
        }
        state.payments[index].reversals[place].isOutstanding = false
        write(body.isConfirmed ? .reversalConfirmed : .reversalFailed, of: index)
        if !body.isConfirmed {
            openException(.reversalFailed, of: index, expected: reversals[place].amount, actual: 0)
        }
    }

    /// A void of what is not held yet.
    private func voidBeforeHeld(_ index: Int) throws(Refusal) {
        let payment = state.payments[index]
        switch payment.phase {
        case .requiresAction: voidNothing(index)
        case .processing where !payment.isAttemptOpen: voidNothing(index)
        case .processing, .unknown:
            if payment.isVoidRequested { throw Refusal(.voidRequested) }
            state.payments[index].isVoidRequested = true
            write(.voidRequested, of: index)
        default: try checkLive(index)
        }
    }

    /// Nothing was ever held: there is nothing to undo at an acquirer.
    func voidNothing(_ index: Int) {
        state.payments[index].phase = .voided
        write(.voided, of: index)
        endVoided(index)
    }

    /// Lets go everything held, with a reversal.
    func voidHeld(_ index: Int) {
        let payment = state.payments[index]
        var posting = Posting()
        release(payment.held, of: payment, &posting)
        let event = write(.voided, of: index, posting)
        state.payments[index].useUpHolds(payment.held)
        reverseUnclaimed(event, of: index)
        state.payments[index].end(as: .voided)
        endVoided(index)
    }

    private func endVoided(_ index: Int) {
        end(.payment(state.payments[index].id), .done)
        end(.void(state.payments[index].id), .done)
    }

    /// A hold has ended: what is left of it is let go.
    func expireHold(_ hold: Int, of index: Int) {
        let payment = state.payments[index]
        let left = payment.holds[hold].left
        var posting = Posting()
        release(left, of: payment, &posting)
        let event = write(.holdExpired, of: index, posting)
        state.payments[index].holds[hold].left = 0
        reverseUnclaimed(event, of: index)
        state.payments[index].end(as: .expired)
        if state.payments[index].held == 0 { end(.payment(payment.id), .done) }
    }

    /// What was authorized and is neither held nor captured any more is undone at the acquirer.
    func reverseUnclaimed(_ event: SequenceNumber, of index: Int) {
        let payment = state.payments[index]
        if payment.order.method == .card, payment.unclaimed > 0 {
            addReversal(event, payment.unclaimed, isOfHold: true, of: index)
        }
    }

    /// What is to be undone at the acquirer, named after the event that says so.
    func addReversal(_ event: SequenceNumber, _ amount: Int64, isOfHold: Bool, of index: Int) {
        state.payments[index].reversals.append(
            .init(id: ReversalID(createdBy: event, shard: shard), amount: amount, isOfHold: isOfHold))
    }
}
