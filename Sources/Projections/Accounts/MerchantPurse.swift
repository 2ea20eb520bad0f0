import Ledger

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

    /// What is beyond 63 bits does not matter: no event takes or gives as much.
    private static func sum(_ left: Amount, _ right: Amount) -> Amount {
        left.addingChecked(right) ?? Amount(minorUnits: .max)
    }

    /// Debits the merchant, credits `account`.
    mutating func take(_ amount: Amount, creditTo account: AccountID, _ legs: inout Legs) {
        let covered = min(available, amount)
        legs.add(availableAccount, covered.minorUnits)
        legs.add(owedAccount, (amount - covered).minorUnits)
        legs.add(account, -amount.minorUnits)
        available -= covered
        owed = Self.sum(owed, amount - covered)
    }

    /// Credits the merchant, debits `account`.
    mutating func give(_ amount: Amount, debitTo account: AccountID, _ legs: inout Legs) {
        let repaid = min(owed, amount)
        legs.add(account, amount.minorUnits)
        legs.add(owedAccount, -repaid.minorUnits)
        legs.add(availableAccount, -(amount - repaid).minorUnits)
        owed -= repaid
        available = Self.sum(available, amount - repaid)
    }

    /// Takes a debit, or gives a credit (negative), with no other account: the legs of a correction bring
    /// theirs.
    func move(_ amount: Int64, _ legs: inout Legs) {
        if amount > 0 {
            let covered = min(available, Amount(minorUnits: amount))
            legs.add(availableAccount, covered.minorUnits)
            legs.add(owedAccount, amount - covered.minorUnits)
        } else {
            let repaid = min(owed, Amount(minorUnits: -amount))
            legs.add(owedAccount, -repaid.minorUnits)
            legs.add(availableAccount, amount + repaid.minorUnits)
        }
    }
}
