import Invariants
import Ledger

// What the facts of a payment do to it. Each function is one fact; `apply` has posted its legs before.
extension LedgerState {
    /// A new payment, at the head of its merchant's list.
    mutating func addPayment(_ event: Event, _ terms: PaymentTerms, phase: PaymentPhase) -> RowNumber {
        guard let merchant = merchants.find(event.context.merchant.raw) else {
            invariantViolated("event \(event.sequence.raw) is of no merchant")
        }
        var row = PaymentRow(
            id: PaymentID(createdBy: event.sequence, shard: shard), latest: event.sequence,
            merchantNumber: event.context.merchant.number, currency: terms.currency, phase: phase)
        if terms.capture == .automatic { row.flags.insert(.capturesAutomatically) }
        if terms.risk.action == .review { row.flags.insert(.underReview) }
        if terms.method == .ach { row.flags.insert(.isDebit) }
        row.older = merchants[merchant].newestPayment
        let number = payments.insert(row)
        if !row.older.isNone { changePayment(row.older) { $0.newer = number } }
        var owner = merchants[merchant]
        owner.newestPayment = number
        merchants.update(merchant, owner)
        return number
    }

    /// The payment an event is about, made to point at it.
    mutating func touchPayment(_ event: Event) -> RowNumber {
        let number = payment(event.context.payment)
        changePayment(number) { $0.latest = event.sequence }
        return number
    }

    /// The row of a payment that an event names, which is there, or the log is not ours.
    func payment(_ id: PaymentID) -> RowNumber {
        guard let number = payments.find(id.raw) else { invariantViolated("no payment \(id.raw)") }
        return number
    }

    @inline(__always)
    mutating func changePayment(_ number: RowNumber, _ change: (inout PaymentRow) -> Void) {
        var row = payments[number]
        change(&row)
        payments.update(number, row)
    }

    /// Money is held for a payment.
    mutating func hold(_ number: RowNumber, _ amount: Amount, until end: LedgerTime, at acquirer: AcquirerID)
    {
        changePayment(number) { row in
            row.phase = .live
            row.acquirerNumber = acquirer.number
            row.authorized += amount
            row.held += amount
            row.expiresAt = end
        }
        pushHoldDue(number)
    }

    /// When the hold of a payment asks for attention next: to be announced as expiring, or to end.
    mutating func pushHoldDue(_ number: RowNumber) {
        let row = payments[number]
        let announced = row.flags.contains(.expiryAnnounced)
        due.push(
            DueEntry(
                time: announced ? row.expiresAt : row.expiresAt.subtracting(settings.noticeSpan),
                kind: .hold, id: row.id.raw))
    }
}
