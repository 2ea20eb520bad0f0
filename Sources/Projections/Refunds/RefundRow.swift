package import Ledger

/// Money on its way back. 48 bytes.
package struct RefundRow: TableRow {
    package let id: RefundID
    package let paymentID: PaymentID
    /// None at an online acquirer.
    package let batchID: BatchID
    package let amount: Amount
    let payment: RowNumber
    /// The batch it leaves with; none at an online acquirer.
    let batch: RowNumber
    /// What it takes from each capture; `RefundPartRow.nextOfRefund` leads on.
    var firstPart: RowNumber = .none
    package var state: RefundState = .pending
    /// It was told to have succeeded after it failed, and an exception says so.
    var isSaidSucceeded = false

    package var key: UInt64 { id.raw }
    package static var table: TableNumber { .refunds }

    @inline(__always)
    package func digest(into hasher: inout RowHasher) {
        hasher.combine(id)
        hasher.combine(paymentID)
        hasher.combine(batchID)
        hasher.combine(amount.fieldBits)
        hasher.combine(UInt64(packedState))
    }
}

extension RefundRow {
    /// The state, and in the highest bit what was said of it since.
    var packedState: UInt8 { state.rawValue | (isSaidSucceeded ? 0x80 : 0) }
}

/// What one refund takes from one capture. 48 bytes.
struct RefundPartRow: TableRow {
    /// Counts up.
    let number: UInt64
    let refundID: RefundID
    let captureID: CaptureID
    let amount: Amount
    let refund: RowNumber
    let capture: RowNumber
    var nextOfRefund: RowNumber = .none
    var nextOfCapture: RowNumber = .none

    var key: UInt64 { number }
    static var table: TableNumber { .refundParts }

    @inline(__always)
    func digest(into hasher: inout RowHasher) {
        hasher.combine(number)
        hasher.combine(refundID)
        hasher.combine(captureID)
        hasher.combine(amount.fieldBits)
    }
}
