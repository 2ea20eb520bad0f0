package import Ledger

// What is asked of the ledger itself, and of who is paid.

/// How far the ledger is, and how large.
package struct StatusQuery: Query {
    package init() {}

    package typealias Answer = StatusRecord
    package static var kind: QueryKind { .status }

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {}
}

/// The digest of the whole state: equal at equal positions, wherever the ledger runs.
package struct DigestQuery: Query {
    package init() {}

    package typealias Answer = DigestRecord
    package static var kind: QueryKind { .digest }

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {}
}

/// The settings in force.
package struct SettingsQuery: Query {
    package init() {}

    package typealias Answer = SettingsAnswer
    package static var kind: QueryKind { .settings }

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {}
}

/// Every API key, newest first; revoked and expired ones too.
package struct APIKeysQuery: Query {
    /// `next` of the page before.
    package var after: APIKeyID = .start
    /// At most so many, up to 100; 0: 100.
    package var limit: UInt16 = 0

    package init() {}

    package typealias Answer = AnswerPage<APIKeyRecord, APIKeyID>
    package static var kind: QueryKind { .apiKeys }

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("after", &after)
        try visitor.field("limit", &limit)
    }
}

/// Every acquirer, newest first.
package struct AcquirersQuery: Query {
    /// `next` of the page before.
    package var after: AcquirerID = .start
    /// At most so many, up to 100; 0: 100.
    package var limit: UInt16 = 0

    package init() {}

    package typealias Answer = AnswerPage<AcquirerRecord, AcquirerID>
    package static var kind: QueryKind { .acquirers }

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("after", &after)
        try visitor.field("limit", &limit)
    }
}

/// A merchant with its terms.
package struct MerchantQuery: Query {
    /// None: the key's own.
    package var merchant: MerchantID = .none

    package init() {}

    package typealias Answer = MerchantAnswer
    package static var kind: QueryKind { .merchant }

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("merchant", &merchant)
    }
}

/// Every merchant, newest first.
package struct MerchantsQuery: Query {
    /// `next` of the page before.
    package var after: MerchantID = .start
    /// At most so many, up to 100; 0: 100.
    package var limit: UInt16 = 0

    package init() {}

    package typealias Answer = AnswerPage<MerchantRecord, MerchantID>
    package static var kind: QueryKind { .merchants }

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("after", &after)
        try visitor.field("limit", &limit)
    }
}
