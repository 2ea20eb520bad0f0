package import Ledger

// What is asked of payments.

/// A payment with everything that hangs on it, wherever it is kept.
package struct PaymentQuery: Query {
    package var payment: PaymentID = .none

    package init() {}

    package typealias Answer = PaymentAnswer
    package static var kind: QueryKind { .payment }

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
    }
}

/// A merchant's payments in memory, newest first. At most 10,000 are looked at for a page: one that finds
/// few of a status ends early, with a `next`.
package struct PaymentsQuery: Query {
    /// None: the key's own.
    package var merchant: MerchantID = .none
    /// None: of every status.
    package var status = OptionalWord<PaymentStatus>.none
    /// `next` of the page before.
    package var after: PaymentID = .start
    /// At most so many, up to 100; 0: 100.
    package var limit: UInt16 = 0

    package init() {}

    package typealias Answer = PaymentsAnswer
    package static var kind: QueryKind { .payments }

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("merchant", &merchant)
        try visitor.field("status", &status)
        try visitor.field("after", &after)
        try visitor.field("limit", &limit)
    }
}

/// What is held of a merchant's payments, newest payment first. The limit is one of payments.
package struct HoldsQuery: Query {
    /// None: the key's own.
    package var merchant: MerchantID = .none
    /// `next` of the page before.
    package var after: PaymentID = .start
    /// At most so many, up to 100; 0: 100.
    package var limit: UInt16 = 0

    package init() {}

    package typealias Answer = AnswerPage<HoldRecord, PaymentID>
    package static var kind: QueryKind { .holds }

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("merchant", &merchant)
        try visitor.field("after", &after)
        try visitor.field("limit", &limit)
    }
}
