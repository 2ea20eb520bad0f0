import Invariants
import Ledger

/// In whose name facts are being written: the command's own, or nobody's for what falls due.
struct Author {
    var merchant = MerchantID.none
    var actor = ActorID.none
    var correlation = Hash128.none
    var effective = LedgerTime.none
    /// Goes with the first event only.
    var key = Hash128.none
    var fingerprint: UInt64 = 0

    /// What falls due by itself.
    init(of merchant: MerchantID) { self.merchant = merchant }

    init(_ command: Command) {
        merchant = command.merchant
        actor = command.actor
        correlation = command.correlation
        effective = command.effective
        key = command.key
        fingerprint = command.fingerprint
    }
}

extension LedgerState {
    /// Says a fact: makes the event, applies it, adds it to the batch. Returns its place.
    ///
    /// `previous` is the payment's latest event; events of one command follow each other by a nanosecond.
    /// That there is room in the batch is seen to before deciding.
    @discardableResult
    mutating func write(
        _ fact: Fact, of payment: PaymentID = .none, _ legs: Legs = Legs(), into batch: inout EventBatch
    ) -> SequenceNumber {
        invariant(legs.isBalanced, "\(fact.type) with legs that do not sum to zero")
        var event = Event(
            sequence: next, time: max(now, time.adding(LedgerSpan(nanoseconds: 1))), fact: fact)
        event.context.merchant = author.merchant
        event.context.actor = author.actor
        event.context.correlation = author.correlation
        event.context.effective = author.effective
        event.context.key = author.key
        event.context.fingerprint = author.fingerprint
        author.key = .none
        author.fingerprint = 0
        event.context.payment = payment
        if let row = payments.find(payment.raw) { event.context.previous = payments[row].latest }
        event.legs = legs
        batch.append(event)
        apply(event)
        return event.sequence
    }
}
