package import Ledger

/// One day of a merchant at an acquirer in a currency.
package struct BatchRecord: Fielded {
    package var batch: BatchID = .none
    package var merchant: MerchantID = .none
    package var acquirer: AcquirerID = .none
    package var currency: Currency = .eur
    package var day = BusinessDay(daysSinceEpoch: 0)
    package var closesAt: LedgerTime = .none
    package var state: BatchState = .open
    /// How often the file has left.
    package var submissions: UInt8 = 0
    /// Items in it.
    package var count: UInt32 = 0
    package var captured: Amount = .zero
    package var refunded: Amount = .zero

    package init() {}

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
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
package struct BatchItemRecord: Fielded {
    /// None if it is a refund.
    package var capture: CaptureID = .none
    /// None if it is a capture.
    package var refund: RefundID = .none
    package var payment: PaymentID = .none
    package var amount: Amount = .zero
    package var captureState = OptionalWord<CaptureState>.none
    package var refundState = OptionalWord<RefundState>.none

    package init() {}

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
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
package struct ExceptionRecord: Fielded {
    package var exception: ExceptionID = .none
    package var merchant: MerchantID = .none
    package var payment: PaymentID = .none
    package var acquirer: AcquirerID = .none
    /// Where the money of it came in; none if it was at an acquirer.
    package var bankAccount: BankAccountID = .none
    package var kind: ExceptionKind = .amountOver
    package var state: ExceptionState = .open
    /// ISO number; 0 if none.
    package var currency: UInt16 = 0
    package var expected: Amount = .zero
    package var actual: Amount = .zero
    /// What it left on 1900; debits positive.
    package var suspense: Int64 = 0
    package var openedAt: LedgerTime = .none
    /// Who proposed a resolution; none while it is open.
    package var proposer: ActorID = .none
    package var proposal = OptionalWord<Resolution>.none

    package init() {}

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
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
package struct PayoutRecord: Fielded {
    package var payout: PayoutID = .none
    package var merchant: MerchantID = .none
    package var amount: Amount = .zero
    package var currency: Currency = .eur
    package var state: PayoutState = .created

    package init() {}

    package mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payout", &payout)
        try visitor.field("merchant", &merchant)
        try visitor.field("amount", &amount)
        try visitor.field("currency", &currency)
        try visitor.field("state", &state)
    }
}
