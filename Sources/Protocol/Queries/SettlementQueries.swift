public import Ledger

// What is asked of batches, disputes, exceptions and payouts.

/// A merchant's batches, newest first.
public struct BatchesQuery: Query {
    /// None: the key's own.
    public var merchant: MerchantID = .none
    /// None: in every state.
    public var state = OptionalWord<BatchState>.none
    /// 1970-01-01: of every day.
    public var day = BusinessDay(daysSinceEpoch: 0)
    /// `next` of the page before.
    public var after: BatchID = .start
    /// At most so many, up to 100; 0: 100.
    public var limit: UInt16 = 0

    public init() {}

    public typealias Answer = AnswerPage<BatchRecord, BatchID>
    public static var kind: QueryKind { .batches }

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
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
public struct BatchItemsQuery: Query {
    public var batch: BatchID = .none
    /// `next` of the page before.
    public var after: Position = .start
    /// At most so many, up to 100; 0: 100.
    public var limit: UInt16 = 0

    public init() {}

    public typealias Answer = AnswerPage<BatchItemRecord, Position>
    public static var kind: QueryKind { .batchItems }

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("batch", &batch)
        try visitor.field("after", &after)
        try visitor.field("limit", &limit)
    }
}

/// A merchant's disputes, newest first.
public struct DisputesQuery: Query {
    /// None: the key's own.
    public var merchant: MerchantID = .none
    /// Those alone that can still be won.
    public var isOpen: Bool = false
    /// `next` of the page before.
    public var after: DisputeID = .start
    /// At most so many, up to 100; 0: 100.
    public var limit: UInt16 = 0

    public init() {}

    public typealias Answer = AnswerPage<DisputeRecord, DisputeID>
    public static var kind: QueryKind { .disputes }

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("merchant", &merchant)
        try visitor.field("isOpen", &isOpen)
        try visitor.field("after", &after)
        try visitor.field("limit", &limit)
    }
}

/// Exceptions that are not resolved, newest first.
public struct ExceptionsQuery: Query {
    /// None: whosever.
    public var merchant: MerchantID = .none
    /// None: of every kind.
    public var kind = OptionalWord<ExceptionKind>.none
    /// `next` of the page before.
    public var after: ExceptionID = .start
    /// At most so many, up to 100; 0: 100.
    public var limit: UInt16 = 0

    public init() {}

    public typealias Answer = AnswerPage<ExceptionRecord, ExceptionID>
    public static var kind: QueryKind { .exceptions }

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("merchant", &merchant)
        try visitor.field("kind", &kind)
        try visitor.field("after", &after)
        try visitor.field("limit", &limit)
    }
}

/// A merchant's payouts, newest first.
public struct PayoutsQuery: Query {
    /// None: the key's own.
    public var merchant: MerchantID = .none
    /// None: in every state.
    public var state = OptionalWord<PayoutState>.none
    /// `next` of the page before.
    public var after: PayoutID = .start
    /// At most so many, up to 100; 0: 100.
    public var limit: UInt16 = 0

    public init() {}

    public typealias Answer = AnswerPage<PayoutRecord, PayoutID>
    public static var kind: QueryKind { .payouts }

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("merchant", &merchant)
        try visitor.field("state", &state)
        try visitor.field("after", &after)
        try visitor.field("limit", &limit)
    }
}
