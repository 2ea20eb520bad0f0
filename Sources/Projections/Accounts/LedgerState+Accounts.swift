import Invariants
package import Ledger

// Balances: every leg of every event, and nothing else.
extension LedgerState {
    /// Posts the legs of an event.
    mutating func post(_ legs: Legs) {
        for index in 0..<legs.count { post(legs[index]) }
    }

    private mutating func post(_ leg: Leg) {
        let account = leg.account
        guard let number = accounts.find(account.raw) else {
            var row = AccountRow(account)
            row.add(leg)
            checkSide(row)
            accounts.insert(row)
            return
        }
        var row = accounts[number]
        row.add(leg)
        checkSide(row)
        accounts.update(number, row)
    }

    /// An account that must not go negative never does: whoever made the legs has seen to it.
    private func checkSide(_ row: AccountRow) {
        let account = row.id.account
        guard !account.mayGoNegative, let side = account.normalSide else { return }
        let balance = side == .debit ? row.posted : -row.posted
        invariant(balance >= 0, "\(account) of \(row.id.owner) in \(row.id.currency) at \(balance)")
    }

    /// The sums of an account; zeros if it was never used.
    package func account(_ id: AccountID) -> AccountRow {
        accounts.find(id.raw).map { accounts[$0] } ?? AccountRow(id)
    }

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
