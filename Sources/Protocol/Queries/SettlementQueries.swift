package import Ledger

// What is asked of batches, disputes, exceptions and payouts.

/// A merchant's batches, newest first.
package struct BatchesQuery: Query {
    /// None: the key's own.
    package var merchant: MerchantID = .none
    /// None: in every state.
    package var state = OptionalWord<BatchState>.none
    /// 1970-01-01: of every day.
    package var day = BusinessDay(daysSinceEpoch: 0)
    /// `next` of the page before.
    package var after: BatchID = .start
    /// At most so many, up to 100; 0: 100.
    package var limit: UInt16 = 0

    package init() {}

    package typealias Answer = AnswerPage<BatchRecord, BatchID>
    package static var kind: QueryKind { .batches }

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("merchant", &merchant)
        try visitor.field("state", &state)
        try visitor.field("day", &day)
        try visitor.field("after", &after)
        try visitor.field("limit", &limit)
    }
}

/// Captures and refunds that are in a batch now, newest first.
package struct BatchItemsQuery: Query {
    package var batch: BatchID = .none
    /// `next` of the page before.
    package var after: Position = .start
    /// At most so many, up to 100; 0: 100.
    package var limit: UInt16 = 0

    package init() {}

    package typealias Answer = AnswerPage<BatchItemRecord, Position>
    package static var kind: QueryKind { .batchItems }

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("batch", &batch)
        try visitor.field("after", &after)
        try visitor.field("limit", &limit)
    }
}

/// A merchant's disputes, newest first.
package struct DisputesQuery: Query {
    /// None: the key's own.
    package var merchant: MerchantID = .none
    /// Those alone that can still be won.
    package var isOpen: Bool = false
    /// `next` of the page before.
    package var after: DisputeID = .start
    /// At most so many, up to 100; 0: 100.
    package var limit: UInt16 = 0

    package init() {}

    package typealias Answer = AnswerPage<DisputeRecord, DisputeID>
    package static var kind: QueryKind { .disputes }

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("merchant", &merchant)
        try visitor.field("isOpen", &isOpen)
        try visitor.field("after", &after)
        try visitor.field("limit", &limit)
    }
}

/// Exceptions that are not resolved, newest first.
package struct ExceptionsQuery: Query {
    /// None: whosever.
    package var merchant: MerchantID = .none
    /// None: of every kind.
    package var kind = OptionalWord<ExceptionKind>.none
    /// `next` of the page before.
    package var after: ExceptionID = .start
    /// At most so many, up to 100; 0: 100.
    package var limit: UInt16 = 0

    package init() {}

    package typealias Answer = AnswerPage<ExceptionRecord, ExceptionID>
    package static var kind: QueryKind { .exceptions }

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("merchant", &merchant)
        try visitor.field("kind", &kind)
        try visitor.field("after", &after)
        try visitor.field("limit", &limit)
    }
}

/// A merchant's payouts, newest first.
package struct PayoutsQuery: Query {
    /// None: the key's own.
    package var merchant: MerchantID = .none
    /// None: in every state.
    package var state = OptionalWord<PayoutState>.none
    /// `next` of the page before.
    package var after: PayoutID = .start
    /// At most so many, up to 100; 0: 100.
    package var limit: UInt16 = 0

    package init() {}

    package typealias Answer = AnswerPage<PayoutRecord, PayoutID>
    package static var kind: QueryKind { .payouts }

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("merchant", &merchant)
        try visitor.field("state", &state)
        try visitor.field("after", &after)
        try visitor.field("limit", &limit)
    }
}
