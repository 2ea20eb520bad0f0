import Ledger

/// Makes legs that know what a merchant's purse holds: what is taken beyond `merchantAvailable` becomes debt,
/// what is given repays debt first. Keeps count of what the same event has taken and given before.
///
/// Balances are of 128 bits; seen here are the first 63 of them. No event takes or gives as much, so that one
/// that is larger is as good as it.
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

    private static func sum(_ left: Amount, _ right: Amount) -> Amount {
        left.addingChecked(right) ?? Amount(minorUnits: .max)
    }

    /// Debits the merchant, credits `account`.
    mutating func take(_ amount: Amount, creditTo account: AccountID, _ legs: inout Legs) {
        debit(amount, &legs)
        legs.add(account, -amount.minorUnits)
    }

    /// Credits the merchant, debits `account`.
    mutating func give(_ amount: Amount, debitTo account: AccountID, _ legs: inout Legs) {
        legs.add(account, amount.minorUnits)
        credit(amount, &legs)
    }

    /// The purse's side alone: what there is, and debt beyond it.
    mutating func debit(_ amount: Amount, _ legs: inout Legs) {
        let covered = min(available, amount)
        legs.add(availableAccount, covered.minorUnits)
        legs.add(owedAccount, (amount - covered).minorUnits)
        available -= covered
        owed = Self.sum(owed, amount - covered)
    }

    /// The purse's side alone: debt first.
    mutating func credit(_ amount: Amount, _ legs: inout Legs) {
        let repaid = min(owed, amount)
        legs.add(owedAccount, -repaid.minorUnits)
        legs.add(availableAccount, -(amount - repaid).minorUnits)
        owed -= repaid
        available = Self.sum(available, amount - repaid)
    }
}
