// Money between us and merchants, and our own.
//
// Each names its fields once, in the order of their bytes; what all events have is in `EventContext`.

/// Legs: available, reserve.
public struct ReserveWithheld: FactBody {
    public var currency: Currency = .eur
    public var amount: Amount = .zero
    /// The UTC day at whose end it is released; 0: by hand.
    public var releaseDay = BusinessDay(daysSinceEpoch: 0)

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.reserveWithheld

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("currency", &currency)
        try visitor.field("amount", &amount)
        try visitor.field("releaseDay", &releaseDay)
    }
}

/// Legs: reserve, available.
public struct ReserveReleased: FactBody {
    public var currency: Currency = .eur
    public var amount: Amount = .zero
    /// The day that was due; 0: by hand.
    public var releaseDay = BusinessDay(daysSinceEpoch: 0)

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.reserveReleased

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("currency", &currency)
        try visitor.field("amount", &amount)
        try visitor.field("releaseDay", &releaseDay)
    }
}

/// Its id is this event's. Legs: available, payout in transit.
public struct PayoutCreated: FactBody {
    public var currency: Currency = .eur
    public var amount: Amount = .zero

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.payoutCreated

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("currency", &currency)
        try visitor.field("amount", &amount)
    }
}

/// Before it left. Legs back.
public struct PayoutRejected: FactBody {
    public var payout: PayoutID = .none
    public var amount: Amount = .zero
    public var responseCode = Text<4>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.payoutRejected

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payout", &payout)
        try visitor.field("amount", &amount)
        try visitor.text("responseCode", &responseCode)
    }
}

/// Legs: payout in transit, cash.
public struct PayoutPaid: FactBody {
    public var payout: PayoutID = .none
    public var amount: Amount = .zero
    public var bankAccount: BankAccountID = .none
    public var reference = Text<40>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.payoutPaid

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payout", &payout)
        try visitor.field("amount", &amount)
        try visitor.field("bankAccount", &bankAccount)
        try visitor.text("reference", &reference)
    }
}

/// The merchant's bank sent it back. Legs: cash, available.
public struct PayoutReturned: FactBody {
    public var payout: PayoutID = .none
    public var amount: Amount = .zero
    public var bankAccount: BankAccountID = .none
    public var reference = Text<40>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.payoutReturned

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("payout", &payout)
        try visitor.field("amount", &amount)
        try visitor.field("bankAccount", &bankAccount)
        try visitor.text("reference", &reference)
    }
}

/// Ours, in or out. Legs: cash, own funds.
public struct OwnFundsMoved: FactBody {
    public var bankAccount: BankAccountID = .none
    public var currency: Currency = .eur
    public var amount: Amount = .zero
    public var isIn: Bool = false
    public var reason = Text<120>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.ownFundsMoved

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

/// Something posted wrongly, posted the other way round. Legs: those of what it corrects, sides swapped.
public struct CorrectionPosted: FactBody {
    public var corrects: SequenceNumber = .none
    /// Not the actor.
    public var approver: ActorID = .none
    public var reason = Text<120>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.correctionPosted

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("corrects", &corrects)
        try visitor.field("approver", &approver)
        try visitor.text("reason", &reason)
    }
}

/// A merchant will not pay. Legs: loss, merchant receivable.
public struct DebtWrittenOff: FactBody {
    public var currency: Currency = .eur
    public var amount: Amount = .zero
    /// Not the actor.
    public var approver: ActorID = .none
    public var reason = Text<120>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.debtWrittenOff

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("currency", &currency)
        try visitor.field("amount", &amount)
        try visitor.field("approver", &approver)
        try visitor.text("reason", &reason)
    }
}
