// A payment until it is held, and the end of the hold.

/// A payment to be made: the intent, durable before any call.
public struct RequestPayment: CommandBody {
    public var order = PaymentOrder()
    /// First choice of the route.
    public var acquirer: AcquirerID = .none
    /// Of the first call.
    public var deadline: LedgerTime = .none
    /// If the risk decision asks for one.
    public var challenge: Hash128 = .none
    public var challengeEnds: LedgerTime = .none

    /// Every field empty.
    public init() {}

    public static let operation = Operation.requestPayment

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try order.visitFields(&visitor)
        try visitor.field("acquirer", &acquirer)
        try visitor.field("deadline", &deadline)
        try visitor.hash("challenge", &challenge)
        try visitor.field("challengeEnds", &challengeEnds)
    }
}

/// A payment whose gateway call the caller made: approved already.
public struct RecordAuthorization: CommandBody {
    public var order = PaymentOrder()
    public var acquirer: AcquirerID = .none
    /// None: by the table.
    public var expiresAt: LedgerTime = .none
    public var gateway = GatewayReference()
    /// For an automatic capture.
    public var place = BatchPlace()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.recordAuthorization

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try order.visitFields(&visitor)
        try visitor.field("acquirer", &acquirer)
        try visitor.field("expiresAt", &expiresAt)
        try gateway.visitFields(&visitor)
        try place.visitFields(&visitor)
    }
}

/// Another call, at the same or another acquirer.
public struct StartAttempt: CommandBody {
    public var payment: PaymentID = .none
    public var acquirer: AcquirerID = .none
    public var deadline: LedgerTime = .none

    /// Every field empty.
    public init() {}

    public static let operation = Operation.startAttempt

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("acquirer", &acquirer)
        try visitor.field("deadline", &deadline)
    }
}

/// A worker is about to make the call.
public struct ClaimAttempt: CommandBody {
    public var payment: PaymentID = .none
    public var attempt: UInt8 = 0
    public var worker: UInt64 = 0
    public var deadline: LedgerTime = .none

    /// Every field empty.
    public init() {}

    public static let operation = Operation.claimAttempt

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("attempt", &attempt)
        try visitor.field("worker", &worker)
        try visitor.field("deadline", &deadline)
    }
}

/// What the gateway said. A fact: never refused.
public struct AnswerAttempt: CommandBody {
    public var payment: PaymentID = .none
    public var attempt: UInt8 = 0
    public var acquirer: AcquirerID = .none
    public var answer: GatewayAnswer = .failed
    /// Approved; 0: all that was asked.
    public var amount: Int64 = 0
    /// None: by the table.
    public var expiresAt: LedgerTime = .none
    public var gateway = GatewayReference()
    public var code: DeclineCode = .processingError
    public var failure: AttemptFailure = .notSent
    public var challenge: Hash128 = .none
    public var challengeEnds: LedgerTime = .none
    /// For an automatic capture.
    public var place = BatchPlace()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.answerAttempt

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("attempt", &attempt)
        try visitor.field("acquirer", &acquirer)
        try visitor.field("answer", &answer)
        try visitor.field("amount", &amount)
        try visitor.field("expiresAt", &expiresAt)
        try gateway.visitFields(&visitor)
        try visitor.field("code", &code)
        try visitor.field("failure", &failure)
        try visitor.hash("challenge", &challenge)
        try visitor.field("challengeEnds", &challengeEnds)
        try place.visitFields(&visitor)
    }
}

/// Nobody knows what the gateway said. A fact.
public struct LoseAttempt: CommandBody {
    public var payment: PaymentID = .none
    public var attempt: UInt8 = 0

    /// Every field empty.
    public init() {}

    public static let operation = Operation.loseAttempt

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("attempt", &attempt)
    }
}

/// The acquirer was asked and has nothing. A fact. What it has is an `AnswerAttempt`.
public struct AnswerInquiry: CommandBody {
    public var payment: PaymentID = .none
    public var attempt: UInt8 = 0
    public var answer: InquiryAnswer = .notFound

    /// Every field empty.
    public init() {}

    public static let operation = Operation.answerInquiry

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("attempt", &attempt)
        try visitor.field("answer", &answer)
    }
}

/// No further attempt will be made.
public struct DeclinePayment: CommandBody {
    public var payment: PaymentID = .none
    public var code: DeclineCode = .processingError

    /// Every field empty.
    public init() {}

    public static let operation = Operation.declinePayment

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("code", &code)
    }
}

/// The cardholder did what was asked, or not.
public struct CompleteAction: CommandBody {
    public var payment: PaymentID = .none
    public var outcome: ActionOutcome = .failed
    /// For the attempt that follows.
    public var acquirer: AcquirerID = .none
    public var deadline: LedgerTime = .none

    /// Every field empty.
    public init() {}

    public static let operation = Operation.completeAction

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("outcome", &outcome)
        try visitor.field("acquirer", &acquirer)
        try visitor.field("deadline", &deadline)
    }
}

/// A person has looked.
public struct DecideReview: CommandBody {
    public var payment: PaymentID = .none
    public var isApproved: Bool = false
    public var reason = Text<120>()
    /// For an automatic capture.
    public var place = BatchPlace()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.decideReview

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("isApproved", &isApproved)
        try visitor.text("reason", &reason)
        try place.visitFields(&visitor)
    }
}

/// A further hold, approved already.
public struct IncrementAuthorization: CommandBody {
    public var payment: PaymentID = .none
    public var amount: Int64 = 0
    /// None: by the table.
    public var expiresAt: LedgerTime = .none
    public var gateway = GatewayReference()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.incrementAuthorization

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("amount", &amount)
        try visitor.field("expiresAt", &expiresAt)
        try gateway.visitFields(&visitor)
    }
}

/// Lets go what is held and not captured.
public struct VoidPayment: CommandBody {
    public var payment: PaymentID = .none

    /// Every field empty.
    public init() {}

    public static let operation = Operation.voidPayment

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
    }
}

/// Voids what can be voided and refunds the rest, whichever it is by now.
public struct ReversePayment: CommandBody {
    public var payment: PaymentID = .none
    /// For a refund.
    public var place = BatchPlace()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.reversePayment

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try place.visitFields(&visitor)
    }
}

/// What the acquirer said to a reversal. A fact.
public struct AnswerReversal: CommandBody {
    public var payment: PaymentID = .none
    public var reversal: ReversalID = .none
    public var isConfirmed: Bool = false
    public var responseCode = Text<4>()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.answerReversal

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("reversal", &reversal)
        try visitor.field("isConfirmed", &isConfirmed)
        try visitor.text("responseCode", &responseCode)
    }
}
