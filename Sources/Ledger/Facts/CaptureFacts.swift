// Taking held money, and giving it back.
//
// Each names its fields once, in the order of their bytes; what all events have is in `EventContext`.

/// To be captured online; durable before the call. Its id is this event's.
public struct CaptureRequested: FactBody {
    public var amount: Amount = .zero
    /// Whether the rest of the hold is let go.
    public var isFinal: Bool = false
    public var deadline: LedgerTime = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.captureRequested

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("amount", &amount)
        try visitor.field("isFinal", &isFinal)
        try visitor.field("deadline", &deadline)
    }
}

/// Money was taken. Legs: pending released, receivable and merchant pending posted.
public struct Captured: FactBody {
    /// This event's, or that of the request.
    public var capture: CaptureID = .none
    public var amount: Amount = .zero
    public var isFinal: Bool = false
    /// Of the hold, beyond what was captured of it.
    public var released: Amount = .zero
    /// It leaves with.
    public var batch: BatchID = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.captured

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("capture", &capture)
        try visitor.field("amount", &amount)
        try visitor.field("isFinal", &isFinal)
        try visitor.field("released", &released)
        try visitor.field("batch", &batch)
    }
}

/// The acquirer refused. The hold is as before.
public struct CaptureFailed: FactBody {
    public var capture: CaptureID = .none
    public var responseCode = Text<4>()
    /// As in `Voided`: the hold it was to be taken from has ended meanwhile.
    public var reversal: Bool = false

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.captureFailed

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("capture", &capture)
        try visitor.text("responseCode", &responseCode)
        try visitor.field("reversal", &reversal)
    }
}

/// Nobody knows. It is asked about.
public struct CaptureUnknown: FactBody {
    public var capture: CaptureID = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.captureUnknown

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("capture", &capture)
    }
}

/// Taken out of its open batch. Legs: the capture's, reversed.
public struct CaptureVoided: FactBody {
    public var capture: CaptureID = .none
    public var amount: Amount = .zero
    public var batch: BatchID = .none
    /// As in `Voided`.
    public var reversal: Bool = false

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.captureVoided

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("capture", &capture)
        try visitor.field("amount", &amount)
        try visitor.field("batch", &batch)
        try visitor.field("reversal", &reversal)
    }
}

/// Money is to go back. Its id is this event's. Legs: merchant pending or available, refunds payable.
public struct RefundRequested: FactBody {
    public var amount: Amount = .zero
    /// Of it, from captures not settled.
    public var unsettled: Amount = .zero
    public var reason: RefundReason = .requested
    /// It leaves with.
    public var batch: BatchID = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.refundRequested

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("amount", &amount)
        try visitor.field("unsettled", &unsettled)
        try visitor.field("reason", &reason)
        try visitor.field("batch", &batch)
    }
}

/// It has left, with its batch or online. Legs: refunds payable, in transit.
public struct RefundSubmitted: FactBody {
    public var refund: RefundID = .none
    public var amount: Amount = .zero

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.refundSubmitted

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("refund", &refund)
        try visitor.field("amount", &amount)
    }
}

/// The cardholder has it.
public struct RefundSucceeded: FactBody {
    public var refund: RefundID = .none
    /// The acquirer's.
    public var reference = Text<40>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.refundSucceeded

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("refund", &refund)
        try visitor.text("reference", &reference)
    }
}

/// The cardholder does not have it, even if it succeeded before. Legs: back to the merchant.
public struct RefundFailed: FactBody {
    public var refund: RefundID = .none
    public var amount: Amount = .zero
    /// Of it, back to captures not settled.
    public var unsettled: Amount = .zero
    public var responseCode = Text<4>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.refundFailed

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("refund", &refund)
        try visitor.field("amount", &amount)
        try visitor.field("unsettled", &unsettled)
        try visitor.text("responseCode", &responseCode)
    }
}
