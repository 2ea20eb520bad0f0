// Where things stand, as everyone is told. Numbers are for bytes and never change.

/// What everyone sees of a payment: derived from its phase and counters, so that it cannot contradict them.
public enum PaymentStatus: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    case processing = 0
    case requiresAction = 1
    case unknown = 2
    case declined = 3
    case blocked = 4
    case authorized = 5
    case partiallyCaptured = 6
    case captured = 7
    case settled = 8
    case partiallyRefunded = 9
    case refunded = 10
    case disputed = 11
    case voided = 12
    case expired = 13
    /// A debit that the bank sent back.
    case returned = 14
}

/// Where a capture stands, with the acquirer and in its batch.
public enum CaptureState: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    /// Asked for online.
    case requested = 0
    /// Asked for online, and nobody knows.
    case unknown = 1
    case failed = 2
    /// In a batch, sent or not.
    case captured = 3
    case voided = 4
    /// Sent back by the acquirer, and with a person.
    case rejected = 5
    /// Paid for.
    case settled = 6
    /// Rejected and given up.
    case withdrawn = 7
    /// The acquirer has taken it.
    case accepted = 8
}

/// How far a refund has come. One that leaves with a batch has left when the batch has: nothing says so for
/// each.
public enum RefundState: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    case pending = 0
    case submitted = 1
    case succeeded = 2
    case failed = 3
}

/// How far a batch has come.
public enum BatchState: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    case open = 0
    case closed = 1
    case submitted = 2
    case acknowledged = 3
    case partiallyReconciled = 4
    case reconciled = 5
    case failed = 6
}

/// Where a dispute stands.
public enum DisputeStatus: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    case needsResponse = 0
    case underReview = 1
    case accepted = 2
    case expired = 3
    case won = 4
    case lost = 5
    case withdrawn = 6

    /// Whether it can still be won.
    public var isOpen: Bool { self == .needsResponse || self == .underReview }
}

/// Where an exception stands.
public enum ExceptionState: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    case open = 0
    /// Somebody has said what is to be done; another person has to say so too.
    case proposed = 1
    case resolved = 2
}

/// How far a payout has come.
public enum PayoutState: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    case created = 0
    case rejected = 1
    case paid = 2
    case returned = 3
}

/// What a merchant may do.
public enum MerchantState: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    case active = 0
    /// No new authorizations.
    case frozen = 1
    /// No new business, for ever.
    case closed = 2
}
