import Invariants
package import Ledger

// Balances: every leg of every event, and nothing else.
extension LedgerState {
    /// Posts the legs of an event, all of an account at once.
    mutating func post(_ legs: borrowing Legs, at sequence: SequenceNumber) {
        for index in 0..<legs.count where legs.isFirstOfAccount(index) {
            let account = legs[index].account
            let number = accounts.find(account.raw)
            var row = number.map { accounts[$0] } ?? AccountRow(account)
            if row.month != core.month { beginMonth(of: &row, at: sequence) }
            for other in index..<legs.count where legs[other].account == account { row.add(legs[other]) }
            checkSide(row)
            if let number { accounts.update(number, row) } else { accounts.insert(row) }
        }
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

extension Legs {
    /// Whether no leg before this one is of the same account.
    @inline(__always)
    fileprivate func isFirstOfAccount(_ index: Int) -> Bool {
        for earlier in 0..<index where self[earlier].account == self[index].account { return false }
        return true
    }
}
