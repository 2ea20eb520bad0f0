import Invariants
package import Ledger

/// One day of a merchant at an acquirer in a currency.
package struct BatchRow: TableRow {
    package let id: BatchID
    package let merchantNumber: UInt32
    package let acquirerNumber: UInt32
    package let currency: Currency
    package let day: BusinessDay
    package let closesAt: LedgerTime
    package var state: BatchState = .open
    /// How often the file has left.
    package var submissions: UInt8 = 0
    /// Items in it, and what they come to.
    package var count: UInt32 = 0
    package var captured: Amount = .zero
    package var refunded: Amount = .zero
    /// The SHA-256 of the file that left, in halves.
    var file = Hash128.none
    var fileSecond = Hash128.none
    /// What came in and what left, by sequence, as it happened.
    var items = SHA256Words()
    /// Its newest refund whose key is not final by the batch; `BatchRefundRow.next` leads on.
    var firstRefund = RowNumber.none
    /// Once it is reconciled: the next batch of which there are some.
    var nextFinishing = RowNumber.none

    package var key: UInt64 { id.raw }
    package static var table: TableNumber { .batches }

    init(id: BatchID, merchant: MerchantID, _ fact: BatchOpened) {
        self.id = id
        merchantNumber = merchant.number
        acquirerNumber = fact.acquirer.number
        currency = fact.currency
        day = fact.day
        closesAt = fact.closesAt
    }

    @inline(__always)
    package func digest(into hasher: inout RowHasher) {
        hasher.combine(id)
        hasher.combine(UInt64(merchantNumber) << 32 | UInt64(acquirerNumber))
        hasher.combine(UInt64(currency.number) << 32 | UInt64(day.daysSinceEpoch))
        hasher.combine(closesAt)
        hasher.combine(UInt64(state.rawValue) << 40 | UInt64(submissions) << 32 | UInt64(count))
        hasher.combine(captured.fieldBits)
        hasher.combine(refunded.fieldBits)
        hasher.combine(file.low)
        hasher.combine(file.high)
        hasher.combine(fileSecond.low)
        hasher.combine(fileSecond.high)
        items.digest(into: &hasher)
    }

    /// Whether its money is, or was, with the acquirer.
    var hasLeft: Bool { submissions > 0 }
}

extension BatchState {
    /// Whether the acquirer can say anything about it.
    var isSent: Bool { self != .open && self != .closed }
}

/// Which batch takes what is captured now, by merchant, acquirer and currency.
package struct OpenBatchRow: TableRow {
    package let key: UInt64
    package var batch: RowNumber
    package let id: BatchID

    package static var table: TableNumber { .openBatches }

    /// Numbers of acquirers stay below this: they share a word with merchant and currency.
    static let acquirerNumberMax: UInt32 = (1 << 22) - 1

    /// 32 bits of merchant, 22 of acquirer, 10 of currency. All of one shard.
    static func key(merchant: UInt32, acquirer: UInt32, _ currency: Currency) -> UInt64 {
        invariant(acquirer <= acquirerNumberMax, "acquirer \(acquirer)")
        return UInt64(merchant) << 32 | UInt64(acquirer) << 10 | UInt64(currency.number)
    }

    @inline(__always)
    package func digest(into hasher: inout RowHasher) {
        hasher.combine(key)
        hasher.combine(id)
    }
}
