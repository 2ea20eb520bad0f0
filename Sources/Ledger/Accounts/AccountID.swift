import Invariants

/// One account of one owner in one currency, as one word. Sorts by account, then currency, then owner.
///
///     63      layer: 0 posted, 1 pending (only in legs)
///     62…56   account
///     55…42   currency number
///     41…0    owner: shard above bit 32, number below; 0 for the ledger's own accounts
public struct AccountID: Hashable, Comparable, Sendable, BitwiseCopyable {
    public let raw: UInt64

    @inlinable init(unchecked raw: UInt64) { self.raw = raw }

    init(_ account: Account, _ currency: Currency, owner: UInt64) {
        invariant(owner < 1 << 42, "an owner of 42 bits")
        raw = UInt64(account.rawValue) << 56 | UInt64(currency.number) << 42 | owner
    }

    /// The account with these bits; nil if they name none.
    public init?(raw: UInt64) {
        guard raw >> 63 == 0, let account = Account(rawValue: UInt8(raw >> 56)),
            Currency(number: UInt16(truncatingIfNeeded: (raw >> 42) & 0x3FFF)) != nil,
            (raw & 0x3FF_FFFF_FFFF == 0) == (account.owner == .ledger)
        else { return nil }
        self.raw = raw
    }

    /// A merchant's account.
    public init(_ account: Account, _ currency: Currency, of merchant: MerchantID) {
        self.init(account, currency, owner: merchant.raw)
    }

    /// An acquirer's account.
    public init(_ account: Account, _ currency: Currency, of acquirer: AcquirerID) {
        self.init(account, currency, owner: acquirer.raw)
    }

    /// A bank account.
    public init(_ account: Account, _ currency: Currency, of bankAccount: BankAccountID) {
        self.init(account, currency, owner: bankAccount.raw)
    }

    /// One of the ledger's own.
    public init(_ account: Account, _ currency: Currency) {
        self.init(account, currency, owner: 0)
    }

    /// Which of the chart.
    public var account: Account {
        guard let account = Account(rawValue: UInt8(raw >> 56)) else {
            invariantViolated("account \(raw >> 56)")
        }
        return account
    }

    /// In which currency.
    public var currency: Currency {
        guard let currency = Currency(number: UInt16(truncatingIfNeeded: (raw >> 42) & 0x3FFF)) else {
            invariantViolated("currency \((raw >> 42) & 0x3FFF)")
        }
        return currency
    }

    /// The bits of the owner's id; 0 for the ledger itself.
    public var owner: UInt64 { raw & 0x3FF_FFFF_FFFF }

    public static func < (left: Self, right: Self) -> Bool { left.raw < right.raw }
}
