public import Ledger

/// How far a ledger is, and how large. Of the machine that answers, not of the ledger, are the durable end,
/// the rows in memory and the bytes.
public struct StatusRecord: Fielded, AnswerBody {
    /// The bytes of its UUID.
    public var ledger: Hash128 = .none
    public var shard: UInt16 = 0
    /// Of the next event.
    public var next: Position = .start
    /// Behind the last event that a crash leaves.
    public var durableEnd: Position = .start
    /// Of the latest event.
    public var time: LedgerTime = .none
    /// Rows in memory.
    public var merchants: UInt64 = 0
    public var acquirers: UInt64 = 0
    public var apiKeys: UInt64 = 0
    public var accounts: UInt64 = 0
    public var payments: UInt64 = 0
    public var captures: UInt64 = 0
    public var refunds: UInt64 = 0
    public var batches: UInt64 = 0
    public var disputes: UInt64 = 0
    public var exceptions: UInt64 = 0
    public var payouts: UInt64 = 0
    /// Idempotency keys.
    public var keys: UInt64 = 0
    /// Payments that have left the memory, and come back when asked for.
    public var paymentsAway: UInt64 = 0
    /// Bytes taken for rows and indexes.
    public var memory: UInt64 = 0

    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.hash("ledger", &ledger)
        try visitor.field("shard", &shard)
        try visitor.field("next", &next)
        try visitor.field("durableEnd", &durableEnd)
        try visitor.field("time", &time)
        try visitor.field("merchants", &merchants)
        try visitor.field("acquirers", &acquirers)
        try visitor.field("apiKeys", &apiKeys)
        try visitor.field("accounts", &accounts)
        try visitor.field("payments", &payments)
        try visitor.field("captures", &captures)
        try visitor.field("refunds", &refunds)
        try visitor.field("batches", &batches)
        try visitor.field("disputes", &disputes)
        try visitor.field("exceptions", &exceptions)
        try visitor.field("payouts", &payouts)
        try visitor.field("keys", &keys)
        try visitor.field("paymentsAway", &paymentsAway)
        try visitor.field("memory", &memory)
    }
}

/// The digest of the state, and the rows it covers.
public struct DigestRecord: Fielded, AnswerBody {
    public var digest: Hash128 = .none
    public var rows: UInt64 = 0

    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.hash("digest", &digest)
        try visitor.field("rows", &rows)
    }
}

/// The settings in force, and the spans of holds that somebody has set.
public struct SettingsAnswer: AnswerBody {
    public var settings = SettingsChanged()
    public var holdSpans: [HoldSpanSet] = []

    public init() {}

    public mutating func visitParts<Visitor: AnswerVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try settings.visitFields(&visitor)
        try visitor.list("holdSpans", &holdSpans)
    }
}

/// An API key as people look at it: nothing by which somebody could be recognized.
public struct APIKeyRecord: Fielded {
    public var key: APIKeyID = .none
    /// How a client names it.
    public var publicID: Hash128 = .none
    public var name = Text<40>()
    /// Whose affairs it is for; none: the whole ledger's.
    public var merchant: MerchantID = .none
    public var scopes = Scopes()
    /// Who acts with it.
    public var actor: ActorID = .none
    public var createdAt: LedgerTime = .none
    /// From then on nobody may ask with it; none: never.
    public var expiresAt: LedgerTime = .none
    public var isRevoked: Bool = false

    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("key", &key)
        try visitor.hash("publicID", &publicID)
        try visitor.text("name", &name)
        try visitor.field("merchant", &merchant)
        try visitor.field("scopes", &scopes)
        try visitor.field("actor", &actor)
        try visitor.field("createdAt", &createdAt)
        try visitor.field("expiresAt", &expiresAt)
        try visitor.field("isRevoked", &isRevoked)
    }
}

/// An acquirer, and where the breaker in front of it stands.
public struct AcquirerRecord: Fielded {
    public var settings = AcquirerSet()
    public var circuit: CircuitState = .closed
    /// In a row.
    public var failures: UInt32 = 0
    /// When one probe is let through; none unless open.
    public var until: LedgerTime = .none

    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try settings.visitFields(&visitor)
        try visitor.field("circuit", &circuit)
        try visitor.field("failures", &failures)
        try visitor.field("until", &until)
    }
}

/// A merchant.
public struct MerchantRecord: Fielded {
    public var merchant: MerchantID = .none
    public var state: MerchantState = .active
    public var settings = MerchantSettings()

    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("merchant", &merchant)
        try visitor.field("state", &state)
        try settings.visitFields(&visitor)
    }
}

/// A merchant with what it pays, by currency.
public struct MerchantAnswer: AnswerBody {
    public var merchant = MerchantRecord()
    public var terms: [MerchantTermsSet] = []

    public init() {}

    public mutating func visitParts<Visitor: AnswerVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try merchant.visitFields(&visitor)
        try visitor.list("terms", &terms)
    }
}
