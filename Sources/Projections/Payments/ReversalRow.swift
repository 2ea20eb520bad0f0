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

/// An approval that came too late, or second, and was reversed: whoever tells it again says nothing new. It
/// stays after the reversal was answered, and after its payment has left the memory. 16 bytes.
struct LateApprovalRow: TableRow {
    /// A hash of payment, attempt and what the acquirer calls it.
    let key: UInt64
    let payment: PaymentID

    static var table: TableNumber { .lateApprovals }

    init(_ payment: PaymentID, attempt: UInt8, _ gateway: GatewayReference) {
        self.payment = payment
        var visitor = RowHashVisitor(RowHasher(table: .lateApprovals))
        visitor.hasher.combine(payment)
        visitor.hasher.combine(UInt64(attempt))
        var reference = gateway.reference
        visitor.text("reference", &reference)
        key = UInt64(truncatingIfNeeded: visitor.hasher.finish())
    }

    func digest(into hasher: inout RowHasher) {
        hasher.combine(key)
        hasher.combine(payment)
    }
}
