// The closed vocabularies of disputes and exceptions. Numbers are for bytes and never change.

/// How far a dispute has gone.
public enum DisputeStage: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    /// A question; no money moves.
    case inquiry = 0
    case chargeback = 1
    case preArbitration = 2
    case arbitration = 3
}

/// Why a cardholder objects, in the networks' common terms.
public enum DisputeReason: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    case creditNotProcessed = 0
    case duplicate = 1
    case fraudulent = 2
    case general = 3
    case productNotReceived = 4
    case productUnacceptable = 5
    case subscriptionCanceled = 6
    case unrecognized = 7
}

/// What does not fit.
public enum ExceptionKind: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    /// They paid more than we expect.
    case amountOver = 0
    /// Less.
    case amountUnder = 1
    case currency = 2
    // Of these, what has no command of its own here is told by reconciliation, with `openException`.
    case fee = 3
    case date = 4
    /// The same authorization id twice.
    case duplicateReference = 5
    /// They know something we do not.
    case unknownReference = 6
    /// We know something they do not.
    case missingAtAcquirer = 7
    /// A different answer to what was answered.
    case secondOutcome = 8
    /// Approved after it was given up.
    case lateApproval = 9
    /// An approval that cannot be undone.
    case reversalFailed = 10
    /// Other content under the same source id.
    case conflictingFact = 11
    case disputeExceedsCaptured = 12
    case refundExceedsCaptured = 13
    case returnExceedsCaptured = 14
    case settledExceedsCaptured = 15
    /// And not presented again.
    case itemRejected = 16
    /// Less money than merchants are owed.
    case safeguardingShortfall = 17
    /// After it was settled.
    case captureFailed = 18
}

/// What is done about an exception.
public enum Resolution: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    /// It belonged to something else.
    case rematch = 0
    /// Ours was wrong; corrected.
    case adjust = 1
    /// The difference is given up.
    case writeOff = 2
    /// Nothing was wrong.
    case ignore = 3
}
