import Invariants
package import Ledger

extension LedgerState {
    /// Changes the state by one event: its legs onto the accounts, its fact where it belongs, its key into
    /// the book.
    ///
    /// Events come in the order of the log. Sequences may be skipped: the log's own acts have some. An event
    /// that does not fit the state is not of this ledger, and stops the process.
    package mutating func apply(_ event: Event) {
        invariant(event.sequence >= next, "event \(event.sequence.raw) after \(next.raw)")
        invariant(event.time > time, "event \(event.sequence.raw) is not after its predecessor")
        core.next = event.sequence.advanced(by: 1)
        core.time = event.time
        if event.time >= core.monthEnd { beginMonth() }
        keys.forget(at: event.time, span: settings.keySpan)
        risk.forget(at: event.time)
        post(event.legs, at: event.sequence)
        addKey(event)
        applyFact(event)
        dropIdleEntries(until: event.time)
    }

    /// Leaves out the places that the log's own acts took: the next event is at `sequence`, or later.
    package mutating func skip(to sequence: SequenceNumber) {
        invariant(sequence >= next, "going back from \(next.raw) to \(sequence.raw)")
        core.next = sequence
    }

    /// The first event of a command brings its key. The outcome of most is final with it; what only begins
    /// something that others have to finish waits for its end.
    private mutating func addKey(_ event: Event) {
        let context = event.context
        guard !context.key.isNone else { return }
        var outcome = KeyOutcome.done
        switch event.fact {
        case .paymentRequested, .voidRequested, .captureRequested, .refundRequested, .debitSubmitted,
            .payoutCreated:
            outcome = .pending
        case .authorizationRecorded(let fact) where fact.terms.risk.action == .review: outcome = .pending
        case .refused(let fact): outcome = .refused(fact.code)
        default: break
        }
        if outcome == .pending {
            keys.addPending(context.key, fingerprint: context.fingerprint, at: event.sequence)
        } else {
            keys.add(
                context.key, fingerprint: context.fingerprint, at: event.sequence, outcome, time: event.time)
        }
    }

    /// One line a fact; what it does is in the folder of what it is about.
    private mutating func applyFact(_ event: Event) {
        switch event.fact {
        case .ledgerOpened(let fact):
            invariant(fact.shard == shard.number, "a log of shard \(fact.shard) in \(shard.number)")
        case .timeAccepted, .stateDigested, .refused, .routeSet: break
        case .settingsChanged(let fact): core.settings = fact
        case .holdSpanSet(let fact): core.holdSpans.set(fact)

        case .merchantOpened(let fact): applyMerchantOpened(fact, event)
        case .merchantChanged(let fact): applyMerchantChanged(fact, event)
        case .merchantTermsSet(let fact): applyMerchantTermsSet(fact, event)
        case .merchantFrozen: setMerchantState(.frozen, event)
        case .merchantUnfrozen: setMerchantState(.active, event)
        case .merchantClosed: setMerchantState(.closed, event)
        case .acquirerSet(let fact): applyAcquirerSet(fact)
        case .circuitChanged(let fact): applyCircuitChanged(fact)

        case .paymentRequested(let fact): applyPaymentRequested(fact, event)
        case .paymentBlocked(let fact): applyPaymentBlocked(fact, event)
        case .actionRequired(let fact): applyActionRequired(fact, event)
        case .actionCompleted: changePayment(of: event) { _ in }
        case .attemptStarted(let fact): applyAttemptStarted(fact, event)
        case .attemptClaimed(let fact): applyAttemptClaimed(fact, event)
        case .attemptFailed: applyAttemptFailed(event)
        case .attemptUnknown: applyAttemptUnknown(event)
        case .attemptNotFound(let fact): applyAttemptNotFound(fact, event)
        case .authorized(let fact): applyAuthorized(fact, event)
        case .authorizationRecorded(let fact): applyAuthorizationRecorded(fact, event)
        case .authorizationIncremented(let fact): applyIncremented(fact, event)
        case .declined(let fact): applyDeclined(fact, event)
        case .reviewDecided: applyReviewDecided(event)
        case .voidRequested: applyVoidRequested(event)
        case .voided(let fact): applyVoided(fact, event)
        case .holdExpiring: applyHoldExpiring(event)
        case .holdExpired(let fact): applyHoldExpired(fact, event)
        case .reversalRequested(let fact): applyReversalRequested(fact, event)
        case .reversalConfirmed(let fact): applyReversalAnswered(fact.reversal, event)
        case .reversalFailed(let fact): applyReversalAnswered(fact.reversal, event)

        case .captureRequested(let fact): applyCaptureRequested(fact, event)
        case .captured(let fact): applyCaptured(fact, event)
        case .captureFailed(let fact): applyCaptureFailed(fact, event)
        case .captureUnknown(let fact): applyCaptureUnknown(fact, event)
        case .captureVoided(let fact): applyCaptureVoided(fact, event)
        case .refundRequested(let fact): applyRefundRequested(fact, event)
        case .refundSubmitted(let fact): applyRefundSubmitted(fact, event)
        case .refundSucceeded(let fact): applyRefundSucceeded(fact, event)
        case .refundFailed(let fact): applyRefundFailed(fact, event)

        default: applySettlementFact(event)
        }
    }

    private mutating func applySettlementFact(_ event: Event) {
        switch event.fact {
        case .batchOpened(let fact): applyBatchOpened(fact, event)
        case .batchClosed(let fact): applyBatchClosed(fact)
        case .batchSubmitted(let fact): applyBatchSubmitted(fact)
        case .batchAcknowledged(let fact): changeBatch(fact.batch) { $0.state = .acknowledged }
        case .batchFailed(let fact): changeBatch(fact.batch) { $0.state = .failed }
        case .batchReconciled(let fact): applyBatchReconciled(fact)
        case .itemAccepted(let fact): applyItemAccepted(fact, event)
        case .itemRejected(let fact): applyItemRejected(fact, event)
        case .itemWithdrawn(let fact): applyItemWithdrawn(fact, event)
        case .itemSettled(let fact): applyItemSettled(fact, event)
        // Their legs say it all.
        case .cashMatched, .costNetted, .ownFundsMoved, .debtWrittenOff: break

        case .disputeOpened(let fact): applyDisputeOpened(fact, event)
        case .disputeAdvanced(let fact): applyDisputeAdvanced(fact, event)
        case .evidenceSubmitted(let fact): setDisputeStatus(fact.dispute, .underReview, event)
        case .disputeAccepted(let fact): setDisputeStatus(fact.dispute, .accepted, event)
        case .disputeExpired(let fact): setDisputeStatus(fact.dispute, .expired, event)
        case .disputeWon(let fact): setDisputeStatus(fact.dispute, .won, event)
        case .disputeLost(let fact): setDisputeStatus(fact.dispute, .lost, event)
        case .disputeWithdrawn(let fact): setDisputeStatus(fact.dispute, .withdrawn, event)
        case .disputeFundsPulled, .disputeFundsReturned: changePayment(of: event) { _ in }
        case .chargebackFeeCharged(let fact): applyChargebackFee(fact, event)

        case .debitSubmitted(let fact): applyDebitSubmitted(fact, event)
        case .debitFinal: applyDebitFinal(event)
        case .debitReturned(let fact): applyDebitReturned(fact, event)

        case .reserveWithheld(let fact): applyReserveWithheld(fact, event)
        case .reserveReleased(let fact): applyReserveReleased(fact, event)
        case .payoutCreated(let fact): applyPayoutCreated(fact, event)
        case .payoutRejected(let fact): setPayoutState(fact.payout, .rejected, .failed, event)
        case .payoutPaid(let fact): setPayoutState(fact.payout, .paid, .done, event)
        case .payoutReturned(let fact): setPayoutState(fact.payout, .returned, .failed, event)
        case .correctionPosted(let fact): applyCorrectionPosted(fact, event)

        case .exceptionOpened(let fact): applyExceptionOpened(fact, event)
        case .resolutionProposed(let fact): applyResolutionProposed(fact, event)
        case .exceptionResolved(let fact): applyExceptionResolved(fact, event)
        default:
            invariantViolated("\(event.fact.type) at \(event.sequence.raw) is not known to this state")
        }
    }
}
