// A cardholder objects. All but evidence and acceptance are facts.

/// A cardholder objects.
public struct OpenDispute: CommandBody {
    public var payment: PaymentID = .none
    public var acquirer: AcquirerID = .none
    public var stage: DisputeStage = .inquiry
    public var currency: UInt16 = 0
    public var amount: Int64 = 0
    public var reason: DisputeReason = .general
    public var networkReason = Text<8>()
    public var dueAt: LedgerTime = .none
    public var reference = Text<40>()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.openDispute

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("acquirer", &acquirer)
        try visitor.field("stage", &stage)
        try visitor.field("currency", &currency)
        try visitor.field("amount", &amount)
        try visitor.field("reason", &reason)
        try visitor.text("networkReason", &networkReason)
        try visitor.field("dueAt", &dueAt)
        try visitor.text("reference", &reference)
    }
}

/// The dispute goes to its next stage.
public struct AdvanceDispute: CommandBody {
    public var payment: PaymentID = .none
    public var dispute: DisputeID = .none
    public var stage: DisputeStage = .inquiry
    public var dueAt: LedgerTime = .none

    /// Every field empty.
    public init() {}

    public static let operation = Operation.advanceDispute

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("dispute", &dispute)
        try visitor.field("stage", &stage)
        try visitor.field("dueAt", &dueAt)
    }
}

/// The merchant answers.
public struct SubmitEvidence: CommandBody {
    public var payment: PaymentID = .none
    public var dispute: DisputeID = .none
    public var evidence = ContentHash()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.submitEvidence

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("dispute", &dispute)
        try evidence.visitFields(&visitor)
    }
}

/// The merchant gives in.
public struct AcceptDispute: CommandBody {
    public var payment: PaymentID = .none
    public var dispute: DisputeID = .none

    /// Every field empty.
    public init() {}

    public static let operation = Operation.acceptDispute

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("dispute", &dispute)
    }
}

/// The dispute is over.
public struct DecideDispute: CommandBody {
    public var payment: PaymentID = .none
    public var dispute: DisputeID = .none
    public var outcome: DisputeOutcome = .lost

    /// Every field empty.
    public init() {}

    public static let operation = Operation.decideDispute

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("dispute", &dispute)
        try visitor.field("outcome", &outcome)
    }
}

/// The acquirer took the money.
public struct PullDisputeFunds: CommandBody {
    public var payment: PaymentID = .none
    public var dispute: DisputeID = .none
    public var amount: Int64 = 0

    /// Every field empty.
    public init() {}

    public static let operation = Operation.pullDisputeFunds

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("dispute", &dispute)
        try visitor.field("amount", &amount)
    }
}

/// The acquirer gave it back.
public struct ReturnDisputeFunds: CommandBody {
    public var payment: PaymentID = .none
    public var dispute: DisputeID = .none
    public var amount: Int64 = 0

    /// Every field empty.
    public init() {}

    public static let operation = Operation.returnDisputeFunds

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("dispute", &dispute)
        try visitor.field("amount", &amount)
    }
}
