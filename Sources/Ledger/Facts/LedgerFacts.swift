// What a ledger says about itself.
//
// Each names its fields once, in the order of their bytes; what all events have is in `EventContext`.

/// The first event of every ledger, at sequence 0. Its secrets are in the log so that every replay builds
/// the same index; the log is encrypted for it.
public struct LedgerOpened: FactBody {
    /// The UUID of the ledger.
    public var ledger: Hash128 = .none
    /// Below 1024.
    public var shard: UInt16 = 0
    /// Whether its clock may be driven by hand. Never changes.
    public var isTest: Bool = false
    /// Key of the permutation ids are shown through.
    public var idCipherKey: Hash128 = .none
    /// Secret of the hash that idempotency keys and fingerprints are stored as.
    public var keySecret: Hash128 = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.ledgerOpened

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.hash("ledger", &ledger)
        try visitor.field("shard", &shard)
        try visitor.field("isTest", &isTest)
        try visitor.hash("idCipherKey", &idCipherKey)
        try visitor.hash("keySecret", &keySecret)
    }
}

/// The settings that decide what the state keeps and for how long; whole, not a difference.
public struct SettingsChanged: FactBody {
    /// How long a key is remembered after its final outcome; 72 h or more.
    public var keySpan: LedgerSpan = .hours(72)
    /// How long a review may take before the payment is voided.
    public var reviewSpan: LedgerSpan = .hours(24)
    /// How long a hold lasts where no table says otherwise.
    public var holdSpan: LedgerSpan = .days(7)
    /// How long before its end a hold is announced as expiring.
    public var noticeSpan: LedgerSpan = .hours(24)
    /// From here on a second person must approve a resolution. Zero: always.
    public var approvalAbove: Amount = .zero
    /// Payments in memory before new ones are answered with `busy`.
    public var livePaymentsMax: UInt32 = 50_000_000

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.settingsChanged

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("keySpan", &keySpan)
        try visitor.field("reviewSpan", &reviewSpan)
        try visitor.field("holdSpan", &holdSpan)
        try visitor.field("noticeSpan", &noticeSpan)
        try visitor.field("approvalAbove", &approvalAbove)
        try visitor.field("livePaymentsMax", &livePaymentsMax)
    }
}

/// How long holds of one network and initiator last.
public struct HoldSpanSet: FactBody {
    public var network: CardBrand = .unknown
    public var initiator: Initiator = .customer
    /// At most 30 days.
    public var span = LedgerSpan(nanoseconds: 0)

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.holdSpanSet

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("network", &network)
        try visitor.field("initiator", &initiator)
        try visitor.field("span", &span)
    }
}

/// The log clock was moved forward to wall time, by an operator or after ten synchronised minutes.
public struct TimeAccepted: FactBody {
    /// Log time before.
    public var from: LedgerTime = .none
    /// Log time after.
    public var to: LedgerTime = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.timeAccepted

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("from", &from)
        try visitor.field("to", &to)
    }
}

/// The digest of the state after everything before this event. Replay must reproduce it.
public struct StateDigested: FactBody {
    /// Which rows and hashes went in.
    public var version: UInt16 = 0
    public var digest: Hash128 = .none
    /// How many rows it covers.
    public var rows: UInt64 = 0

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.stateDigested

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("version", &version)
        try visitor.hash("digest", &digest)
        try visitor.field("rows", &rows)
    }
}

/// A command with a key was refused for a reason that lay in the state, so that the same request is refused
/// for ever. No legs.
public struct Refused: FactBody {
    /// What was asked.
    public var operation: Operation = .requestPayment
    public var code: RefusalCode = .malformed
    /// Which command of an all-or-nothing request; 0 otherwise.
    public var index: UInt16 = 0

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.refused

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("operation", &operation)
        try visitor.field("code", &code)
        try visitor.field("index", &index)
    }
}
