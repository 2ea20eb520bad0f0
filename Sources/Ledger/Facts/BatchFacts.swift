// What goes to an acquirer in one day, and what comes back.
//
// Each names its fields once, in the order of their bytes; what all events have is in `EventContext`.

/// A day of a merchant at an acquirer in a currency has begun. Its id is this event's.
public struct BatchOpened: FactBody {
    public var acquirer: AcquirerID = .none
    public var currency: Currency = .eur
    /// In the merchant's time zone.
    public var day = BusinessDay(daysSinceEpoch: 0)
    /// In UTC, worked out at the edge; never by a reader.
    public var closesAt: LedgerTime = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.batchOpened

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("acquirer", &acquirer)
        try visitor.field("currency", &currency)
        try visitor.field("day", &day)
        try visitor.field("closesAt", &closesAt)
    }
}

/// Nothing more goes in.
public struct BatchClosed: FactBody {
    public var batch: BatchID = .none
    /// Items.
    public var count: UInt32 = 0
    public var captured: Amount = .zero
    public var refunded: Amount = .zero
    /// SHA-256 over the sequences that put items in and took them out, in order, 8 bytes each.
    public var items = ContentHash()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.batchClosed

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("batch", &batch)
        try visitor.field("count", &count)
        try visitor.field("captured", &captured)
        try visitor.field("refunded", &refunded)
        try items.visitFields(&visitor)
    }
}

/// The file has left. Legs: in transit, receivable; refunds payable, in transit.
public struct BatchSubmitted: FactBody {
    public var batch: BatchID = .none
    public var attempt: UInt8 = 0
    /// SHA-256 of the file.
    public var file = ContentHash()
    public var byteCount: UInt64 = 0

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.batchSubmitted

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("batch", &batch)
        try visitor.field("attempt", &attempt)
        try file.visitFields(&visitor)
        try visitor.field("byteCount", &byteCount)
    }
}

/// The acquirer has the file.
public struct BatchAcknowledged: FactBody {
    public var batch: BatchID = .none
    public var reference = Text<40>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.batchAcknowledged

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("batch", &batch)
        try visitor.text("reference", &reference)
    }
}

/// The acquirer will not take it.
public struct BatchFailed: FactBody {
    public var batch: BatchID = .none
    public var responseCode = Text<4>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.batchFailed

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("batch", &batch)
        try visitor.text("responseCode", &responseCode)
    }
}

/// The acquirer took one item.
public struct ItemAccepted: FactBody {
    public var batch: BatchID = .none
    public var capture: CaptureID = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.itemAccepted

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("batch", &batch)
        try visitor.field("capture", &capture)
    }
}

/// The acquirer sent one item back. Legs: receivable, in transit.
public struct ItemRejected: FactBody {
    public var batch: BatchID = .none
    public var capture: CaptureID = .none
    public var responseCode = Text<4>()
    /// It goes with instead; none if it does not.
    public var next: BatchID = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.itemRejected

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("batch", &batch)
        try visitor.field("capture", &capture)
        try visitor.text("responseCode", &responseCode)
        try visitor.field("next", &next)
    }
}

/// Not presented again. Legs: the merchant gives it back, and a posted fee comes back.
public struct ItemWithdrawn: FactBody {
    public var capture: CaptureID = .none
    public var amount: Amount = .zero
    public var fee: Amount = .zero

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.itemWithdrawn

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("capture", &capture)
        try visitor.field("amount", &amount)
        try visitor.field("fee", &fee)
    }
}

/// The acquirer pays for one item. Legs: pending to available, and the fee.
public struct ItemSettled: FactBody {
    public var batch: BatchID = .none
    public var capture: CaptureID = .none
    /// What was left of it.
    public var amount: Amount = .zero
    public var fee: Amount = .zero
    /// Kept back of it.
    public var reserve: Amount = .zero
    /// The day at whose end the reserve is released; 0: by hand.
    public var releaseDay = BusinessDay(daysSinceEpoch: 0)
    public var reference = Text<40>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.itemSettled

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("batch", &batch)
        try visitor.field("capture", &capture)
        try visitor.field("amount", &amount)
        try visitor.field("fee", &fee)
        try visitor.field("reserve", &reserve)
        try visitor.field("releaseDay", &releaseDay)
        try visitor.text("reference", &reference)
    }
}

/// Looked at item by item.
public struct BatchReconciled: FactBody {
    public var batch: BatchID = .none
    /// Or partially.
    public var isComplete: Bool = false
    public var exceptions: UInt32 = 0

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.batchReconciled

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("batch", &batch)
        try visitor.field("isComplete", &isComplete)
        try visitor.field("exceptions", &exceptions)
    }
}

/// Money is at the bank. Legs: cash, in transit.
public struct CashMatched: FactBody {
    public var bankAccount: BankAccountID = .none
    public var acquirer: AcquirerID = .none
    public var batch: BatchID = .none
    public var currency: Currency = .eur
    public var amount: Amount = .zero
    /// Of the statement.
    public var reference = Text<40>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.cashMatched

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

/// What the acquirer kept. Legs: costs, in transit.
public struct CostNetted: FactBody {
    public var acquirer: AcquirerID = .none
    public var batch: BatchID = .none
    public var currency: Currency = .eur
    public var interchange: Amount = .zero
    public var scheme: Amount = .zero
    public var markup: Amount = .zero

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.costNetted

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
