package import Ledger

/// An authorization to be undone at the acquirer; there until the acquirer has answered.
package struct ReversalRow: TableRow {
    package let id: ReversalID
    package let payment: PaymentID
    package let acquirer: AcquirerID
    package let amount: Amount

    package var key: UInt64 { id.raw }
    package static var table: TableNumber { .reversals }

    package func digest(into hasher: inout RowHasher) {
        hasher.combine(id)
        hasher.combine(payment)
        hasher.combine(acquirer)
        hasher.combine(amount.fieldBits)
    }
}
