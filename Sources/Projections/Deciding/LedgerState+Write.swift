import Invariants
import Ledger

/// In whose name facts are being written: the command's own, or nobody's for what falls due.
struct Author {
    var merchant = MerchantID.none
    var actor = ActorID.none
    var correlation = Hash128.none
    var effective = LedgerTime.none
    /// Goes with the first event that is what was asked for.
    var key = Hash128.none
    var fingerprint: UInt64 = 0
    /// Goes with the next event alone.
    var cause = SequenceNumber.none

    /// What falls due by itself.
    init(of merchant: MerchantID) { self.merchant = merchant }

    init(_ head: CommandHead) {
        merchant = head.merchant
        actor = head.actor
        correlation = head.correlation
        effective = head.effective
        key = head.key
        fingerprint = head.fingerprint
    }
}

extension LedgerState {
    /// Says a fact: makes the event, applies it, adds it to the buffer. Returns its place.
    ///
    /// `previous` is the payment's latest event; a new payment is named after the event itself. Events of one
    /// command follow each other by a nanosecond. That there is room in the buffer is seen to before.
    @discardableResult
    mutating func write<Body: AppliedFact>(
        _ fact: Body, of payment: RowNumber = .none, isNewPayment: Bool = false, _ legs: Legs = Legs(),
        into events: inout EventBatch
    ) -> SequenceNumber {
        invariant(legs.isBalanced, "\(Body.type) with legs that do not sum to zero")
        let head = nextHead(Body.type, of: payment, isNewPayment)
        events.append(head, legs, Body.type) { fact.encode(into: &$0) }
        apply(fact, head, legs)
        return head.sequence
    }

    @inline(__always)
    private mutating func nextHead(
        _ type: FactType, of payment: RowNumber, _ isNewPayment: Bool
    ) -> EventHead {
        var head = EventHead(sequence: next, time: max(now, time.adding(LedgerSpan(nanoseconds: 1))))
        head.context.merchant = author.merchant
        head.context.actor = author.actor
        head.context.correlation = author.correlation
        head.context.effective = author.effective
        head.context.key = author.key
        head.context.fingerprint = author.fingerprint
        author.key = .none
        author.fingerprint = 0
        if isNewPayment {
            head.context.payment = PaymentID(createdBy: next, shard: shard)
        } else if !payment.isNone {
            head.context.payment = payments[payment].id
            head.context.previous = payments[payment].latest
        }
        // What an exception is about is told always: the same told again must be known.
        if author.cause != head.context.previous || type == .exceptionOpened {
            head.context.cause = author.cause
        }
        author.cause = .none
        return head
    }

    /// Says a fact that may have to come before what was asked for.
    mutating func write<Body: AppliedFact>(
        _ fact: Body, of payment: RowNumber, _ legs: Legs, isFirst: Bool, into events: inout EventBatch
    ) {
        if isFirst {
            writeFirst(fact, of: payment, legs, into: &events)
        } else {
            write(fact, of: payment, legs, into: &events)
        }
    }

    /// Says a fact that has to come before what was asked for: the key waits.
    @discardableResult
    mutating func writeFirst<Body: AppliedFact>(
        _ fact: Body, of payment: RowNumber = .none, _ legs: Legs = Legs(), into events: inout EventBatch
    ) -> SequenceNumber {
        let (key, fingerprint) = (author.key, author.fingerprint)
        author.key = .none
        author.fingerprint = 0
        let sequence = write(fact, of: payment, legs, into: &events)
        author.key = key
        author.fingerprint = fingerprint
        return sequence
    }

    @inline(__always)
    func acquirerID(_ row: PaymentRow) -> AcquirerID { AcquirerID(number: row.acquirerNumber, shard: shard) }
    @inline(__always)
    func merchantID(_ row: PaymentRow) -> MerchantID { MerchantID(number: row.merchantNumber, shard: shard) }
}
