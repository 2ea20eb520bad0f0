package import Ledger

/// The four sums of an account. A balance is debits less credits.
package struct AccountRecord: Fielded, AnswerBody {
    package var account = AccountID(.suspense, .eur)
    package var debitsPosted: UInt128 = 0
    package var creditsPosted: UInt128 = 0
    /// Expected to move.
    package var debitsPending: UInt128 = 0
    package var creditsPending: UInt128 = 0

    package init() {}

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
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
package struct BalancesAnswer: AnswerBody {
    package var accounts: [AccountRecord] = []

    package init() {}

    package mutating func visitParts<Visitor: AnswerVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.list("accounts", &accounts)
    }
}

/// What one account of the chart comes to in one currency.
package struct TrialBalanceRecord: Fielded {
    package var account: Account = .cash
    package var currency: Currency = .eur
    package var debitsPosted: UInt128 = 0
    package var creditsPosted: UInt128 = 0
    /// Expected to move.
    package var debitsPending: UInt128 = 0
    package var creditsPending: UInt128 = 0

    package init() {}

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
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
package struct TrialBalanceAnswer: AnswerBody {
    package var lines: [TrialBalanceRecord] = []

    package init() {}

    package mutating func visitParts<Visitor: AnswerVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.list("lines", &lines)
    }
}

/// The daily check of one currency.
package struct SafeguardingRecord: Fielded {
    package var currency: Currency = .eur
    /// At banks and acquirers, or on the way.
    package var assets: Int128 = 0
    /// To merchants and cardholders.
    package var liabilities: Int128 = 0
    /// Explained by nobody; debits positive.
    package var suspense: Int128 = 0
    /// Of the oldest of it; none if there is none.
    package var suspenseSince: LedgerTime = .none
    /// Cutoff of the oldest batch that waits to be sent or reconciled.
    package var unmatchedSince: LedgerTime = .none
    /// Since when an exception says that something is missing.
    package var shortfallSince: LedgerTime = .none

    package init() {}

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
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
package struct SafeguardingAnswer: AnswerBody {
    package var currencies: [SafeguardingRecord] = []

    package init() {}

    package mutating func visitParts<Visitor: AnswerVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.list("currencies", &currencies)
    }
}
