// Taking held money, and giving it back.

/// Takes held money.
public struct CapturePayment: CommandBody {
    public var payment: PaymentID = .none
    /// 0: all that can be.
    public var amount: Int64 = 0
    /// Whether the rest is let go.
    public var isFinal: Bool = true
    /// Of the call, at an online acquirer.
    public var deadline: LedgerTime = .none
    /// Where it goes if no batch is open.
    public var place = BatchPlace()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.capturePayment

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("amount", &amount)
        try visitor.field("isFinal", &isFinal)
        try visitor.field("deadline", &deadline)
        try place.visitFields(&visitor)
    }
}

/// What an online acquirer said. A fact.
public struct AnswerCapture: CommandBody {
    public var payment: PaymentID = .none
    public var capture: CaptureID = .none
    public var answer: CaptureAnswer = .failed
    public var responseCode = Text<4>()
    /// Where it goes if no batch is open.
    public var place = BatchPlace()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.answerCapture

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("capture", &capture)
        try visitor.field("answer", &answer)
        try visitor.text("responseCode", &responseCode)
        try place.visitFields(&visitor)
    }
}

/// Takes a capture out of its open batch.
public struct VoidCapture: CommandBody {
    public var payment: PaymentID = .none
    public var capture: CaptureID = .none

    /// Every field empty.
    public init() {}

    public static let operation = Operation.voidCapture

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("capture", &capture)
    }
}

/// Gives back.
public struct RefundPayment: CommandBody {
    public var payment: PaymentID = .none
    /// 0: all that can be.
    public var amount: Int64 = 0
    public var reason: RefundReason = .requested
    /// Where it goes if no batch is open.
    public var place = BatchPlace()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.refundPayment

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("amount", &amount)
        try visitor.field("reason", &reason)
        try place.visitFields(&visitor)
    }
}

/// It has left online. A fact.
public struct SubmitRefund: CommandBody {
    public var payment: PaymentID = .none
    public var refund: RefundID = .none

    /// Every field empty.
    public init() {}

    public static let operation = Operation.submitRefund

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("refund", &refund)
    }
}

/// What became of it. A fact.
public struct AnswerRefund: CommandBody {
    public var payment: PaymentID = .none
    public var refund: RefundID = .none
    public var isSucceeded: Bool = false
    public var reference = Text<40>()
    public var responseCode = Text<4>()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.answerRefund

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("refund", &refund)
        try visitor.field("isSucceeded", &isSucceeded)
        try visitor.text("reference", &reference)
        try visitor.text("responseCode", &responseCode)
    }
}
