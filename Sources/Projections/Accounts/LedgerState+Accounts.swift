import Invariants
package import Ledger

// Balances: every leg of every event, and nothing else.
extension LedgerState {
    /// Posts the legs of an event, all of an account at once.
    mutating func post(_ legs: borrowing Legs, at sequence: SequenceNumber) {
        let legs = legs.span
        for index in legs.indices where legs.isFirstOfAccount(index) {
            let account = legs[index].account
            let number = accounts.find(account.raw) ?? accounts.insert(AccountRow(account))
            if accounts[number].month != core.month { beginMonth(of: number, at: sequence) }
            accounts.modify(number) { row in
                for other in index..<legs.count where legs[other].account == account { row.add(legs[other]) }
            }
            let posted = accounts[number].posted
            invariant(
                account.account.allows(posted),
                "\(account.account) of \(account.owner) in \(account.currency) at \(posted)")
        }
    }

    /// The sums of an account; zeros if it was never used.
    package func account(_ id: AccountID) -> AccountRow {
        accounts.find(id.raw).map { accounts[$0] } ?? AccountRow(id)
    }

    /// How many accounts were ever used.
    package var accountCount: Int { accounts.count }

    /// What a merchant has to its credit, ready to be paid out. Never negative.
    func available(_ merchant: MerchantID, _ currency: Currency) -> Amount {
        let balance = -account(AccountID(.merchantAvailable, currency, of: merchant)).posted
        return Amount(minorUnits: Int64(clamping: balance))
    }

    /// What a merchant owes us.
    func owed(_ merchant: MerchantID, _ currency: Currency) -> Amount {
        Amount(
            minorUnits: Int64(
                clamping: account(AccountID(.merchantReceivable, currency, of: merchant)).posted))
    }
}

extension Span<Leg> {
    /// Whether no leg before this one is of the same account.
    @inline(__always)
    fileprivate func isFirstOfAccount(_ index: Int) -> Bool {
        for earlier in 0..<index where self[earlier].account == self[index].account { return false }
        return true
    }
}
