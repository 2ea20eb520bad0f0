internal import Ledger
internal import LogStore
internal import Projections
internal import Protocol
internal import Replay

// Money.

extension BalancesQuery: MerchantsOwnQuery {
    func answer<P: Platform>(
        _ asker: Asker, of ledger: inout BoundedLedger<P>, _ server: ServerPosition
    ) throws(AtticError) -> BalancesAnswer? {
        ledger.state.of(asker.named(merchant)) { state in
            var answer = BalancesAnswer()
            answer.accounts = state.balances(of: asker.named(merchant)).map(AccountRecord.init)
            return answer
        }
    }
}

extension AccountID {
    /// The merchant it belongs to; none if it belongs to somebody else.
    var merchant: MerchantID { account.owner == .merchant ? MerchantID(raw: owner) : .none }
}

extension AccountQuery: AnsweredQuery {
    func merchant(asking asker: Asker) -> MerchantID { account.merchant }

    func answer<P: Platform>(
        _ asker: Asker, of ledger: inout BoundedLedger<P>, _ server: ServerPosition
    ) throws(AtticError) -> AccountRecord? {
        AccountRecord(ledger.state.account(account))
    }
}

extension AccountRecord {
    init(_ row: AccountRow) {
        self.init()
        account = row.id
        (debitsPosted, creditsPosted) = (row.debitsPosted, row.creditsPosted)
        (debitsPending, creditsPending) = (row.debitsPending, row.creditsPending)
    }
}

extension TrialBalanceQuery: PlatformQuery {
    func answer<P: Platform>(
        _ asker: Asker, of ledger: inout BoundedLedger<P>, _ server: ServerPosition
    ) throws(AtticError) -> TrialBalanceAnswer? {
        var answer = TrialBalanceAnswer()
        answer.lines = ledger.state.trialBalance.map(TrialBalanceRecord.init)
        return answer
    }
}

extension TrialBalanceRecord {
    fileprivate init(_ line: TrialBalanceLine) {
        self.init()
        (account, currency) = (line.account, line.currency)
        (debitsPosted, creditsPosted) = (line.debitsPosted, line.creditsPosted)
        (debitsPending, creditsPending) = (line.debitsPending, line.creditsPending)
    }
}

extension SafeguardingQuery: PlatformQuery {
    func answer<P: Platform>(
        _ asker: Asker, of ledger: inout BoundedLedger<P>, _ server: ServerPosition
    ) throws(AtticError) -> SafeguardingAnswer? {
        var answer = SafeguardingAnswer()
        answer.currencies = ledger.state.safeguarding.map(SafeguardingRecord.init)
        return answer
    }
}

extension SafeguardingRecord {
    fileprivate init(_ line: Safeguarding) {
        self.init()
        currency = line.currency
        (assets, liabilities, suspense) = (line.assets, line.liabilities, line.suspense)
        (suspenseSince, unmatchedSince) = (line.suspenseSince, line.unmatchedSince)
        shortfallSince = line.shortfallSince
    }
}
