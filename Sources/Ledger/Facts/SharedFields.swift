// Groups of fields that several facts share.

/// How a merchant does business.
public struct MerchantSettings: Fielded {
    public var name = Text<40>()
    /// IANA; only the edge looks into it.
    public var timeZone = Text<40>()
    /// Of the local day: 23:59 is 1439.
    public var cutoffMinute: UInt16 = 1_439
    /// Beyond what is authorized; at most 15 %.
    public var overcapture: Rate = .zero
    /// The most one payment may have.
    public var paymentMax: Amount = .payableMax
    /// 0: no limit of its own.
    public var requestsPerSecond: UInt32 = 0
    /// ISO 3166 number; 0 if not told.
    public var homeCountry: UInt16 = 0

    /// Every field empty.
    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.text("name", &name)
        try visitor.text("timeZone", &timeZone)
        try visitor.field("cutoffMinute", &cutoffMinute)
        try visitor.field("overcapture", &overcapture)
        try visitor.field("paymentMax", &paymentMax)
        try visitor.field("requestsPerSecond", &requestsPerSecond)
        try visitor.field("homeCountry", &homeCountry)
    }
}

/// What the log knows of a card: nothing that could pay.
public struct CardDetails: Fielded {
    /// In the vault.
    public var token: UInt64 = 0
    /// Keyed; the same for the same card.
    public var fingerprint: UInt64 = 0
    public var brand: CardBrand = .unknown
    /// 0 … 9999.
    public var lastFour: UInt16 = 0
    /// Of the issuer, ISO 3166 number.
    public var country: UInt16 = 0

    /// Every field empty.
    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("token", &token)
        try visitor.field("fingerprint", &fingerprint)
        try visitor.field("brand", &brand)
        try visitor.field("lastFour", &lastFour)
        try visitor.field("country", &country)
    }
}

/// What the rules said, and which rules.
public struct RiskDecision: Fielded {
    /// 0 … 100.
    public var score: UInt8 = 0
    public var action: RiskAction = .allow
    /// Version.
    public var ruleSet: UInt32 = 0
    /// Version; 0: none.
    public var model: UInt32 = 0
    /// One bit a rule that spoke.
    public var signals: UInt64 = 0

    /// Every field empty.
    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("score", &score)
        try visitor.field("action", &action)
        try visitor.field("ruleSet", &ruleSet)
        try visitor.field("model", &model)
        try visitor.field("signals", &signals)
    }
}

/// What a payment is to be.
public struct PaymentTerms: Fielded {
    public var amount: Amount = .zero
    public var currency: Currency = .eur
    public var method: PaymentMethod = .card
    public var capture: CaptureMode = .manual
    public var initiator: Initiator = .customer
    /// From strong authentication.
    public var exemption: Exemption = .absent
    /// Asked for; 0: by the table.
    public var holdSpan = LedgerSpan(nanoseconds: 0)
    public var card = CardDetails()
    /// Keyed hash; 0 if not told.
    public var device: UInt64 = 0
    /// Of the request, ISO 3166 number.
    public var country: UInt16 = 0
    public var risk = RiskDecision()
    /// The merchant's own.
    public var reference = Text<40>()
    /// Of the first payment with a stored credential.
    public var networkTransaction = Text<24>()

    /// Every field empty.
    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("amount", &amount)
        try visitor.field("currency", &currency)
        try visitor.field("method", &method)
        try visitor.field("capture", &capture)
        try visitor.field("initiator", &initiator)
        try visitor.field("exemption", &exemption)
        try visitor.field("holdSpan", &holdSpan)
        try card.visitFields(&visitor)
        try visitor.field("device", &device)
        try visitor.field("country", &country)
        try risk.visitFields(&visitor)
        try visitor.text("reference", &reference)
        try visitor.text("networkTransaction", &networkTransaction)
    }
}

/// What the acquirer calls it.
public struct GatewayReference: Fielded {
    /// Its authorization id.
    public var reference = Text<40>()
    public var authCode = Text<8>()
    public var networkTransaction = Text<24>()
    /// ISO 8583 field 39.
    public var responseCode = Text<4>()

    /// Every field empty.
    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.text("reference", &reference)
        try visitor.text("authCode", &authCode)
        try visitor.text("networkTransaction", &networkTransaction)
        try visitor.text("responseCode", &responseCode)
    }
}

/// The SHA-256 of something kept elsewhere.
public struct ContentHash: Fielded {
    public var first: Hash128 = .none
    public var second: Hash128 = .none

    /// Every field empty.
    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.hash("first", &first)
        try visitor.hash("second", &second)
    }
}
