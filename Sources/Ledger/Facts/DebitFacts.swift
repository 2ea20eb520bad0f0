// Account-to-account debits (ACH).
//
// Each names its fields once, in the order of their bytes; what all events have is in `EventContext`.

/// A debit that goes out with its batch. Legs as a capture.
public struct DebitSubmitted: FactBody {
    public var terms = PaymentTerms()
    /// The originating bank.
    public var acquirer: AcquirerID = .none
    public var batch: BatchID = .none
    /// End of the return window, worked out at the edge from bank days.
    public var returnableUntil: LedgerTime = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.debitSubmitted

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try terms.visitFields(&visitor)
        try visitor.field("acquirer", &acquirer)
        try visitor.field("batch", &batch)
        try visitor.field("returnableUntil", &returnableUntil)
    }
}

/// The return window has closed.
public struct DebitFinal: FactBody {

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.debitFinal

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
    }
}

/// The bank sent it back. Legs as a lost dispute.
public struct DebitReturned: FactBody {
    public var amount: Amount = .zero
    /// NACHA: R01 …
    public var returnCode = Text<4>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.debitReturned

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("amount", &amount)
        try visitor.text("returnCode", &returnCode)
    }
}
