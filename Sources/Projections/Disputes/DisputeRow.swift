package import Ledger

/// A cardholder's objection. 56 bytes.
package struct DisputeRow: TableRow {
    package let id: DisputeID
    package let paymentID: PaymentID
    /// Claimed.
    package let amount: Amount
    /// Of it, what was neither refunded nor disputed: in 2040 while the dispute is open.
    package var accepted: Amount = .zero
    /// Evidence by then.
    package var dueAt: LedgerTime
    /// Who told us, and takes the money.
    package let acquirerNumber: UInt32
    let payment: RowNumber
    /// The next of the payment.
    var next: RowNumber = .none
    package var stage: DisputeStage
    package var status: DisputeStatus = .needsResponse
    var hasFee = false
    /// Since it was closed the other outcome was told, and an exception says so.
    var isSaidOtherwise = false

    package var key: UInt64 { id.raw }
    package static var table: TableNumber { .disputes }

    package func digest(into hasher: inout RowHasher) {
        hasher.combine(id)
        hasher.combine(paymentID)
        hasher.combine(amount.fieldBits)
        hasher.combine(accepted.fieldBits)
        hasher.combine(dueAt)
        let states = UInt64(stage.rawValue) << 16 | UInt64(status.rawValue) << 8
        hasher.combine(UInt64(acquirerNumber) << 32 | states | UInt64(flags))
    }

    /// What is true of it beside its state.
    var flags: UInt8 { (hasFee ? 1 : 0) | (isSaidOtherwise ? 2 : 0) }
}

extension DisputeStatus {
    /// Whether the cardholder got the money.
    var isLost: Bool { self == .accepted || self == .expired || self == .lost }
}
