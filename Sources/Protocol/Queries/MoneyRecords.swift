public import Ledger

/// The four sums of an account. A balance is debits less credits.
public struct AccountRecord: Fielded, AnswerBody {
    public var account = AccountID(.suspense, .eur)
    public var debitsPosted: UInt128 = 0
    public var creditsPosted: UInt128 = 0
    /// Expected to move.
    public var debitsPending: UInt128 = 0
    public var creditsPending: UInt128 = 0

    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("account", &account)
        try visitor.sum("debitsPosted", &debitsPosted)
        try visitor.sum("creditsPosted", &creditsPosted)
        try visitor.sum("debitsPending", &debitsPending)
        try visitor.sum("creditsPending", &creditsPending)
    }
}

/// By account, then currency number; those that were ever touched.
public struct BalancesAnswer: AnswerBody {
    public var accounts: [AccountRecord] = []

    public init() {}

    public mutating func visitParts<Visitor: AnswerVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.list("accounts", &accounts)
    }
}

/// What one account of the chart comes to in one currency.
public struct TrialBalanceRecord: Fielded {
    public var account: Account = .cash
    public var currency: Currency = .eur
    public var debitsPosted: UInt128 = 0
    public var creditsPosted: UInt128 = 0
    /// Expected to move.
    public var debitsPending: UInt128 = 0
    public var creditsPending: UInt128 = 0

    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("account", &account)
        try visitor.field("currency", &currency)
        try visitor.sum("debitsPosted", &debitsPosted)
        try visitor.sum("creditsPosted", &creditsPosted)
        try visitor.sum("debitsPending", &debitsPending)
        try visitor.sum("creditsPending", &creditsPending)
    }
}

/// In the order of the chart, then of currency numbers.
public struct TrialBalanceAnswer: AnswerBody {
    public var lines: [TrialBalanceRecord] = []

    public init() {}

    public mutating func visitParts<Visitor: AnswerVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.list("lines", &lines)
    }
}

/// The daily check of one currency.
public struct SafeguardingRecord: Fielded {
    public var currency: Currency = .eur
    /// At banks and acquirers, or on the way.
    public var assets: Int128 = 0
    /// To merchants and cardholders.
    public var liabilities: Int128 = 0
    /// Explained by nobody; debits positive.
    public var suspense: Int128 = 0
    /// Of the oldest of it; none if there is none.
    public var suspenseSince: LedgerTime = .none
    /// Cutoff of the oldest batch that waits to be sent or reconciled.
    public var unmatchedSince: LedgerTime = .none
    /// Since when an exception says that something is missing.
    public var shortfallSince: LedgerTime = .none

    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("currency", &currency)
        try visitor.difference("assets", &assets)
        try visitor.difference("liabilities", &liabilities)
        try visitor.difference("suspense", &suspense)
        try visitor.field("suspenseSince", &suspenseSince)
        try visitor.field("unmatchedSince", &unmatchedSince)
        try visitor.field("shortfallSince", &shortfallSince)
    }
}

/// By currency number.
public struct SafeguardingAnswer: AnswerBody {
    public var currencies: [SafeguardingRecord] = []

    public init() {}

    public mutating func visitParts<Visitor: AnswerVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.list("currencies", &currencies)
    }
}
