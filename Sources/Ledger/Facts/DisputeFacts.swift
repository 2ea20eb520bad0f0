// A cardholder objects.
//
// Each names its fields once, in the order of their bytes; what all events have is in `EventContext`.

/// Told by the acquirer. Its id is this event's. Legs, unless an inquiry: merchant, dispute hold; beyond
/// what can be disputed, suspense.
public struct DisputeOpened: FactBody {
    public var acquirer: AcquirerID = .none
    public var stage: DisputeStage = .inquiry
    public var currency: Currency = .eur
    /// Claimed.
    public var amount: Amount = .zero
    /// Of it, at most what is neither refunded nor disputed.
    public var accepted: Amount = .zero
    public var reason: DisputeReason = .general
    public var networkReason = Text<8>()
    /// Evidence by then.
    public var dueAt: LedgerTime = .none
    /// The network's.
    public var reference = Text<40>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.disputeOpened

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("acquirer", &acquirer)
        try visitor.field("stage", &stage)
        try visitor.field("currency", &currency)
        try visitor.field("amount", &amount)
        try visitor.field("accepted", &accepted)
        try visitor.field("reason", &reason)
        try visitor.text("networkReason", &networkReason)
        try visitor.field("dueAt", &dueAt)
        try visitor.text("reference", &reference)
    }
}

/// The next stage. An inquiry that becomes a chargeback posts what opening one does.
public struct DisputeAdvanced: FactBody {
    public var dispute: DisputeID = .none
    public var stage: DisputeStage = .inquiry
    public var accepted: Amount = .zero
    public var dueAt: LedgerTime = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.disputeAdvanced

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("dispute", &dispute)
        try visitor.field("stage", &stage)
        try visitor.field("accepted", &accepted)
        try visitor.field("dueAt", &dueAt)
    }
}

/// The merchant answers.
public struct EvidenceSubmitted: FactBody {
    public var dispute: DisputeID = .none
    /// SHA-256 of what was sent.
    public var evidence = ContentHash()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.evidenceSubmitted

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("dispute", &dispute)
        try evidence.visitFields(&visitor)
    }
}

/// The merchant gives in. Legs: dispute hold, clearing.
public struct DisputeAccepted: FactBody {
    public var dispute: DisputeID = .none
    public var amount: Amount = .zero

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.disputeAccepted

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("dispute", &dispute)
        try visitor.field("amount", &amount)
    }
}

/// No evidence in time. Legs as lost.
public struct DisputeExpired: FactBody {
    public var dispute: DisputeID = .none
    public var amount: Amount = .zero

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.disputeExpired

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("dispute", &dispute)
        try visitor.field("amount", &amount)
    }
}

/// The money stays. Legs: dispute hold, merchant.
public struct DisputeWon: FactBody {
    public var dispute: DisputeID = .none
    public var amount: Amount = .zero

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.disputeWon

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("dispute", &dispute)
        try visitor.field("amount", &amount)
    }
}

/// The money goes. Legs: dispute hold, clearing.
public struct DisputeLost: FactBody {
    public var dispute: DisputeID = .none
    public var amount: Amount = .zero

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.disputeLost

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("dispute", &dispute)
        try visitor.field("amount", &amount)
    }
}

/// The cardholder gives in. Legs as won.
public struct DisputeWithdrawn: FactBody {
    public var dispute: DisputeID = .none
    public var amount: Amount = .zero

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.disputeWithdrawn

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("dispute", &dispute)
        try visitor.field("amount", &amount)
    }
}

/// The acquirer took the money. Legs: clearing, in transit.
public struct DisputeFundsPulled: FactBody {
    public var dispute: DisputeID = .none
    public var amount: Amount = .zero

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.disputeFundsPulled

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("dispute", &dispute)
        try visitor.field("amount", &amount)
    }
}

/// The acquirer gave it back. Legs: in transit, clearing.
public struct DisputeFundsReturned: FactBody {
    public var dispute: DisputeID = .none
    public var amount: Amount = .zero

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.disputeFundsReturned

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("dispute", &dispute)
        try visitor.field("amount", &amount)
    }
}

/// Legs: merchant, revenue.
public struct ChargebackFeeCharged: FactBody {
    public var dispute: DisputeID = .none
    public var amount: Amount = .zero

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.chargebackFeeCharged

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("dispute", &dispute)
        try visitor.field("amount", &amount)
    }
}
