import Invariants
import Ledger

// The rows of payments: found, made, changed, linked.
extension LedgerState {
    /// The payment of an id that an event names, which is there, or the log is not ours.
    func payment(_ id: PaymentID) -> RowNumber {
        guard let number = payments.find(id.raw) else { invariantViolated("no payment \(id.raw)") }
        return number
    }

    /// The payment a command names, if it is of the merchant that asks.
    func findPayment(_ id: PaymentID?) -> RowNumber? {
        guard let id, let number = payments.find(id.raw),
            payments[number].merchantNumber == author.merchant.number
        else { return nil }
        return number
    }

    /// The row of a new payment, to be filled and added.
    func newPayment(_ event: Event, _ terms: PaymentTerms, phase: PaymentPhase) -> PaymentRow {
        PaymentRow(event: event, shard: shard, terms: terms, phase: phase)
    }

    /// Adds a payment, at the head of its merchant's list.
    mutating func addPayment(_ payment: PaymentRow) -> RowNumber {
        guard let merchant = merchants.find(merchantID(payment).raw) else {
            invariantViolated("payment \(payment.id.raw) is of no merchant")
        }
        var row = payment
        var owner = merchants[merchant]
        row.older = owner.newestPayment
        let number = payments.insert(row)
        if !row.older.isNone {
            var older = payments[row.older]
            older.newer = number
            payments.relink(row.older, older)
        }
        owner.newestPayment = number
        merchants.relink(merchant, owner)
        return number
    }

    /// Changes the payment an event is about, and makes it point at the event.
    @inline(__always)
    @discardableResult
    mutating func changePayment(of event: Event, _ change: (inout PaymentRow) -> Void) -> RowNumber {
        let number = payment(event.context.payment)
        changePayment(number) { row in
            row.latest = event.sequence
            change(&row)
        }
        return number
    }

    @inline(__always)
    mutating func changePayment(_ number: RowNumber, _ change: (inout PaymentRow) -> Void) {
        var row = payments[number]
        change(&row)
        payments.update(number, row)
    }

    /// Whose payment it is.
    func merchant(_ row: PaymentRow) -> MerchantRow {
        guard let number = merchants.find(merchantID(row).raw) else {
            invariantViolated("no merchant \(row.merchantNumber)")
        }
        return merchants[number]
    }

    func acquirer(_ id: AcquirerID) -> AcquirerRow? { acquirers.find(id.raw).map { acquirers[$0] } }

    /// The acquirer that approved a payment.
    func acquirer(_ row: PaymentRow) -> AcquirerRow {
        guard let found = acquirer(acquirerID(row)) else {
            invariantViolated("no acquirer \(row.acquirerNumber)")
        }
        return found
    }
}
