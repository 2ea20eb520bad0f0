package import Ledger

// What is asked of money.

/// What a merchant has on each of its accounts.
package struct BalancesQuery: Query {
    /// None: the key's own.
    package var merchant: MerchantID = .none

    package init() {}

    package typealias Answer = BalancesAnswer
    package static var kind: QueryKind { .balances }

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("merchant", &merchant)
    }
}

/// What an account comes to.
package struct AccountQuery: Query {
    package var account = AccountID(.suspense, .eur)

    package init() {}

    package typealias Answer = AccountRecord
    package static var kind: QueryKind { .account }

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("account", &account)
    }
}

/// What an account came to with the event at a position. Not found if that is forgotten.
package struct PastBalanceQuery: Query {
    package var account = AccountID(.suspense, .eur)
    package var position: Position = .start

    package init() {}

    package typealias Answer = AccountRecord
    package static var kind: QueryKind { .pastBalance }

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("account", &account)
        try visitor.field("position", &position)
    }
}

/// What every account of the chart comes to, over all owners.
package struct TrialBalanceQuery: Query {
    package init() {}

    package typealias Answer = TrialBalanceAnswer
    package static var kind: QueryKind { .trialBalance }

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {}
}

/// Whether the money that is there covers what is owed, by currency.
package struct SafeguardingQuery: Query {
    package init() {}

    package typealias Answer = SafeguardingAnswer
    package static var kind: QueryKind { .safeguarding }

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {}
}
