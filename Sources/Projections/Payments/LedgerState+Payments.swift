import Invariants
import Ledger

// The rows of payments: found, made, changed, linked.
extension LedgerState {
    /// The payment of an id that an event names, which is there, or the log is not ours.
    @inline(__always)
    func payment(_ id: PaymentID) -> RowNumber {
        guard let number = payments.find(id.raw) else { invariantViolated("no payment \(id.raw)") }
        return number
    }

    /// The payment a command names, if it is of the merchant that asks.
    @inline(__always)
    func findPayment(_ id: PaymentID?) -> RowNumber? {
        guard let id, let number = payments.find(id.raw),
            payments[number].merchantNumber == author.merchant.number
        else { return nil }
        return number
    }

    /// The row of a new payment, to be filled and added.
    func newPayment(_ event: EventHead, _ terms: PaymentTerms, phase: PaymentPhase) -> PaymentRow {
        PaymentRow(event: event, shard: shard, terms: terms, phase: phase)
    }

    /// Adds a payment, at the head of its merchant's list.
    mutating func addPayment(_ payment: PaymentRow) -> RowNumber {
        let merchant = merchantNumber(payment)
        let older = merchants[merchant].newestPayment
        let number = payments.insert(payment)
        if !older.isNone {
            payments.relink(number) { $0.older = older }
            payments.relink(older) { $0.newer = number }
        }
        merchants.relink(merchant) { $0.newestPayment = number }
        return number
    }

    /// Changes the payment an event is about, and makes it point at the event.
    @inline(__always)
    @discardableResult
    mutating func changePayment(of event: EventHead, _ change: (inout PaymentRow) -> Void) -> RowNumber {
        let number = payment(event.context.payment)
        changePayment(number) { row in
            row.latest = event.sequence
            change(&row)
        }
        return number
    }

    @inline(__always)
    mutating func changePayment(_ number: RowNumber, _ change: (inout PaymentRow) -> Void) {
        payments.modify(number, change)
    }

    /// Whose payment it is.
    @inline(__always)
    func merchantNumber(_ row: PaymentRow) -> RowNumber {
        guard let number = findMerchant(merchantID(row)) else {
            invariantViolated("no merchant \(row.merchantNumber)")
        }
        return number
    }

    /// The acquirer that approved a payment.
    @inline(__always)
    func acquirerNumber(_ row: PaymentRow) -> RowNumber {
        guard let number = findAcquirer(acquirerID(row)) else {
            invariantViolated("no acquirer \(row.acquirerNumber)")
        }
        return number
    }
}
