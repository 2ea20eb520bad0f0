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

/// Makes legs that know what a merchant's purse holds: what is taken beyond `merchantAvailable` becomes debt,
/// what is given repays debt first. Keeps count of what the same event has taken and given before.
struct MerchantPurse {
    let merchant: MerchantID
    let currency: Currency
    private(set) var available: Amount
    private(set) var owed: Amount

    init(_ merchant: MerchantID, _ currency: Currency, in state: borrowing LedgerState) {
        self.merchant = merchant
        self.currency = currency
        available = state.available(merchant, currency)
        owed = state.owed(merchant, currency)
    }

    private var availableAccount: AccountID { AccountID(.merchantAvailable, currency, of: merchant) }
    private var owedAccount: AccountID { AccountID(.merchantReceivable, currency, of: merchant) }

    /// Debits the merchant, credits `account`.
    mutating func take(_ amount: Amount, creditTo account: AccountID, _ legs: inout Legs) {
        let covered = min(available, amount)
        legs.add(availableAccount, covered.minorUnits)
        legs.add(owedAccount, (amount - covered).minorUnits)
        legs.add(account, -amount.minorUnits)
        available -= covered
        owed += amount - covered
    }

    /// Credits the merchant, debits `account`.
    mutating func give(_ amount: Amount, debitTo account: AccountID, _ legs: inout Legs) {
        let repaid = min(owed, amount)
        legs.add(account, amount.minorUnits)
        legs.add(owedAccount, -repaid.minorUnits)
        legs.add(availableAccount, -(amount - repaid).minorUnits)
        owed -= repaid
        available += amount - repaid
    }
}
