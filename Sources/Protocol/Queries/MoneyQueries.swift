public import Ledger

// What is asked of money.

/// What a merchant has on each of its accounts.
public struct BalancesQuery: Query {
    /// None: the key's own.
    public var merchant: MerchantID = .none

    public init() {}

    public typealias Answer = BalancesAnswer
    public static var kind: QueryKind { .balances }

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("merchant", &merchant)
    }
}

/// What an account comes to.
public struct AccountQuery: Query {
    public var account = AccountID(.suspense, .eur)

    public init() {}

    public typealias Answer = AccountRecord
    public static var kind: QueryKind { .account }

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("account", &account)
    }
}

/// What an account came to with the event at a position. Not found if that is forgotten.
public struct PastBalanceQuery: Query {
    public var account = AccountID(.suspense, .eur)
    public var position: Position = .start

    public init() {}

    public typealias Answer = AccountRecord
    public static var kind: QueryKind { .pastBalance }

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("account", &account)
        try visitor.field("position", &position)
    }
}

/// What every account of the chart comes to, over all owners.
public struct TrialBalanceQuery: Query {
    public init() {}

    public typealias Answer = TrialBalanceAnswer
    public static var kind: QueryKind { .trialBalance }

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {}
}

/// Whether the money that is there covers what is owed, by currency.
public struct SafeguardingQuery: Query {
    public init() {}

    public typealias Answer = SafeguardingAnswer
    public static var kind: QueryKind { .safeguarding }

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {}
}
