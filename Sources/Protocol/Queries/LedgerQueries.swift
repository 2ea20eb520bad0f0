public import Ledger

// What is asked of the ledger itself, and of who is paid.

/// How far the ledger is, and how large.
public struct StatusQuery: Query {
    public init() {}

    public typealias Answer = StatusRecord
    public static var kind: QueryKind { .status }

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {}
}

/// The digest of the whole state: equal at equal positions, wherever the ledger runs.
public struct DigestQuery: Query {
    public init() {}

    public typealias Answer = DigestRecord
    public static var kind: QueryKind { .digest }

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {}
}

/// The settings in force.
public struct SettingsQuery: Query {
    public init() {}

    public typealias Answer = SettingsAnswer
    public static var kind: QueryKind { .settings }

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {}
}

/// Every API key, newest first; revoked and expired ones too.
public struct APIKeysQuery: Query {
    /// `next` of the page before.
    public var after: APIKeyID = .start
    /// At most so many, up to 100; 0: 100.
    public var limit: UInt16 = 0

    public init() {}

    public typealias Answer = AnswerPage<APIKeyRecord, APIKeyID>
    public static var kind: QueryKind { .apiKeys }

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("after", &after)
        try visitor.field("limit", &limit)
    }
}

/// Every acquirer, newest first.
public struct AcquirersQuery: Query {
    /// `next` of the page before.
    public var after: AcquirerID = .start
    /// At most so many, up to 100; 0: 100.
    public var limit: UInt16 = 0

    public init() {}

    public typealias Answer = AnswerPage<AcquirerRecord, AcquirerID>
    public static var kind: QueryKind { .acquirers }

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("after", &after)
        try visitor.field("limit", &limit)
    }
}

/// A merchant with its terms.
public struct MerchantQuery: Query {
    /// None: the key's own.
    public var merchant: MerchantID = .none

    public init() {}

    public typealias Answer = MerchantAnswer
    public static var kind: QueryKind { .merchant }

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("merchant", &merchant)
    }
}

/// Every merchant, newest first.
public struct MerchantsQuery: Query {
    /// `next` of the page before.
    public var after: MerchantID = .start
    /// At most so many, up to 100; 0: 100.
    public var limit: UInt16 = 0

    public init() {}

    public typealias Answer = AnswerPage<MerchantRecord, MerchantID>
    public static var kind: QueryKind { .merchants }

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("after", &after)
        try visitor.field("limit", &limit)
    }
}
