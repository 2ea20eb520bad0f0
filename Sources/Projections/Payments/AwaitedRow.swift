package import Ledger

/// What a payment waits for: there from the intent to the answer, so that after a crash whoever asks, calls
/// or reminds goes on from here. Also what of the order is needed when the answer comes. 64 bytes.
package struct AwaitedRow: TableRow {
    package let payment: PaymentID
    /// What was asked for.
    package let amount: Amount
    /// How long to hold, if the order said so.
    let holdSpan: LedgerSpan
    package var awaited: Awaited
    /// Of the attempt.
    package var acquirerNumber: UInt32 = 0
    package var attempt: UInt8 = 0
    /// Answers "not found" to inquiries.
    var notFoundCount: UInt8 = 0
    /// When the attempt began.
    package var startedAt: LedgerTime = .none
    /// When it is too late: for the call, the cardholder, the reviewer. None while nothing is asked.
    package var deadline: LedgerTime = .none
    /// Who makes the call; 0: nobody yet.
    package var worker: UInt64 = 0

    package var key: UInt64 { payment.raw }
    package static var table: TableNumber { .awaited }

    init(_ payment: PaymentID, _ terms: PaymentTerms, _ awaited: Awaited) {
        self.payment = payment
        amount = terms.amount
        holdSpan = terms.holdSpan
        self.awaited = awaited
    }

    package func digest(into hasher: inout RowHasher) {
        hasher.combine(payment)
        hasher.combine(amount.fieldBits)
        hasher.combine(holdSpan.nanoseconds)
        hasher.combine(startedAt)
        hasher.combine(deadline)
        hasher.combine(worker)
        let counts = UInt64(awaited.rawValue) << 16 | UInt64(attempt) << 8 | UInt64(notFoundCount)
        hasher.combine(UInt64(acquirerNumber) << 32 | counts)
    }
}

/// What can be waited for.
package enum Awaited: UInt8, Sendable, BitwiseCopyable {
    /// The answer to an attempt.
    case answer = 0
    /// What became of an attempt nobody knows the answer to.
    case inquiry = 1
    /// A further attempt, or the end of trying.
    case decision = 2
    /// The cardholder.
    case action = 3
    /// A reviewer.
    case review = 4
}
