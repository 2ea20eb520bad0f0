package import Ledger

/// How far a ledger is, and how large. Of the machine that answers, not of the ledger, are the durable end,
/// the rows in memory and the bytes.
package struct StatusRecord: Fielded, AnswerBody {
    /// The bytes of its UUID.
    package var ledger: Hash128 = .none
    package var shard: UInt16 = 0
    /// Of the next event.
    package var next: Position = .start
    /// Behind the last event that a crash leaves.
    package var durableEnd: Position = .start
    /// Of the latest event.
    package var time: LedgerTime = .none
    /// Rows in memory.
    package var merchants: UInt64 = 0
    package var acquirers: UInt64 = 0
    package var apiKeys: UInt64 = 0
    package var accounts: UInt64 = 0
    package var payments: UInt64 = 0
    package var captures: UInt64 = 0
    package var refunds: UInt64 = 0
    package var batches: UInt64 = 0
    package var disputes: UInt64 = 0
    package var exceptions: UInt64 = 0
    package var payouts: UInt64 = 0
    /// Idempotency keys.
    package var keys: UInt64 = 0
    /// Payments that have left the memory, and come back when asked for.
    package var paymentsAway: UInt64 = 0
    /// Bytes taken for rows and indexes.
    package var memory: UInt64 = 0

    package init() {}

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
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
package struct DigestRecord: Fielded, AnswerBody {
    package var digest: Hash128 = .none
    package var rows: UInt64 = 0

    package init() {}

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.hash("digest", &digest)
        try visitor.field("rows", &rows)
    }
}

/// The settings in force, and the spans of holds that somebody has set.
package struct SettingsAnswer: AnswerBody {
    package var settings = SettingsChanged()
    package var holdSpans: [HoldSpanSet] = []

    package init() {}

    package mutating func visitParts<Visitor: AnswerVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try settings.visitFields(&visitor)
        try visitor.list("holdSpans", &holdSpans)
    }
}

/// An API key as people look at it: nothing by which somebody could be recognized.
package struct APIKeyRecord: Fielded {
    package var key: APIKeyID = .none
    /// How a client names it.
    package var publicID: Hash128 = .none
    package var name = Text<40>()
    /// Whose affairs it is for; none: the whole ledger's.
    package var merchant: MerchantID = .none
    package var scopes = Scopes()
    /// Who acts with it.
    package var actor: ActorID = .none
    package var createdAt: LedgerTime = .none
    /// From then on nobody may ask with it; none: never.
    package var expiresAt: LedgerTime = .none
    package var isRevoked: Bool = false

    package init() {}

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
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
package struct AcquirerRecord: Fielded {
    package var settings = AcquirerSet()
    package var circuit: CircuitState = .closed
    /// In a row.
    package var failures: UInt32 = 0
    /// When one probe is let through; none unless open.
    package var until: LedgerTime = .none

    package init() {}

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try settings.visitFields(&visitor)
        try visitor.field("circuit", &circuit)
        try visitor.field("failures", &failures)
        try visitor.field("until", &until)
    }
}

/// A merchant.
package struct MerchantRecord: Fielded {
    package var merchant: MerchantID = .none
    package var state: MerchantState = .active
    package var settings = MerchantSettings()

    package init() {}

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("merchant", &merchant)
        try visitor.field("state", &state)
        try settings.visitFields(&visitor)
    }
}

/// A merchant with what it pays, by currency.
package struct MerchantAnswer: AnswerBody {
    package var merchant = MerchantRecord()
    package var terms: [MerchantTermsSet] = []

    package init() {}

    package mutating func visitParts<Visitor: AnswerVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try merchant.visitFields(&visitor)
        try visitor.list("terms", &terms)
    }
}
