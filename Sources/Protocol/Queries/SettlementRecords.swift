public import Ledger

/// One day of a merchant at an acquirer in a currency.
public struct BatchRecord: Fielded {
    public var batch: BatchID = .none
    public var merchant: MerchantID = .none
    public var acquirer: AcquirerID = .none
    public var currency: Currency = .eur
    public var day = BusinessDay(daysSinceEpoch: 0)
    public var closesAt: LedgerTime = .none
    public var state: BatchState = .open
    /// How often the file has left.
    public var submissions: UInt8 = 0
    /// Items in it.
    public var count: UInt32 = 0
    public var captured: Amount = .zero
    public var refunded: Amount = .zero

    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("batch", &batch)
        try visitor.field("merchant", &merchant)
        try visitor.field("acquirer", &acquirer)
        try visitor.field("currency", &currency)
        try visitor.field("day", &day)
        try visitor.field("closesAt", &closesAt)
        try visitor.field("state", &state)
        try visitor.field("submissions", &submissions)
        try visitor.field("count", &count)
        try visitor.field("captured", &captured)
        try visitor.field("refunded", &refunded)
    }
}

/// One thing in a batch: a capture or a refund.
public struct BatchItemRecord: Fielded {
    /// None if it is a refund.
    public var capture: CaptureID = .none
    /// None if it is a capture.
    public var refund: RefundID = .none
    public var payment: PaymentID = .none
    public var amount: Amount = .zero
    public var captureState = OptionalWord<CaptureState>.none
    public var refundState = OptionalWord<RefundState>.none

    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("capture", &capture)
        try visitor.field("refund", &refund)
        try visitor.field("payment", &payment)
        try visitor.field("amount", &amount)
        try visitor.field("captureState", &captureState)
        try visitor.field("refundState", &refundState)
    }
}

/// Something that does not fit, until somebody says why.
public struct ExceptionRecord: Fielded {
    public var exception: ExceptionID = .none
    public var merchant: MerchantID = .none
    public var payment: PaymentID = .none
    public var acquirer: AcquirerID = .none
    /// Where the money of it came in; none if it was at an acquirer.
    public var bankAccount: BankAccountID = .none
    public var kind: ExceptionKind = .amountOver
    public var state: ExceptionState = .open
    /// ISO number; 0 if none.
    public var currency: UInt16 = 0
    public var expected: Amount = .zero
    public var actual: Amount = .zero
    /// What it left on 1900; debits positive.
    public var suspense: Int64 = 0
    public var openedAt: LedgerTime = .none
    /// Who proposed a resolution; none while it is open.
    public var proposer: ActorID = .none
    public var proposal = OptionalWord<Resolution>.none

    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("exception", &exception)
        try visitor.field("merchant", &merchant)
        try visitor.field("payment", &payment)
        try visitor.field("acquirer", &acquirer)
        try visitor.field("bankAccount", &bankAccount)
        try visitor.field("kind", &kind)
        try visitor.field("state", &state)
        try visitor.field("currency", &currency)
        try visitor.field("expected", &expected)
        try visitor.field("actual", &actual)
        try visitor.field("suspense", &suspense)
        try visitor.field("openedAt", &openedAt)
        try visitor.field("proposer", &proposer)
        try visitor.field("proposal", &proposal)
    }
}

/// Money on its way to a merchant.
public struct PayoutRecord: Fielded {
    public var payout: PayoutID = .none
    public var merchant: MerchantID = .none
    public var amount: Amount = .zero
    public var currency: Currency = .eur
    public var state: PayoutState = .created

    public init() {}

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payout", &payout)
        try visitor.field("merchant", &merchant)
        try visitor.field("amount", &amount)
        try visitor.field("currency", &currency)
        try visitor.field("state", &state)
    }
}
