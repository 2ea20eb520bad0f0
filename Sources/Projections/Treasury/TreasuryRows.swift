package import Ledger

/// Money on its way to a merchant. 32 bytes.
package struct PayoutRow: TableRow {
    package let id: PayoutID
    package let merchant: MerchantID
    package let amount: Amount
    package let currency: Currency
    package var state: PayoutState = .created
    /// Since it is in this state something was told that does not follow, and an exception says so.
    var isSaidOtherwise = false

    package var key: UInt64 { id.raw }
    package static var table: TableNumber { .payouts }

    package func digest(into hasher: inout RowHasher) {
        hasher.combine(id)
        hasher.combine(merchant)
        hasher.combine(amount.fieldBits)
        hasher.combine(
            UInt64(isSaidOtherwise ? 1 : 0) << 32 | UInt64(currency.number) << 8 | UInt64(state.rawValue))
    }
}

/// What of a merchant's reserve in a currency is released at the end of one UTC day.
struct ReserveRow: TableRow {
    let key: UInt64
    var amount: Amount

    static var table: TableNumber { .reserves }

    /// 32 bits of merchant, 10 of currency, 22 of day. All of one shard.
    static func key(merchant: UInt32, _ currency: Currency, _ day: BusinessDay) -> UInt64 {
        UInt64(merchant) << 32 | UInt64(currency.number) << 22 | UInt64(day.daysSinceEpoch & 0x3F_FFFF)
    }

    func digest(into hasher: inout RowHasher) {
        hasher.combine(key)
        hasher.combine(amount.fieldBits)
    }
}

/// An event that has been corrected, so that nobody does it twice.
struct CorrectionRow: TableRow {
    let corrected: SequenceNumber
    let by: SequenceNumber

    var key: UInt64 { corrected.raw }
    static var table: TableNumber { .corrections }

    func digest(into hasher: inout RowHasher) {
        hasher.combine(corrected.raw)
        hasher.combine(by.raw)
    }
}
