// What reconciliation could not explain, until somebody does.
//
// Each names its fields once, in the order of their bytes; what all events have is in `EventContext`.

/// Its id is this event's. Legs: the difference onto suspense, if money is involved.
public struct ExceptionOpened: FactBody {
    public var kind: ExceptionKind = .unknownReference
    public var acquirer: AcquirerID = .none
    public var batch: BatchID = .none
    /// ISO number; 0 if none.
    public var currency: UInt16 = 0
    public var expected: Amount = .zero
    public var actual: Amount = .zero
    /// What it left on suspense, by these legs or those of the event before; debits positive.
    public var suspense: Int64 = 0
    /// Where money came in that nobody could match; none if that is not what it is about.
    public var bankAccount: BankAccountID = .none
    /// What the other side calls it.
    public var reference = Text<40>()
    /// The ledger's own hash of a fact from outside that did not fit, so that the same told again is known;
    /// none if it is about something else.
    public var told: Hash128 = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.exceptionOpened

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("kind", &kind)
        try visitor.field("acquirer", &acquirer)
        try visitor.field("batch", &batch)
        try visitor.field("currency", &currency)
        try visitor.field("expected", &expected)
        try visitor.field("actual", &actual)
        try visitor.field("suspense", &suspense)
        try visitor.field("bankAccount", &bankAccount)
        try visitor.text("reference", &reference)
        try visitor.hash("told", &told)
    }
}

/// Waits for a second person.
public struct ResolutionProposed: FactBody {
    public var exception: ExceptionID = .none
    public var resolution: Resolution = .ignore
    public var reason = Text<120>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.resolutionProposed

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("exception", &exception)
        try visitor.field("resolution", &resolution)
        try visitor.text("reason", &reason)
    }
}

/// Legs: suspense cleared, if money is involved.
public struct ExceptionResolved: FactBody {
    public var exception: ExceptionID = .none
    public var resolution: Resolution = .ignore
    /// None below the limit.
    public var approver: ActorID = .none
    public var reason = Text<120>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.exceptionResolved

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("exception", &exception)
        try visitor.field("resolution", &resolution)
        try visitor.field("approver", &approver)
        try visitor.text("reason", &reason)
    }
}
