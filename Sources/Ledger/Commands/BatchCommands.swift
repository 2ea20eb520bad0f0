// What goes to an acquirer in one day, and what comes back. All but closing are facts.

/// Before its time.
public struct CloseBatch: CommandBody {
    public var batch: BatchID = .none

    /// Every field empty.
    public init() {}

    public static let operation = Operation.closeBatch

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("batch", &batch)
    }
}

/// The file has left.
public struct SubmitBatch: CommandBody {
    public var batch: BatchID = .none
    public var file = ContentHash()
    public var byteCount: UInt64 = 0

    /// Every field empty.
    public init() {}

    public static let operation = Operation.submitBatch

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("batch", &batch)
        try file.visitFields(&visitor)
        try visitor.field("byteCount", &byteCount)
    }
}

/// The acquirer says it has the file.
public struct AcknowledgeBatch: CommandBody {
    public var batch: BatchID = .none
    public var reference = Text<40>()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.acknowledgeBatch

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("batch", &batch)
        try visitor.text("reference", &reference)
    }
}

/// The acquirer will not take the file.
public struct FailBatch: CommandBody {
    public var batch: BatchID = .none
    public var responseCode = Text<4>()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.failBatch

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("batch", &batch)
        try visitor.text("responseCode", &responseCode)
    }
}

/// The acquirer took one item.
public struct AcceptItem: CommandBody {
    public var batch: BatchID = .none
    public var payment: PaymentID = .none
    public var capture: CaptureID = .none

    /// Every field empty.
    public init() {}

    public static let operation = Operation.acceptItem

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("batch", &batch)
        try visitor.field("payment", &payment)
        try visitor.field("capture", &capture)
    }
}

/// The acquirer sent one item back.
public struct RejectItem: CommandBody {
    public var batch: BatchID = .none
    public var payment: PaymentID = .none
    public var capture: CaptureID = .none
    public var responseCode = Text<4>()
    public var isPresentedAgain: Bool = false
    /// If it is presented again.
    public var place = BatchPlace()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.rejectItem

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("batch", &batch)
        try visitor.field("payment", &payment)
        try visitor.field("capture", &capture)
        try visitor.text("responseCode", &responseCode)
        try visitor.field("isPresentedAgain", &isPresentedAgain)
        try place.visitFields(&visitor)
    }
}

/// A rejected item is not presented again.
public struct WithdrawItem: CommandBody {
    public var payment: PaymentID = .none
    public var capture: CaptureID = .none

    /// Every field empty.
    public init() {}

    public static let operation = Operation.withdrawItem

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payment", &payment)
        try visitor.field("capture", &capture)
    }
}

/// The acquirer pays for one item.
public struct SettleItem: CommandBody {
    public var batch: BatchID = .none
    public var payment: PaymentID = .none
    public var capture: CaptureID = .none
    /// What they say; 0: what we expect.
    public var amount: Int64 = 0
    public var reference = Text<40>()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.settleItem

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("batch", &batch)
        try visitor.field("payment", &payment)
        try visitor.field("capture", &capture)
        try visitor.field("amount", &amount)
        try visitor.text("reference", &reference)
    }
}

/// The response to a batch was looked at.
public struct ReconcileBatch: CommandBody {
    public var batch: BatchID = .none
    public var isComplete: Bool = false
    public var exceptions: UInt32 = 0

    /// Every field empty.
    public init() {}

    public static let operation = Operation.reconcileBatch

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("batch", &batch)
        try visitor.field("isComplete", &isComplete)
        try visitor.field("exceptions", &exceptions)
    }
}

/// A line of a bank statement was matched.
public struct MatchCash: CommandBody {
    public var bankAccount: BankAccountID = .none
    public var acquirer: AcquirerID = .none
    public var batch: BatchID = .none
    public var currency: UInt16 = 0
    public var amount: Int64 = 0
    public var reference = Text<40>()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.matchCash

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("bankAccount", &bankAccount)
        try visitor.field("acquirer", &acquirer)
        try visitor.field("batch", &batch)
        try visitor.field("currency", &currency)
        try visitor.field("amount", &amount)
        try visitor.text("reference", &reference)
    }
}

/// The acquirer kept its costs.
public struct NetCost: CommandBody {
    public var acquirer: AcquirerID = .none
    public var batch: BatchID = .none
    public var currency: UInt16 = 0
    public var interchange: Int64 = 0
    public var scheme: Int64 = 0
    public var markup: Int64 = 0

    /// Every field empty.
    public init() {}

    public static let operation = Operation.netCost

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("acquirer", &acquirer)
        try visitor.field("batch", &batch)
        try visitor.field("currency", &currency)
        try visitor.field("interchange", &interchange)
        try visitor.field("scheme", &scheme)
        try visitor.field("markup", &markup)
    }
}
