import Ledger
import Projections

/// A ledger beside which evicted payments are kept, in a plain dictionary.
struct EvictedLedger: ~Copyable {
    var ledger = TestLedger()
    private(set) var attic: [PaymentID: [UInt8]] = [:]
    private var packed = PackedPayments()

    /// Evicts whatever is quiet now.
    @discardableResult
    mutating func evict(atMost count: Int = 1_000) -> Int {
        packed.removeAll()
        let evicted = ledger.state.evictPayments(
            atMost: count, lookingAt: 10_000, quietBefore: ledger.state.next, into: &packed)
        for (id, range) in packed.entries { attic[id] = Array(packed.bytes[range]) }
        return evicted
    }

    /// What was kept of a payment last.
    func packed(_ id: PaymentID) -> [UInt8] { attic[id] ?? [] }

    mutating func restore(_ id: PaymentID) throws(PackedPaymentError) {
        try restore(attic[id] ?? [], of: id)
    }

    mutating func restore(_ bytes: [UInt8], of id: PaymentID) throws(PackedPaymentError) {
        // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
        try unsafe ledger.state.restore(bytes.span.bytes, of: id)
    }

    // MARK: A life

    /// An authorization captured twice, settled, refunded over both captures and disputed: rows of every
    /// kind.
    mutating func settled() -> PaymentID {
        let payment = ledger.authorize(1_000)
        var increment = IncrementAuthorization()
        increment.payment = payment
        increment.amount = 500
        ledger.perform(.incrementAuthorization(increment))
        ledger.capture(payment, 700, isFinal: false)
        ledger.capture(payment, 800)
        settle(payment)
        refund(payment, 900)
        var dispute = OpenDispute()
        dispute.payment = payment
        dispute.acquirer = ledger.acquirer
        dispute.stage = .chargeback
        dispute.currency = Currency.eur.number
        dispute.amount = 200
        ledger.perform(.openDispute(dispute))
        var end = DecideDispute()
        end.payment = payment
        end.dispute = DisputeID(
            createdBy: last { if case .disputeOpened = $0 { true } else { false } },
            shard: Shard(number: 0))
        end.outcome = .lost
        ledger.perform(.decideDispute(end))
        return payment
    }

    private func last(_ isIt: (Fact) -> Bool) -> SequenceNumber {
        ledger.events.last { isIt($0.fact) }?.sequence ?? .none
    }

    /// Sends the open batch and settles every capture of a payment.
    mutating func settle(_ payment: PaymentID) {
        var found: [(BatchID, CaptureID)] = []
        for event in ledger.events where event.context.payment == payment {
            if case .captured(let fact) = event.fact { found.append((fact.batch, fact.capture)) }
        }
        guard let batch = found.first?.0 else { return }
        var close = CloseBatch()
        close.batch = batch
        ledger.perform(.closeBatch(close))
        var submit = SubmitBatch()
        submit.batch = batch
        ledger.perform(.submitBatch(submit))
        for (batch, capture) in found {
            var settle = SettleItem()
            settle.batch = batch
            settle.payment = payment
            settle.capture = capture
            ledger.perform(.settleItem(settle))
        }
    }

    /// Refunds an amount, and has it answered.
    mutating func refund(_ payment: PaymentID, _ amount: Int64) {
        var request = RefundPayment()
        request.payment = payment
        request.amount = amount
        request.place = ledger.place
        ledger.perform(.refundPayment(request))
        guard let event = ledger.events.last, case .refundRequested(let fact) = event.fact else { return }
        let refund = RefundID(createdBy: event.sequence, shard: Shard(number: 0))
        var close = CloseBatch()
        close.batch = fact.batch
        ledger.perform(.closeBatch(close))
        var submit = SubmitBatch()
        submit.batch = fact.batch
        ledger.perform(.submitBatch(submit))
        var answer = AnswerRefund()
        answer.payment = payment
        answer.refund = refund
        answer.isSucceeded = true
        ledger.perform(.answerRefund(answer))
    }
}
