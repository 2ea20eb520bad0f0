/// The number of each kind of fact, as it stands in an event's header. Never reused; below 0xFF00, where
/// the log's own begin. A family a row of 256.
public enum FactType: UInt16, CaseIterable, Sendable, BitwiseCopyable {
    // What a ledger says about itself.
    case ledgerOpened = 0x0001
    case settingsChanged = 0x0002
    case holdSpanSet = 0x0003
    case timeAccepted = 0x0004
    case stateDigested = 0x0005
    case refused = 0x0006

    // Who is paid, and on what terms.
    case merchantOpened = 0x0101
    case merchantChanged = 0x0102
    case merchantTermsSet = 0x0103
    case merchantFrozen = 0x0104
    case merchantUnfrozen = 0x0105
    case merchantClosed = 0x0106

    // Who takes the money for us, and over which way.
    case acquirerSet = 0x0201
    case circuitChanged = 0x0202
    case routeSet = 0x0203

    // A payment from its request to its hold, and the end of the hold.
    case paymentRequested = 0x0301
    case paymentBlocked = 0x0302
    case actionRequired = 0x0303
    case actionCompleted = 0x0304
    case attemptStarted = 0x0305
    case attemptClaimed = 0x0306
    case attemptFailed = 0x0307
    case attemptUnknown = 0x0308
    case attemptNotFound = 0x0309
    case authorized = 0x030A
    case authorizationRecorded = 0x030B
    case authorizationIncremented = 0x030C
    case declined = 0x030D
    case reviewDecided = 0x030E
    case voidRequested = 0x030F
    case voided = 0x0310
    case holdExpiring = 0x0311
    case holdExpired = 0x0312
    case reversalRequested = 0x0313
    case reversalConfirmed = 0x0314
    case reversalFailed = 0x0315

    // Taking held money, and giving it back.
    case captureRequested = 0x0401
    case captured = 0x0402
    case captureFailed = 0x0403
    case captureUnknown = 0x0404
    case captureVoided = 0x0405
    case refundRequested = 0x0406
    case refundSubmitted = 0x0407
    case refundSucceeded = 0x0408
    case refundFailed = 0x0409

    // What goes to an acquirer in one day, and what comes back.
    case batchOpened = 0x0501
    case batchClosed = 0x0502
    case batchSubmitted = 0x0503
    case batchAcknowledged = 0x0504
    case batchFailed = 0x0505
    case itemAccepted = 0x0506
    case itemRejected = 0x0507
    case itemWithdrawn = 0x0508
    case itemSettled = 0x0509
    case batchReconciled = 0x050A
    case cashMatched = 0x050B
    case costNetted = 0x050C

    // A cardholder objects.
    case disputeOpened = 0x0601
    case disputeAdvanced = 0x0602
    case evidenceSubmitted = 0x0603
    case disputeAccepted = 0x0604
    case disputeExpired = 0x0605
    case disputeWon = 0x0606
    case disputeLost = 0x0607
    case disputeWithdrawn = 0x0608
    case disputeFundsPulled = 0x0609
    case disputeFundsReturned = 0x060A
    case chargebackFeeCharged = 0x060B

    // Account-to-account debits (ACH).
    case debitSubmitted = 0x0701
    case debitFinal = 0x0702
    case debitReturned = 0x0703

    // Money between us and merchants, and our own.
    case reserveWithheld = 0x0801
    case reserveReleased = 0x0802
    case payoutCreated = 0x0803
    case payoutRejected = 0x0804
    case payoutPaid = 0x0805
    case payoutReturned = 0x0806
    case ownFundsMoved = 0x0807
    case correctionPosted = 0x0808
    case debtWrittenOff = 0x0809

    // What reconciliation could not explain, until somebody does.
    case exceptionOpened = 0x0901
    case resolutionProposed = 0x0902
    case exceptionResolved = 0x0903

    // Who may ask.
    case apiKeyCreated = 0x0A01
    case apiKeyRevoked = 0x0A02
}
