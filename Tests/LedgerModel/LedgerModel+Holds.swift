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
        endReview(index, body.isApproved, body.reason)
        if body.isApproved {
            captureAutomatically(index, body.place)
        } else {
            voidHeld(index, .reviewRejected)
        }
    }

    func endReview(_ index: Int, _ isApproved: Bool, _ reason: Text<120>) {
        state.payments[index].isUnderReview = false
        write(.reviewDecided, of: index, says: ["isApproved": isApproved, "reason": reason])
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
        hold(
            body.amount, of: index, until: ends, as: .authorizationIncremented,
            says: [
                "acquirer": payment.acquirer, "amount": body.amount, "expiresAt": ends,
                "gateway": body.gateway,
            ])
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
        if payment.held > 0 {
            if isRefunded(payment.refundable, of: payment) {
                before { voidHeld(index) }
            } else {
                voidHeld(index)
            }
        }
        if payment.refundable > 0 { refund(payment.refundable, of: index, .requested, body.place) }
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
        if body.isConfirmed {
            write(.reversalConfirmed, of: index, says: ["reversal": body.reversal])
        } else {
            write(
                .reversalFailed, of: index,
                says: ["reversal": body.reversal, "responseCode": body.responseCode])
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
            write(.voidRequested, of: index, says: [:])
        default: try checkLive(index)
        }
    }

    /// Nothing was ever held: there is nothing to undo at an acquirer.
    func voidNothing(_ index: Int) {
        state.payments[index].phase = .voided
        write(
            .voided, of: index,
            says: ["amount": Int64(0), "reason": VoidReason.requested, "reversal": false])
        endVoided(index)
    }

    /// Lets go everything held, with a reversal.
    func voidHeld(_ index: Int, _ reason: VoidReason = .requested) {
        let payment = state.payments[index]
        var posting = Posting()
        release(payment.held, of: payment, &posting)
        state.payments[index].useUpHolds(payment.held)
        let event = write(
            .voided, of: index, posting,
            says: ["amount": payment.held, "reason": reason, "reversal": isToReverse(index)])
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
        state.payments[index].holds[hold].left = 0
        // The first hold goes by its payment's id.
        let id = hold == 0 ? payment.id.raw : payment.holds[hold].id.raw
        let event = write(
            .holdExpired, of: index, posting,
            says: ["hold": HoldID(raw: id), "amount": left, "reversal": isToReverse(index)])
        reverseUnclaimed(event, of: index)
        state.payments[index].end(as: .expired)
        if state.payments[index].held == 0 { end(.payment(payment.id), .done) }
    }

    /// What was authorized and is neither held nor captured any more is undone at the acquirer.
    func reverseUnclaimed(_ event: SequenceNumber, of index: Int) {
        if isToReverse(index) {
            addReversal(event, state.payments[index].unclaimed, isOfHold: true, of: index)
        }
    }

    /// Whether the acquirer keeps something for nobody, as things are.
    func isToReverse(_ index: Int) -> Bool {
        state.payments[index].order.method == .card && state.payments[index].unclaimed > 0
    }

    /// What is to be undone at the acquirer, named after the event that says so.
    func addReversal(_ event: SequenceNumber, _ amount: Int64, isOfHold: Bool, of index: Int) {
        state.payments[index].reversals.append(
            .init(id: ReversalID(createdBy: event, shard: shard), amount: amount, isOfHold: isOfHold))
    }
}
