package import Ledger

/// One capture. 64 bytes.
package struct CaptureRow: TableRow {
    package let id: CaptureID
    package let amount: Amount
    /// Of it in 2010: not settled and not refunded.
    package var pending: Amount
    /// Asked back, by refunds pending and succeeded.
    package var refunded: Amount = .zero
    /// The fee posted for it.
    package var fee: Amount = .zero
    let payment: RowNumber
    /// The next capture of the payment.
    var next: RowNumber = .none
    /// The batch it leaves with.
    package var batch: RowNumber = .none
    /// Its oldest refund part.
    var firstRefund: RowNumber = .none
    package var state: CaptureState

    package var key: UInt64 { id.raw }
    package static var table: TableNumber { .captures }

    package func digest(into hasher: inout RowHasher) {
        hasher.combine(id)
        hasher.combine(amount.fieldBits)
        hasher.combine(pending.fieldBits)
        hasher.combine(refunded.fieldBits)
        hasher.combine(fee.fieldBits)
        hasher.combine(UInt64(state.rawValue))
    }
}

/// Where a capture stands, with the acquirer and in its batch.
package enum CaptureState: UInt8, CaseIterable, Sendable, BitwiseCopyable {
    /// Asked for online.
    case requested = 0
    /// Asked for online, and nobody knows.
    case unknown = 1
    case failed = 2
    /// In a batch, sent or not.
    case captured = 3
    case voided = 4
    /// Sent back by the acquirer; in another batch or with a person.
    case rejected = 5
    /// Paid for.
    case settled = 6
    /// Rejected and given up.
    case withdrawn = 7
}
