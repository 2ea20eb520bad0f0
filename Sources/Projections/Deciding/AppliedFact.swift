import Invariants
package import Ledger

/// A fact that the state knows how to apply. One conformance a fact; what it does is in the folder of what it
/// is about.
protocol AppliedFact: FactBody {
    /// Changes what the fact is about; legs and key have been taken.
    func apply(to state: inout LedgerState, _ event: EventHead)
    /// What its event means for the key that goes with it.
    var keyOutcome: KeyOutcome { get }
}

extension AppliedFact {
    /// Most are final with the event; what only begins something waits for those who finish it.
    var keyOutcome: KeyOutcome { .done }
}

// MARK: The ledger and its settings

extension LedgerOpened: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {
        invariant(
            shard == state.shard.number, "a log of shard \(shard) in \(state.shard.number)")
        state.core.keySecret = keySecret
    }
}

extension SettingsChanged: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.core.settings = self }
}

extension HoldSpanSet: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.core.holdSpans.set(self) }
}

extension TimeAccepted: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {}
}

extension StateDigested: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {}
}

extension Refused: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {}
    var keyOutcome: KeyOutcome { .refused(code) }
}

// MARK: Merchants and acquirers

extension MerchantOpened: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyMerchantOpened(self, event) }
}

extension MerchantChanged: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyMerchantChanged(self, event) }
}

extension MerchantTermsSet: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyMerchantTermsSet(self, event) }
}

extension MerchantFrozen: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.setMerchantState(.frozen, event) }
}

extension MerchantUnfrozen: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.setMerchantState(.active, event) }
}

extension MerchantClosed: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.setMerchantState(.closed, event) }
}

extension AcquirerSet: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyAcquirerSet(self) }
}

extension CircuitChanged: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyCircuitChanged(self) }
}

extension RouteSet: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {}
}

// MARK: Payments

extension PaymentRequested: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyPaymentRequested(self, event) }
    var keyOutcome: KeyOutcome { .pending }
}

extension PaymentBlocked: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyPaymentBlocked(self, event) }
}

extension ActionRequired: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyActionRequired(self, event) }
}

extension ActionCompleted: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.changePayment(of: event) { _ in } }
}

extension AttemptStarted: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyAttemptStarted(self, event) }
}

extension AttemptClaimed: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyAttemptClaimed(self, event) }
}

extension AttemptFailed: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyAttemptFailed(event) }
}

extension AttemptUnknown: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyAttemptUnknown(event) }
}

extension AttemptNotFound: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyAttemptNotFound(self, event) }
}

extension Authorized: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyAuthorized(self, event) }
}

extension AuthorizationRecorded: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {
        state.applyAuthorizationRecorded(self, event)
    }
    var keyOutcome: KeyOutcome { terms.risk.action == .review ? .pending : .done }
}

extension AuthorizationIncremented: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyIncremented(self, event) }
}

extension Declined: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyDeclined(self, event) }
}

extension ReviewDecided: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyReviewDecided(event) }
}

extension VoidRequested: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyVoidRequested(event) }
    var keyOutcome: KeyOutcome { .pending }
}

extension Voided: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyVoided(self, event) }
}

extension HoldExpiring: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyHoldExpiring(event) }
}

extension HoldExpired: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyHoldExpired(self, event) }
}

extension ReversalRequested: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyReversalRequested(self, event) }
}

extension ReversalConfirmed: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {
        state.applyReversalAnswered(reversal, event)
    }
}

extension ReversalFailed: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {
        state.applyReversalAnswered(reversal, event)
    }
}

// MARK: Captures and refunds

extension CaptureRequested: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyCaptureRequested(self, event) }
    var keyOutcome: KeyOutcome { .pending }
}

extension Captured: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyCaptured(self, event) }
}

extension CaptureFailed: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyCaptureFailed(self, event) }
}

extension CaptureUnknown: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyCaptureUnknown(self, event) }
}

extension CaptureVoided: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyCaptureVoided(self, event) }
}

extension RefundRequested: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyRefundRequested(self, event) }
    var keyOutcome: KeyOutcome { .pending }
}

extension RefundSubmitted: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyRefundSubmitted(self, event) }
}

extension RefundSucceeded: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyRefundSucceeded(self, event) }
}

extension RefundFailed: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyRefundFailed(self, event) }
}

// MARK: Batches and what acquirers say of them

extension BatchOpened: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyBatchOpened(self, event) }
}

extension BatchClosed: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyBatchClosed(self) }
}

extension BatchSubmitted: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyBatchSubmitted(self) }
}

extension BatchAcknowledged: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {
        state.changeBatch(batch) { $0.state = .acknowledged }
    }
}

extension BatchFailed: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {
        state.changeBatch(batch) { $0.state = .failed }
    }
}

extension ItemAccepted: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyItemAccepted(self, event) }
}

extension ItemRejected: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyItemRejected(self, event) }
}

extension ItemWithdrawn: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyItemWithdrawn(self, event) }
}

extension ItemSettled: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyItemSettled(self, event) }
}

extension BatchReconciled: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyBatchReconciled(self, event) }
}

/// Its legs say it all.
extension CashMatched: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {}
}

/// Its legs say it all.
extension CostNetted: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {}
}

// MARK: Disputes

extension DisputeOpened: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyDisputeOpened(self, event) }
}

extension DisputeAdvanced: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyDisputeAdvanced(self, event) }
}

extension EvidenceSubmitted: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {
        state.setDisputeStatus(dispute, .underReview, event)
    }
}

extension DisputeAccepted: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {
        state.setDisputeStatus(dispute, .accepted, event)
    }
}

extension DisputeExpired: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {
        state.setDisputeStatus(dispute, .expired, event)
    }
}

extension DisputeWon: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {
        state.setDisputeStatus(dispute, .won, event)
    }
}

extension DisputeLost: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {
        state.setDisputeStatus(dispute, .lost, event)
    }
}

extension DisputeWithdrawn: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {
        state.setDisputeStatus(dispute, .withdrawn, event)
    }
}

extension DisputeFundsPulled: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.changePayment(of: event) { _ in } }
}

extension DisputeFundsReturned: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.changePayment(of: event) { _ in } }
}

extension ChargebackFeeCharged: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyChargebackFee(self, event) }
}

// MARK: Debits

extension DebitSubmitted: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyDebitSubmitted(self, event) }
    var keyOutcome: KeyOutcome { .pending }
}

extension DebitFinal: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyDebitFinal(event) }
}

extension DebitReturned: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyDebitReturned(self, event) }
}

// MARK: Reserves, payouts, corrections

extension ReserveWithheld: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyReserveWithheld(self, event) }
}

extension ReserveReleased: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyReserveReleased(self, event) }
}

extension PayoutCreated: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyPayoutCreated(self, event) }
    var keyOutcome: KeyOutcome { .pending }
}

extension PayoutRejected: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {
        state.setPayoutState(payout, .rejected, .failed, event)
    }
}

extension PayoutPaid: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {
        state.setPayoutState(payout, .paid, .done, event)
    }
}

extension PayoutReturned: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {
        state.setPayoutState(payout, .returned, .failed, event)
    }
}

/// Its legs say it all.
extension OwnFundsMoved: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {}
}

extension CorrectionPosted: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyCorrectionPosted(self, event) }
}

/// Its legs say it all.
extension DebtWrittenOff: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) {}
}

// MARK: Exceptions

extension ExceptionOpened: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyExceptionOpened(self, event) }
}

extension ResolutionProposed: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyResolutionProposed(self, event) }
}

extension ExceptionResolved: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyExceptionResolved(self, event) }
}

// MARK: Who may ask

extension APIKeyCreated: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyAPIKeyCreated(self, event) }
}

extension APIKeyRevoked: AppliedFact {
    func apply(to state: inout LedgerState, _ event: EventHead) { state.applyAPIKeyRevoked(self) }
}
