/// Why a command was not done, in the order the reasons are looked for: of several, the first is told.
///
/// A refusal is an answer, not an error. Numbers are stable, the same over every protocol, and those no
/// longer used keep theirs. The hundreds are the steps of precedence.
public enum RefusalCode: UInt16, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    // 1. The form of the request. Never logged: nothing in the state could change the answer.
    case malformed = 100
    case keyRequired = 101
    case amountZero = 102
    case amountNegative = 103
    case amountTooLarge = 104
    case currencyUnknown = 105
    case rateTooLarge = 106
    case spanTooLong = 107
    case spanTooShort = 108
    case timeOutOfRange = 109
    case textRequired = 110
    case cardInvalid = 111
    case scoreOutOfRange = 112
    case riskContradictsScore = 113
    case scopesInvalid = 114

    // 2. Who asks.
    case merchantUnknown = 200
    /// Said by the server, which counts, before the ledger is asked.
    case rateLimited = 201

    // 3. The key.
    case keyReused = 300

    // 4. What the merchant and the acquirer may do at all; what there is already.
    case merchantClosed = 400
    case merchantFrozen = 401
    case merchantExists = 402
    case acquirerUnknown = 403
    case acquirerRequired = 404
    case acquirerModeMismatch = 405
    case apiKeyExists = 406

    // 5. What it is about. Another merchant's is unknown too.
    case paymentUnknown = 500
    case attemptUnknown = 501
    case captureUnknown = 502
    case refundUnknown = 503
    case batchUnknown = 504
    case disputeUnknown = 505
    case exceptionUnknown = 506
    case payoutUnknown = 507
    case reversalUnknown = 508
    case eventUnknown = 509
    case currencyMismatch = 510
    case apiKeyUnknown = 511

    // 6. The state it is in.
    case paymentProcessing = 600
    case paymentRequiresAction = 601
    case paymentOutcomeUnknown = 602
    case paymentDeclined = 603
    case paymentBlocked = 604
    case paymentVoided = 605
    case paymentExpired = 606
    case voidRequested = 607
    case underReview = 608
    case notUnderReview = 609
    case noActionRequired = 610
    case alreadyCaptured = 611
    case notCaptured = 612
    case captureVoided = 613
    case captureFailed = 614
    case captureInFlight = 615
    case captureInClosedBatch = 616
    case captureSettled = 617
    case captureHasRefunds = 618
    case disputeOpen = 619
    case disputeClosed = 620
    case evidenceTooLate = 621
    case attemptNotOpen = 622
    case attemptClaimed = 623
    case batchNotOpen = 624
    case batchNotClosed = 625
    case batchNotSubmitted = 626
    // 627 is not used any more.
    case exceptionResolved = 628
    case exceptionNotProposed = 629
    // 630 is not used any more.
    case merchantNotFrozen = 631
    case alreadyCorrected = 632
    case methodNotCard = 633
    case circuitOpen = 634
    case captureNotRejected = 635
    case methodNotDebit = 636

    // 7. Amounts against counters.
    case exceedsPaymentMax = 700
    case exceedsAuthorized = 701
    case exceedsRefundable = 702
    case exceedsAvailable = 703
    case exceedsReserve = 704
    case exceedsDebt = 705
    case exceedsOwnFunds = 706
    case sumTooLarge = 707

    // 8. Counts.
    case tooManyAttempts = 800
    case tooManyCaptures = 801
    case tooManyRefunds = 802
    case tooManyIncrements = 803
    case tooManyAPIKeys = 804

    // 9. People.
    case approverRequired = 900
    case approverIsActor = 901

    // 10. Room. Never logged: the next moment may answer otherwise.
    case busy = 1_000
    case requestTooLarge = 1_001
}
