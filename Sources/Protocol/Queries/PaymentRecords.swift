package import Ledger

/// A payment as it is now: its counters, and what follows from them.
package struct PaymentRecord: Fielded {
    package var payment: PaymentID = .none
    package var merchant: MerchantID = .none
    package var status: PaymentStatus = .processing
    package var currency: Currency = .eur
    package var authorized: Amount = .zero
    /// Held, and free to be captured.
    package var capturable: Amount = .zero
    package var captured: Amount = .zero
    /// Paid for by the acquirer.
    package var settled: Amount = .zero
    /// Asked back, not confirmed.
    package var refundPending: Amount = .zero
    package var refunded: Amount = .zero
    package var refundable: Amount = .zero
    package var disputed: Amount = .zero
    /// When the first hold ends; none if nothing is held.
    package var expiresAt: LedgerTime = .none
    package var isUnderReview: Bool = false
    package var isVoidRequested: Bool = false
    /// Of its latest event: the version of what is seen.
    package var latest: Position = .start

    package init() {}

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("merchant", &merchant)
        try visitor.field("status", &status)
        try visitor.field("currency", &currency)
        try visitor.field("authorized", &authorized)
        try visitor.field("capturable", &capturable)
        try visitor.field("captured", &captured)
        try visitor.field("settled", &settled)
        try visitor.field("refundPending", &refundPending)
        try visitor.field("refunded", &refunded)
        try visitor.field("refundable", &refundable)
        try visitor.field("disputed", &disputed)
        try visitor.field("expiresAt", &expiresAt)
        try visitor.field("isUnderReview", &isUnderReview)
        try visitor.field("isVoidRequested", &isVoidRequested)
        try visitor.field("latest", &latest)
    }
}

/// A payment with everything that hangs on it, each by age.
package struct PaymentAnswer: AnswerBody {
    package var payment = PaymentRecord()
    /// With something held.
    package var holds: [HoldRecord] = []
    package var captures: [CaptureRecord] = []
    package var refunds: [RefundRecord] = []
    package var disputes: [DisputeRecord] = []

    package init() {}

    package mutating func visitParts<Visitor: AnswerVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try payment.visitFields(&visitor)
        try visitor.list("holds", &holds)
        try visitor.list("captures", &captures)
        try visitor.list("refunds", &refunds)
        try visitor.list("disputes", &disputes)
    }
}

/// A page of a merchant's payments, newest first.
package struct PaymentsAnswer: AnswerBody {
    /// `after` of the query for the next page; none if this was the last.
    package var next: PaymentID = .none
    /// Payments younger than this one are all told; of older ones some have left the memory. None: all are.
    package var completeAfter: PaymentID = .none
    package var payments: [PaymentRecord] = []

    package init() {}

    package mutating func visitParts<Visitor: AnswerVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("next", &next)
        try visitor.field("completeAfter", &completeAfter)
        try visitor.list("payments", &payments)
    }
}

/// Money held for a payment until a moment.
package struct HoldRecord: Fielded {
    package var hold: HoldID = .none
    package var payment: PaymentID = .none
    /// Neither captured nor let go.
    package var held: Amount = .zero
    package var expiresAt: LedgerTime = .none

    package init() {}

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("hold", &hold)
        try visitor.field("payment", &payment)
        try visitor.field("held", &held)
        try visitor.field("expiresAt", &expiresAt)
    }
}

/// One taking of held money.
package struct CaptureRecord: Fielded {
    package var capture: CaptureID = .none
    package var amount: Amount = .zero
    package var state: CaptureState = .requested
    /// Asked back, by refunds pending and succeeded.
    package var refunded: Amount = .zero
    /// Posted for it.
    package var fee: Amount = .zero

    package init() {}

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("capture", &capture)
        try visitor.field("amount", &amount)
        try visitor.field("state", &state)
        try visitor.field("refunded", &refunded)
        try visitor.field("fee", &fee)
    }
}

/// One giving back.
package struct RefundRecord: Fielded {
    package var refund: RefundID = .none
    package var payment: PaymentID = .none
    /// It leaves with; none at an online acquirer.
    package var batch: BatchID = .none
    package var amount: Amount = .zero
    package var state: RefundState = .pending

    package init() {}

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("refund", &refund)
        try visitor.field("payment", &payment)
        try visitor.field("batch", &batch)
        try visitor.field("amount", &amount)
        try visitor.field("state", &state)
    }
}

/// A cardholder's objection.
package struct DisputeRecord: Fielded {
    package var dispute: DisputeID = .none
    package var payment: PaymentID = .none
    package var merchant: MerchantID = .none
    package var currency: Currency = .eur
    package var stage: DisputeStage = .chargeback
    package var status: DisputeStatus = .needsResponse
    /// Claimed.
    package var amount: Amount = .zero
    /// Of it, what was neither refunded nor disputed.
    package var accepted: Amount = .zero
    /// Evidence by then.
    package var dueAt: LedgerTime = .none

    package init() {}

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("dispute", &dispute)
        try visitor.field("payment", &payment)
        try visitor.field("merchant", &merchant)
        try visitor.field("currency", &currency)
        try visitor.field("stage", &stage)
        try visitor.field("status", &status)
        try visitor.field("amount", &amount)
        try visitor.field("accepted", &accepted)
        try visitor.field("dueAt", &dueAt)
    }
}
