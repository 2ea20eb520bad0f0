// Legs, and the merchant's purse: what is available, and behind it what the merchant owes.

import Ledger

/// The legs of one event while it is put together.
struct Posting {
    private(set) var legs: [ModelLeg] = []

    /// Moves an amount: the first account is debited, the second credited.
    mutating func move(
        _ amount: Int64, debit: AccountID, credit: AccountID, _ layer: Layer = .posted
    ) {
        add(debit, amount, layer)
        add(credit, -amount, layer)
    }

    mutating func add(_ account: AccountID, _ amount: Int64, _ layer: Layer = .posted) {
        guard amount != 0 else { return }
        legs.append(ModelLeg(account: account, layer: layer, amount: amount))
    }

    /// Debits less credits of these legs on an account.
    func posted(_ account: AccountID) -> Int128 {
        legs.reduce(0) { $0 + ($1.account == account && $1.layer == .posted ? Int128($1.amount) : 0) }
    }
}

/// The accounts of one merchant in one currency.
struct Purse {
    var merchant: MerchantID
    var currency: Currency

    func account(_ account: Account) -> AccountID { AccountID(account, currency, of: merchant) }
}

extension ModelPayment {
    var purse: Purse { Purse(merchant: merchant, currency: currency) }

    /// An account of its merchant.
    func ofMerchant(_ account: Account) -> AccountID { AccountID(account, currency, of: merchant) }
    /// An account of its acquirer.
    func ofAcquirer(_ account: Account) -> AccountID { AccountID(account, currency, of: acquirer) }
    /// An account of the ledger's own in its currency.
    func ofLedger(_ account: Account) -> AccountID { AccountID(account, currency) }
}

extension LedgerModel {
    /// What a credit account has, with legs that are about to be written.
    func credit(of account: AccountID, with posting: Posting = Posting()) -> Int128 {
        -(balance(account).posted + posting.posted(account))
    }

    /// Takes from what is available, the rest as debt.
    func take(_ amount: Int64, from purse: Purse, to other: AccountID, _ posting: inout Posting) {
        let available = credit(of: purse.account(.merchantAvailable), with: posting)
        let paid = Int64(min(max(available, 0), Int128(amount)))
        posting.add(purse.account(.merchantAvailable), paid)
        posting.add(purse.account(.merchantReceivable), amount - paid)
        posting.add(other, -amount)
    }

    /// Gives to the merchant: debt is repaid first.
    func give(_ amount: Int64, to purse: Purse, from other: AccountID, _ posting: inout Posting) {
        let debt = -credit(of: purse.account(.merchantReceivable), with: posting)
        let repaid = Int64(min(max(debt, 0), Int128(amount)))
        posting.add(other, amount)
        posting.add(purse.account(.merchantReceivable), -repaid)
        posting.add(purse.account(.merchantAvailable), repaid - amount)
    }
}
