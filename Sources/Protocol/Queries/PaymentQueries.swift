public import Ledger

// What is asked of payments.

/// A payment with everything that hangs on it, wherever it is kept.
public struct PaymentQuery: Query {
    public var payment: PaymentID = .none

    public init() {}

    public typealias Answer = PaymentAnswer
    public static var kind: QueryKind { .payment }

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
    }
}

/// A merchant's payments in memory, newest first. At most 10,000 are looked at for a page: one that finds
/// few of a status ends early, with a `next`.
public struct PaymentsQuery: Query {
    /// None: the key's own.
    public var merchant: MerchantID = .none
    /// None: of every status.
    public var status = OptionalWord<PaymentStatus>.none
    /// `next` of the page before.
    public var after: PaymentID = .start
    /// At most so many, up to 100; 0: 100.
    public var limit: UInt16 = 0

    public init() {}

    public typealias Answer = PaymentsAnswer
    public static var kind: QueryKind { .payments }

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("merchant", &merchant)
        try visitor.field("status", &status)
        try visitor.field("after", &after)
        try visitor.field("limit", &limit)
    }
}

/// What is held of a merchant's payments, newest payment first. The limit is one of payments.
public struct HoldsQuery: Query {
    /// None: the key's own.
    public var merchant: MerchantID = .none
    /// `next` of the page before.
    public var after: PaymentID = .start
    /// At most so many, up to 100; 0: 100.
    public var limit: UInt16 = 0

    public init() {}

    public typealias Answer = AnswerPage<HoldRecord, PaymentID>
    public static var kind: QueryKind { .holds }

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("merchant", &merchant)
        try visitor.field("after", &after)
        try visitor.field("limit", &limit)
    }
}
