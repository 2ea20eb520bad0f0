package import Ledger

/// A further hold of a payment; the first is in the payment's own row. 40 bytes.
package struct HoldRow: TableRow {
    package let id: HoldID
    package let paymentID: PaymentID
    /// Neither captured nor let go.
    package var held: Amount
    package let expiresAt: LedgerTime
    let payment: RowNumber
    /// The next of the payment.
    var next: RowNumber = .none

    package var key: UInt64 { id.raw }
    package static var table: TableNumber { .holds }

    package func digest(into hasher: inout RowHasher) {
        hasher.combine(id)
        hasher.combine(paymentID)
        hasher.combine(held.fieldBits)
        hasher.combine(expiresAt)
    }
}
