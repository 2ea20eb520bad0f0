/// What happened: one of the facts, with its fields.
///
/// The functions below list all facts and do nothing else; a new fact is a struct, a number in
/// `FactType` and a line in each.
public enum Fact: Hashable, Sendable, BitwiseCopyable {
    case ledgerOpened(LedgerOpened)
    case settingsChanged(SettingsChanged)
    case holdSpanSet(HoldSpanSet)
    case timeAccepted(TimeAccepted)
    case stateDigested(StateDigested)
    case refused(Refused)
    case merchantOpened(MerchantOpened)
    case merchantChanged(MerchantChanged)
    case merchantTermsSet(MerchantTermsSet)
    case merchantFrozen(MerchantFrozen)
    case merchantUnfrozen(MerchantUnfrozen)
    case merchantClosed(MerchantClosed)
    case acquirerSet(AcquirerSet)
    case circuitChanged(CircuitChanged)
    case routeSet(RouteSet)
    case paymentRequested(PaymentRequested)
    case paymentBlocked(PaymentBlocked)
    case actionRequired(ActionRequired)
    case actionCompleted(ActionCompleted)
    case attemptStarted(AttemptStarted)
    case attemptClaimed(AttemptClaimed)
    case attemptFailed(AttemptFailed)
    case attemptUnknown(AttemptUnknown)
    case attemptNotFound(AttemptNotFound)
    case authorized(Authorized)
    case authorizationRecorded(AuthorizationRecorded)
    case authorizationIncremented(AuthorizationIncremented)
    case declined(Declined)
    case reviewDecided(ReviewDecided)
    case voidRequested(VoidRequested)
    case voided(Voided)
    case holdExpiring(HoldExpiring)
    case holdExpired(HoldExpired)
    case reversalRequested(ReversalRequested)
    case reversalConfirmed(ReversalConfirmed)
    case reversalFailed(ReversalFailed)
    case captureRequested(CaptureRequested)
    case captured(Captured)
    case captureFailed(CaptureFailed)
    case captureUnknown(CaptureUnknown)
    case captureVoided(CaptureVoided)
    case refundRequested(RefundRequested)
    case refundSubmitted(RefundSubmitted)
    case refundSucceeded(RefundSucceeded)
    case refundFailed(RefundFailed)
    case batchOpened(BatchOpened)
    case batchClosed(BatchClosed)
    case batchSubmitted(BatchSubmitted)
    case batchAcknowledged(BatchAcknowledged)
    case batchFailed(BatchFailed)
    case itemAccepted(ItemAccepted)
    case itemRejected(ItemRejected)
    case itemWithdrawn(ItemWithdrawn)
    case itemSettled(ItemSettled)
    case batchReconciled(BatchReconciled)
    case cashMatched(CashMatched)
    case costNetted(CostNetted)
    case disputeOpened(DisputeOpened)
    case disputeAdvanced(DisputeAdvanced)
    case evidenceSubmitted(EvidenceSubmitted)
    case disputeAccepted(DisputeAccepted)
    case disputeExpired(DisputeExpired)
    case disputeWon(DisputeWon)
    case disputeLost(DisputeLost)
    case disputeWithdrawn(DisputeWithdrawn)
    case disputeFundsPulled(DisputeFundsPulled)
    case disputeFundsReturned(DisputeFundsReturned)
    case chargebackFeeCharged(ChargebackFeeCharged)
    case debitSubmitted(DebitSubmitted)
    case debitFinal(DebitFinal)
    case debitReturned(DebitReturned)
    case reserveWithheld(ReserveWithheld)
    case reserveReleased(ReserveReleased)
    case payoutCreated(PayoutCreated)
    case payoutRejected(PayoutRejected)
    case payoutPaid(PayoutPaid)
    case payoutReturned(PayoutReturned)
    case ownFundsMoved(OwnFundsMoved)
    case correctionPosted(CorrectionPosted)
    case debtWrittenOff(DebtWrittenOff)
    case exceptionOpened(ExceptionOpened)
    case resolutionProposed(ResolutionProposed)
    case exceptionResolved(ExceptionResolved)
    case apiKeyCreated(APIKeyCreated)
    case apiKeyRevoked(APIKeyRevoked)

    /// Its number in an event's header.
    public var type: FactType {
        switch self {
        case .ledgerOpened: .ledgerOpened
        case .settingsChanged: .settingsChanged
        case .holdSpanSet: .holdSpanSet
        case .timeAccepted: .timeAccepted
        case .stateDigested: .stateDigested
        case .refused: .refused
        case .merchantOpened: .merchantOpened
        case .merchantChanged: .merchantChanged
        case .merchantTermsSet: .merchantTermsSet
        case .merchantFrozen: .merchantFrozen
        case .merchantUnfrozen: .merchantUnfrozen
        case .merchantClosed: .merchantClosed
        case .acquirerSet: .acquirerSet
        case .circuitChanged: .circuitChanged
        case .routeSet: .routeSet
        case .paymentRequested: .paymentRequested
        case .paymentBlocked: .paymentBlocked
        case .actionRequired: .actionRequired
        case .actionCompleted: .actionCompleted
        case .attemptStarted: .attemptStarted
        case .attemptClaimed: .attemptClaimed
        case .attemptFailed: .attemptFailed
        case .attemptUnknown: .attemptUnknown
        case .attemptNotFound: .attemptNotFound
        case .authorized: .authorized
        case .authorizationRecorded: .authorizationRecorded
        case .authorizationIncremented: .authorizationIncremented
        case .declined: .declined
        case .reviewDecided: .reviewDecided
        case .voidRequested: .voidRequested
        case .voided: .voided
        case .holdExpiring: .holdExpiring
        case .holdExpired: .holdExpired
        case .reversalRequested: .reversalRequested
        case .reversalConfirmed: .reversalConfirmed
        case .reversalFailed: .reversalFailed
        case .captureRequested: .captureRequested
        case .captured: .captured
        case .captureFailed: .captureFailed
        case .captureUnknown: .captureUnknown
        case .captureVoided: .captureVoided
        case .refundRequested: .refundRequested
        case .refundSubmitted: .refundSubmitted
        case .refundSucceeded: .refundSucceeded
        case .refundFailed: .refundFailed
        case .batchOpened: .batchOpened
        case .batchClosed: .batchClosed
        case .batchSubmitted: .batchSubmitted
        case .batchAcknowledged: .batchAcknowledged
        case .batchFailed: .batchFailed
        case .itemAccepted: .itemAccepted
        case .itemRejected: .itemRejected
        case .itemWithdrawn: .itemWithdrawn
        case .itemSettled: .itemSettled
        case .batchReconciled: .batchReconciled
        case .cashMatched: .cashMatched
        case .costNetted: .costNetted
        case .disputeOpened: .disputeOpened
        case .disputeAdvanced: .disputeAdvanced
        case .evidenceSubmitted: .evidenceSubmitted
        case .disputeAccepted: .disputeAccepted
        case .disputeExpired: .disputeExpired
        case .disputeWon: .disputeWon
        case .disputeLost: .disputeLost
        case .disputeWithdrawn: .disputeWithdrawn
        case .disputeFundsPulled: .disputeFundsPulled
        case .disputeFundsReturned: .disputeFundsReturned
        case .chargebackFeeCharged: .chargebackFeeCharged
        case .debitSubmitted: .debitSubmitted
        case .debitFinal: .debitFinal
        case .debitReturned: .debitReturned
        case .reserveWithheld: .reserveWithheld
        case .reserveReleased: .reserveReleased
        case .payoutCreated: .payoutCreated
        case .payoutRejected: .payoutRejected
        case .payoutPaid: .payoutPaid
        case .payoutReturned: .payoutReturned
        case .ownFundsMoved: .ownFundsMoved
        case .correctionPosted: .correctionPosted
        case .debtWrittenOff: .debtWrittenOff
        case .exceptionOpened: .exceptionOpened
        case .resolutionProposed: .resolutionProposed
        case .exceptionResolved: .exceptionResolved
        case .apiKeyCreated: .apiKeyCreated
        case .apiKeyRevoked: .apiKeyRevoked
        }
    }

    /// Passes its fields to the visitor.
    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        switch self {
        case .ledgerOpened(var body):
            try body.visitFields(&visitor)
            self = .ledgerOpened(body)
        case .settingsChanged(var body):
            try body.visitFields(&visitor)
            self = .settingsChanged(body)
        case .holdSpanSet(var body):
            try body.visitFields(&visitor)
            self = .holdSpanSet(body)
        case .timeAccepted(var body):
            try body.visitFields(&visitor)
            self = .timeAccepted(body)
        case .stateDigested(var body):
            try body.visitFields(&visitor)
            self = .stateDigested(body)
        case .refused(var body):
            try body.visitFields(&visitor)
            self = .refused(body)
        case .merchantOpened(var body):
            try body.visitFields(&visitor)
            self = .merchantOpened(body)
        case .merchantChanged(var body):
            try body.visitFields(&visitor)
            self = .merchantChanged(body)
        case .merchantTermsSet(var body):
            try body.visitFields(&visitor)
            self = .merchantTermsSet(body)
        case .merchantFrozen(var body):
            try body.visitFields(&visitor)
            self = .merchantFrozen(body)
        case .merchantUnfrozen(var body):
            try body.visitFields(&visitor)
            self = .merchantUnfrozen(body)
        case .merchantClosed(var body):
            try body.visitFields(&visitor)
            self = .merchantClosed(body)
        case .acquirerSet(var body):
            try body.visitFields(&visitor)
            self = .acquirerSet(body)
        case .circuitChanged(var body):
            try body.visitFields(&visitor)
            self = .circuitChanged(body)
        case .routeSet(var body):
            try body.visitFields(&visitor)
            self = .routeSet(body)
        case .paymentRequested(var body):
            try body.visitFields(&visitor)
            self = .paymentRequested(body)
        case .paymentBlocked(var body):
            try body.visitFields(&visitor)
            self = .paymentBlocked(body)
        case .actionRequired(var body):
            try body.visitFields(&visitor)
            self = .actionRequired(body)
        case .actionCompleted(var body):
            try body.visitFields(&visitor)
            self = .actionCompleted(body)
        case .attemptStarted(var body):
            try body.visitFields(&visitor)
            self = .attemptStarted(body)
        case .attemptClaimed(var body):
            try body.visitFields(&visitor)
            self = .attemptClaimed(body)
        case .attemptFailed(var body):
            try body.visitFields(&visitor)
            self = .attemptFailed(body)
        case .attemptUnknown(var body):
            try body.visitFields(&visitor)
            self = .attemptUnknown(body)
        case .attemptNotFound(var body):
            try body.visitFields(&visitor)
            self = .attemptNotFound(body)
        case .authorized(var body):
            try body.visitFields(&visitor)
            self = .authorized(body)
        case .authorizationRecorded(var body):
            try body.visitFields(&visitor)
            self = .authorizationRecorded(body)
        case .authorizationIncremented(var body):
            try body.visitFields(&visitor)
            self = .authorizationIncremented(body)
        case .declined(var body):
            try body.visitFields(&visitor)
            self = .declined(body)
        case .reviewDecided(var body):
            try body.visitFields(&visitor)
            self = .reviewDecided(body)
        case .voidRequested(var body):
            try body.visitFields(&visitor)
            self = .voidRequested(body)
        case .voided(var body):
            try body.visitFields(&visitor)
            self = .voided(body)
        case .holdExpiring(var body):
            try body.visitFields(&visitor)
            self = .holdExpiring(body)
        case .holdExpired(var body):
            try body.visitFields(&visitor)
            self = .holdExpired(body)
        case .reversalRequested(var body):
            try body.visitFields(&visitor)
            self = .reversalRequested(body)
        case .reversalConfirmed(var body):
            try body.visitFields(&visitor)
            self = .reversalConfirmed(body)
        case .reversalFailed(var body):
            try body.visitFields(&visitor)
            self = .reversalFailed(body)
        case .captureRequested(var body):
            try body.visitFields(&visitor)
            self = .captureRequested(body)
        case .captured(var body):
            try body.visitFields(&visitor)
            self = .captured(body)
        case .captureFailed(var body):
            try body.visitFields(&visitor)
            self = .captureFailed(body)
        case .captureUnknown(var body):
            try body.visitFields(&visitor)
            self = .captureUnknown(body)
        case .captureVoided(var body):
            try body.visitFields(&visitor)
            self = .captureVoided(body)
        case .refundRequested(var body):
            try body.visitFields(&visitor)
            self = .refundRequested(body)
        case .refundSubmitted(var body):
            try body.visitFields(&visitor)
            self = .refundSubmitted(body)
        case .refundSucceeded(var body):
            try body.visitFields(&visitor)
            self = .refundSucceeded(body)
        case .refundFailed(var body):
            try body.visitFields(&visitor)
            self = .refundFailed(body)
        case .batchOpened(var body):
            try body.visitFields(&visitor)
            self = .batchOpened(body)
        case .batchClosed(var body):
            try body.visitFields(&visitor)
            self = .batchClosed(body)
        case .batchSubmitted(var body):
            try body.visitFields(&visitor)
            self = .batchSubmitted(body)
        case .batchAcknowledged(var body):
            try body.visitFields(&visitor)
            self = .batchAcknowledged(body)
        case .batchFailed(var body):
            try body.visitFields(&visitor)
            self = .batchFailed(body)
        case .itemAccepted(var body):
            try body.visitFields(&visitor)
            self = .itemAccepted(body)
        case .itemRejected(var body):
            try body.visitFields(&visitor)
            self = .itemRejected(body)
        case .itemWithdrawn(var body):
            try body.visitFields(&visitor)
            self = .itemWithdrawn(body)
        case .itemSettled(var body):
            try body.visitFields(&visitor)
            self = .itemSettled(body)
        case .batchReconciled(var body):
            try body.visitFields(&visitor)
            self = .batchReconciled(body)
        case .cashMatched(var body):
            try body.visitFields(&visitor)
            self = .cashMatched(body)
        case .costNetted(var body):
            try body.visitFields(&visitor)
            self = .costNetted(body)
        case .disputeOpened(var body):
            try body.visitFields(&visitor)
            self = .disputeOpened(body)
        case .disputeAdvanced(var body):
            try body.visitFields(&visitor)
            self = .disputeAdvanced(body)
        case .evidenceSubmitted(var body):
            try body.visitFields(&visitor)
            self = .evidenceSubmitted(body)
        case .disputeAccepted(var body):
            try body.visitFields(&visitor)
            self = .disputeAccepted(body)
        case .disputeExpired(var body):
            try body.visitFields(&visitor)
            self = .disputeExpired(body)
        case .disputeWon(var body):
            try body.visitFields(&visitor)
            self = .disputeWon(body)
        case .disputeLost(var body):
            try body.visitFields(&visitor)
            self = .disputeLost(body)
        case .disputeWithdrawn(var body):
            try body.visitFields(&visitor)
            self = .disputeWithdrawn(body)
        case .disputeFundsPulled(var body):
            try body.visitFields(&visitor)
            self = .disputeFundsPulled(body)
        case .disputeFundsReturned(var body):
            try body.visitFields(&visitor)
            self = .disputeFundsReturned(body)
        case .chargebackFeeCharged(var body):
            try body.visitFields(&visitor)
            self = .chargebackFeeCharged(body)
        case .debitSubmitted(var body):
            try body.visitFields(&visitor)
            self = .debitSubmitted(body)
        case .debitFinal(var body):
            try body.visitFields(&visitor)
            self = .debitFinal(body)
        case .debitReturned(var body):
            try body.visitFields(&visitor)
            self = .debitReturned(body)
        case .reserveWithheld(var body):
            try body.visitFields(&visitor)
            self = .reserveWithheld(body)
        case .reserveReleased(var body):
            try body.visitFields(&visitor)
            self = .reserveReleased(body)
        case .payoutCreated(var body):
            try body.visitFields(&visitor)
            self = .payoutCreated(body)
        case .payoutRejected(var body):
            try body.visitFields(&visitor)
            self = .payoutRejected(body)
        case .payoutPaid(var body):
            try body.visitFields(&visitor)
            self = .payoutPaid(body)
        case .payoutReturned(var body):
            try body.visitFields(&visitor)
            self = .payoutReturned(body)
        case .ownFundsMoved(var body):
            try body.visitFields(&visitor)
            self = .ownFundsMoved(body)
        case .correctionPosted(var body):
            try body.visitFields(&visitor)
            self = .correctionPosted(body)
        case .debtWrittenOff(var body):
            try body.visitFields(&visitor)
            self = .debtWrittenOff(body)
        case .exceptionOpened(var body):
            try body.visitFields(&visitor)
            self = .exceptionOpened(body)
        case .resolutionProposed(var body):
            try body.visitFields(&visitor)
            self = .resolutionProposed(body)
        case .exceptionResolved(var body):
            try body.visitFields(&visitor)
            self = .exceptionResolved(body)
        case .apiKeyCreated(var body):
            try body.visitFields(&visitor)
            self = .apiKeyCreated(body)
        case .apiKeyRevoked(var body):
            try body.visitFields(&visitor)
            self = .apiKeyRevoked(body)
        }
    }

    /// The fact of a type with every field empty, to read into.
    public init(empty type: FactType) {
        switch type {
        case .ledgerOpened: self = .ledgerOpened(LedgerOpened())
        case .settingsChanged: self = .settingsChanged(SettingsChanged())
        case .holdSpanSet: self = .holdSpanSet(HoldSpanSet())
        case .timeAccepted: self = .timeAccepted(TimeAccepted())
        case .stateDigested: self = .stateDigested(StateDigested())
        case .refused: self = .refused(Refused())
        case .merchantOpened: self = .merchantOpened(MerchantOpened())
        case .merchantChanged: self = .merchantChanged(MerchantChanged())
        case .merchantTermsSet: self = .merchantTermsSet(MerchantTermsSet())
        case .merchantFrozen: self = .merchantFrozen(MerchantFrozen())
        case .merchantUnfrozen: self = .merchantUnfrozen(MerchantUnfrozen())
        case .merchantClosed: self = .merchantClosed(MerchantClosed())
        case .acquirerSet: self = .acquirerSet(AcquirerSet())
        case .circuitChanged: self = .circuitChanged(CircuitChanged())
        case .routeSet: self = .routeSet(RouteSet())
        case .paymentRequested: self = .paymentRequested(PaymentRequested())
        case .paymentBlocked: self = .paymentBlocked(PaymentBlocked())
        case .actionRequired: self = .actionRequired(ActionRequired())
        case .actionCompleted: self = .actionCompleted(ActionCompleted())
        case .attemptStarted: self = .attemptStarted(AttemptStarted())
        case .attemptClaimed: self = .attemptClaimed(AttemptClaimed())
        case .attemptFailed: self = .attemptFailed(AttemptFailed())
        case .attemptUnknown: self = .attemptUnknown(AttemptUnknown())
        case .attemptNotFound: self = .attemptNotFound(AttemptNotFound())
        case .authorized: self = .authorized(Authorized())
        case .authorizationRecorded: self = .authorizationRecorded(AuthorizationRecorded())
        case .authorizationIncremented: self = .authorizationIncremented(AuthorizationIncremented())
        case .declined: self = .declined(Declined())
        case .reviewDecided: self = .reviewDecided(ReviewDecided())
        case .voidRequested: self = .voidRequested(VoidRequested())
        case .voided: self = .voided(Voided())
        case .holdExpiring: self = .holdExpiring(HoldExpiring())
        case .holdExpired: self = .holdExpired(HoldExpired())
        case .reversalRequested: self = .reversalRequested(ReversalRequested())
        case .reversalConfirmed: self = .reversalConfirmed(ReversalConfirmed())
        case .reversalFailed: self = .reversalFailed(ReversalFailed())
        case .captureRequested: self = .captureRequested(CaptureRequested())
        case .captured: self = .captured(Captured())
        case .captureFailed: self = .captureFailed(CaptureFailed())
        case .captureUnknown: self = .captureUnknown(CaptureUnknown())
        case .captureVoided: self = .captureVoided(CaptureVoided())
        case .refundRequested: self = .refundRequested(RefundRequested())
        case .refundSubmitted: self = .refundSubmitted(RefundSubmitted())
        case .refundSucceeded: self = .refundSucceeded(RefundSucceeded())
        case .refundFailed: self = .refundFailed(RefundFailed())
        case .batchOpened: self = .batchOpened(BatchOpened())
        case .batchClosed: self = .batchClosed(BatchClosed())
        case .batchSubmitted: self = .batchSubmitted(BatchSubmitted())
        case .batchAcknowledged: self = .batchAcknowledged(BatchAcknowledged())
        case .batchFailed: self = .batchFailed(BatchFailed())
        case .itemAccepted: self = .itemAccepted(ItemAccepted())
        case .itemRejected: self = .itemRejected(ItemRejected())
        case .itemWithdrawn: self = .itemWithdrawn(ItemWithdrawn())
        case .itemSettled: self = .itemSettled(ItemSettled())
        case .batchReconciled: self = .batchReconciled(BatchReconciled())
        case .cashMatched: self = .cashMatched(CashMatched())
        case .costNetted: self = .costNetted(CostNetted())
        case .disputeOpened: self = .disputeOpened(DisputeOpened())
        case .disputeAdvanced: self = .disputeAdvanced(DisputeAdvanced())
        case .evidenceSubmitted: self = .evidenceSubmitted(EvidenceSubmitted())
        case .disputeAccepted: self = .disputeAccepted(DisputeAccepted())
        case .disputeExpired: self = .disputeExpired(DisputeExpired())
        case .disputeWon: self = .disputeWon(DisputeWon())
        case .disputeLost: self = .disputeLost(DisputeLost())
        case .disputeWithdrawn: self = .disputeWithdrawn(DisputeWithdrawn())
        case .disputeFundsPulled: self = .disputeFundsPulled(DisputeFundsPulled())
        case .disputeFundsReturned: self = .disputeFundsReturned(DisputeFundsReturned())
        case .chargebackFeeCharged: self = .chargebackFeeCharged(ChargebackFeeCharged())
        case .debitSubmitted: self = .debitSubmitted(DebitSubmitted())
        case .debitFinal: self = .debitFinal(DebitFinal())
        case .debitReturned: self = .debitReturned(DebitReturned())
        case .reserveWithheld: self = .reserveWithheld(ReserveWithheld())
        case .reserveReleased: self = .reserveReleased(ReserveReleased())
        case .payoutCreated: self = .payoutCreated(PayoutCreated())
        case .payoutRejected: self = .payoutRejected(PayoutRejected())
        case .payoutPaid: self = .payoutPaid(PayoutPaid())
        case .payoutReturned: self = .payoutReturned(PayoutReturned())
        case .ownFundsMoved: self = .ownFundsMoved(OwnFundsMoved())
        case .correctionPosted: self = .correctionPosted(CorrectionPosted())
        case .debtWrittenOff: self = .debtWrittenOff(DebtWrittenOff())
        case .exceptionOpened: self = .exceptionOpened(ExceptionOpened())
        case .resolutionProposed: self = .resolutionProposed(ResolutionProposed())
        case .exceptionResolved: self = .exceptionResolved(ExceptionResolved())
        case .apiKeyCreated: self = .apiKeyCreated(APIKeyCreated())
        case .apiKeyRevoked: self = .apiKeyRevoked(APIKeyRevoked())
        }
    }
}
