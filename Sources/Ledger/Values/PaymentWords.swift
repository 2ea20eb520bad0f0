// The small closed vocabularies of payments. Numbers are for bytes and never change.

/// How the payer pays.
public enum PaymentMethod: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    case card = 0
    /// From a bank account in the United States, over the Automated Clearing House.
    case ach = 1
}

/// Who decides when held money is taken.
public enum CaptureMode: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    /// The merchant, by a capture.
    case manual = 0
    /// The ledger, at once.
    case automatic = 1
}

/// The network of a card.
public enum CardBrand: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    case unknown = 0
    case visa = 1
    case mastercard = 2
    case amex = 3
    case discover = 4
    case diners = 5
    case jcb = 6
    case unionPay = 7
}

/// Who started the payment.
public enum Initiator: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    /// The cardholder, present.
    case customer = 0
    /// The merchant, with stored credentials.
    case merchant = 1
}

/// Why strong customer authentication (PSD2) was not asked for.
public enum Exemption: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    /// It was, or the rules do not apply.
    case absent = 0
    /// Below 30 EUR.
    case lowValue = 1
    /// Transaction risk analysis.
    case lowRisk = 2
    /// A payment after the first of a series.
    case recurring = 3
    case merchantInitiated = 4
}

/// What the risk rules want.
public enum RiskAction: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    /// Score below 40.
    case allow = 0
    /// 40 … 59: authorize, capture only after a person has looked.
    case review = 1
    /// 60 … 79: 3-D Secure first.
    case challenge = 2
    /// 80 and above.
    case block = 3
}

/// How a challenge ended.
public enum ActionOutcome: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    case failed = 0
    case authenticated = 1
    case abandoned = 2
}

/// Why an attempt came to nothing.
public enum AttemptFailure: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    /// No byte left; another acquirer may be tried.
    case notSent = 0
    /// The acquirer answered that it could not decide.
    case technical = 1
    /// The issuer would decide otherwise later, or with 3-D Secure.
    case softDecline = 2
}

/// Why a hold was let go before its end.
public enum VoidReason: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    case requested = 0
    case reviewRejected = 1
    case reviewExpired = 2
    // 3 and 4 are not used any more.
}

/// Why money goes back.
public enum RefundReason: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    case requested = 0
    case duplicate = 1
    case fraudulent = 2
    case productNotReceived = 3
    case other = 4
}

/// How captures reach an acquirer. Never both.
public enum AcquirerMode: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    /// A capture is ours alone until its batch leaves.
    case file = 0
    /// Each capture is a call; the batch is only what reconciliation expects.
    case online = 1
}

/// Where the breaker in front of an acquirer stands.
public enum CircuitState: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    /// Calls pass.
    case closed = 0
    /// None do.
    case open = 1
    /// One does, to see.
    case halfOpen = 2
}
