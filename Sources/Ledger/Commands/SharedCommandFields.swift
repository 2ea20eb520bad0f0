// Groups of fields that several commands share.

/// What a caller wants of a payment; numbers as they came, not yet checked.
public struct PaymentOrder: Fielded {
    /// Minor units.
    public var amount: Int64 = 0
    /// ISO number.
    public var currency: UInt16 = 0
    public var method: PaymentMethod = .card
    public var capture: CaptureMode = .manual
    public var initiator: Initiator = .customer
    public var exemption: Exemption = .absent
    /// 0: by the table.
    public var holdSpan = LedgerSpan(nanoseconds: 0)
    public var card = CardDetails()
    public var device: UInt64 = 0
    public var country: UInt16 = 0
    public var risk = RiskDecision()
    public var reference = Text<40>()
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

/// The batch that a capture or refund opens if none is open: worked out at the edge, where time zones are.
public struct BatchPlace: Fielded {
    /// In the merchant's time zone.
    public var day = BusinessDay(daysSinceEpoch: 0)
    /// The cutoff, in UTC.
    public var closesAt: LedgerTime = .none

    /// Every field empty.
    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("day", &day)
        try visitor.field("closesAt", &closesAt)
    }
}
