// Debits from bank accounts; money between us and merchants, and our own; exceptions.

/// A debit from a bank account.
public struct SubmitDebit: CommandBody {
    public var order = PaymentOrder()
    public var acquirer: AcquirerID = .none
    public var returnableUntil: LedgerTime = .none
    /// Where it goes if no batch is open.
    public var place = BatchPlace()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.submitDebit

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try order.visitFields(&visitor)
        try visitor.field("acquirer", &acquirer)
        try visitor.field("returnableUntil", &returnableUntil)
        try place.visitFields(&visitor)
    }
}

/// A fact.
public struct ReturnDebit: CommandBody {
    public var payment: PaymentID = .none
    public var amount: Int64 = 0
    public var returnCode = Text<4>()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.returnDebit

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("amount", &amount)
        try visitor.text("returnCode", &returnCode)
    }
}

/// Keeps back some of what is available.
public struct WithholdReserve: CommandBody {
    public var currency: UInt16 = 0
    public var amount: Int64 = 0
    public var releaseAt: LedgerTime = .none

    /// Every field empty.
    public init() {}

    public static let operation = Operation.withholdReserve

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("currency", &currency)
        try visitor.field("amount", &amount)
        try visitor.field("releaseAt", &releaseAt)
    }
}

/// Gives it back.
public struct ReleaseReserve: CommandBody {
    public var currency: UInt16 = 0
    public var amount: Int64 = 0

    /// Every field empty.
    public init() {}

    public static let operation = Operation.releaseReserve

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("currency", &currency)
        try visitor.field("amount", &amount)
    }
}

/// Money goes to the merchant.
public struct CreatePayout: CommandBody {
    public var currency: UInt16 = 0
    public var amount: Int64 = 0

    /// Every field empty.
    public init() {}

    public static let operation = Operation.createPayout

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("currency", &currency)
        try visitor.field("amount", &amount)
    }
}

/// A fact.
public struct AnswerPayout: CommandBody {
    public var payout: PayoutID = .none
    public var answer: PayoutAnswer = .rejected
    public var bankAccount: BankAccountID = .none
    public var reference = Text<40>()
    public var responseCode = Text<4>()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.answerPayout

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payout", &payout)
        try visitor.field("answer", &answer)
        try visitor.field("bankAccount", &bankAccount)
        try visitor.text("reference", &reference)
        try visitor.text("responseCode", &responseCode)
    }
}

/// Ours, in or out.
public struct MoveOwnFunds: CommandBody {
    public var bankAccount: BankAccountID = .none
    public var currency: UInt16 = 0
    public var amount: Int64 = 0
    public var isIn: Bool = false
    public var reason = Text<120>()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.moveOwnFunds

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("bankAccount", &bankAccount)
        try visitor.field("currency", &currency)
        try visitor.field("amount", &amount)
        try visitor.field("isIn", &isIn)
        try visitor.text("reason", &reason)
    }
}

/// A merchant will not pay.
public struct WriteOffDebt: CommandBody {
    public var currency: UInt16 = 0
    public var amount: Int64 = 0
    public var approver: ActorID = .none
    public var reason = Text<120>()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.writeOffDebt

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("currency", &currency)
        try visitor.field("amount", &amount)
        try visitor.field("approver", &approver)
        try visitor.text("reason", &reason)
    }
}

/// Something posted wrongly is posted the other way round. The legs are those of the event, which whoever
/// asks has read in the log: the state keeps no legs.
public struct PostCorrection: CommandBody {
    public var corrects: SequenceNumber = .none
    public var approver: ActorID = .none
    public var reason = Text<120>()
    public var legs = Legs()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.postCorrection

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("corrects", &corrects)
        try visitor.field("approver", &approver)
        try visitor.text("reason", &reason)
        try legs.visitFields(&visitor)
    }
}

/// What reconciliation found. A fact.
public struct OpenException: CommandBody {
    public var kind: ExceptionKind = .unknownReference
    public var payment: PaymentID = .none
    public var acquirer: AcquirerID = .none
    public var batch: BatchID = .none
    public var currency: UInt16 = 0
    public var expected: Int64 = 0
    public var actual: Int64 = 0
    public var reference = Text<40>()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.openException

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("kind", &kind)
        try visitor.field("payment", &payment)
        try visitor.field("acquirer", &acquirer)
        try visitor.field("batch", &batch)
        try visitor.field("currency", &currency)
        try visitor.field("expected", &expected)
        try visitor.field("actual", &actual)
        try visitor.text("reference", &reference)
    }
}

/// What is done about an exception; above the limit it waits for somebody else.
public struct ResolveException: CommandBody {
    public var exception: ExceptionID = .none
    public var resolution: Resolution = .ignore
    public var reason = Text<120>()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.resolveException

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("exception", &exception)
        try visitor.field("resolution", &resolution)
        try visitor.text("reason", &reason)
    }
}

/// By somebody else.
public struct ApproveResolution: CommandBody {
    public var exception: ExceptionID = .none

    /// Every field empty.
    public init() {}

    public static let operation = Operation.approveResolution

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("exception", &exception)
    }
}
