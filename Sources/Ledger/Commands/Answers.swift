// What the outside world can answer. Numbers are for bytes and never change.

/// To an attempt.
public enum GatewayAnswer: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    /// Not decided; another attempt may follow.
    case failed = 0
    case approved = 1
    case declined = 2
    /// The issuer wants 3-D Secure.
    case actionRequired = 3
}

/// To an inquiry by our reference, if it has nothing.
public enum InquiryAnswer: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    case notFound = 0
    /// Cancelled by our reference: it will never be approved.
    case cancelled = 1
}

/// To an online capture.
public enum CaptureAnswer: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    case failed = 0
    case succeeded = 1
    /// Nobody knows.
    case unknown = 2
}

/// Of the network, or the cardholder.
public enum DisputeOutcome: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    case lost = 0
    case won = 1
    case withdrawn = 2
}

/// Of our bank.
public enum PayoutAnswer: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    case rejected = 0
    case paid = 1
    /// After it was paid.
    case returned = 2
}
