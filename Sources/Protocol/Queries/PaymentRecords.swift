public import Ledger

/// A payment as it is now: its counters, and what follows from them.
public struct PaymentRecord: Fielded {
    public var payment: PaymentID = .none
    public var merchant: MerchantID = .none
    public var status: PaymentStatus = .processing
    public var currency: Currency = .eur
    public var authorized: Amount = .zero
    /// Held, and free to be captured.
    public var capturable: Amount = .zero
    public var captured: Amount = .zero
    /// Paid for by the acquirer.
    public var settled: Amount = .zero
    /// Asked back, not confirmed.
    public var refundPending: Amount = .zero
    public var refunded: Amount = .zero
    public var refundable: Amount = .zero
    public var disputed: Amount = .zero
    /// When the first hold ends; none if nothing is held.
    public var expiresAt: LedgerTime = .none
    public var isUnderReview: Bool = false
    public var isVoidRequested: Bool = false
    /// Of its latest event: the version of what is seen.
    public var latest: Position = .start

    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
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
public struct PaymentAnswer: AnswerBody {
    public var payment = PaymentRecord()
    /// With something held.
    public var holds: [HoldRecord] = []
    public var captures: [CaptureRecord] = []
    public var refunds: [RefundRecord] = []
    public var disputes: [DisputeRecord] = []

    public init() {}

    public mutating func visitParts<Visitor: AnswerVisitor & ~Copyable & ~Escapable>(
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
public struct PaymentsAnswer: AnswerBody {
    /// `after` of the query for the next page; none if this was the last.
    public var next: PaymentID = .none
    /// Payments younger than this one are all told; of older ones some have left the memory. None: all are.
    public var completeAfter: PaymentID = .none
    public var payments: [PaymentRecord] = []

    public init() {}

    public mutating func visitParts<Visitor: AnswerVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("next", &next)
        try visitor.field("completeAfter", &completeAfter)
        try visitor.list("payments", &payments)
    }
}

/// Money held for a payment until a moment.
public struct HoldRecord: Fielded {
    public var hold: HoldID = .none
    public var payment: PaymentID = .none
    /// Neither captured nor let go.
    public var held: Amount = .zero
    public var expiresAt: LedgerTime = .none

    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("hold", &hold)
        try visitor.field("payment", &payment)
        try visitor.field("held", &held)
        try visitor.field("expiresAt", &expiresAt)
    }
}

/// One taking of held money.
public struct CaptureRecord: Fielded {
    public var capture: CaptureID = .none
    public var amount: Amount = .zero
    public var state: CaptureState = .requested
    /// Asked back, by refunds pending and succeeded.
    public var refunded: Amount = .zero
    /// Posted for it.
    public var fee: Amount = .zero

    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
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
public struct RefundRecord: Fielded {
    public var refund: RefundID = .none
    public var payment: PaymentID = .none
    /// It leaves with; none at an online acquirer.
    public var batch: BatchID = .none
    public var amount: Amount = .zero
    public var state: RefundState = .pending

    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
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
public struct DisputeRecord: Fielded {
    public var dispute: DisputeID = .none
    public var payment: PaymentID = .none
    public var merchant: MerchantID = .none
    public var currency: Currency = .eur
    public var stage: DisputeStage = .chargeback
    public var status: DisputeStatus = .needsResponse
    /// Claimed.
    public var amount: Amount = .zero
    /// Of it, what was neither refunded nor disputed.
    public var accepted: Amount = .zero
    /// Evidence by then.
    public var dueAt: LedgerTime = .none

    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
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
