// A payment from its request to its hold, and the end of the hold.
//
// Each names its fields once, in the order of their bytes; what all events have is in `EventContext`.

/// A payment is to be made: durable before any call to a gateway.
public struct PaymentRequested: FactBody {
    public var terms = PaymentTerms()
    /// Of the first attempt; none if it waits for the cardholder or is blocked.
    public var acquirer: AcquirerID = .none
    /// 1, or 0 without acquirer.
    public var attempt: UInt8 = 0
    /// The outcome is unknown if it is not there by then.
    public var deadline: LedgerTime = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.paymentRequested

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try terms.visitFields(&visitor)
        try visitor.field("acquirer", &acquirer)
        try visitor.field("attempt", &attempt)
        try visitor.field("deadline", &deadline)
    }
}

/// The risk decision forbids it. Final.
public struct PaymentBlocked: FactBody {
    public var code: DeclineCode = .processingError

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.paymentBlocked

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("code", &code)
    }
}

/// The cardholder must do something first: 3-D Secure.
public struct ActionRequired: FactBody {
    /// The challenge at the directory server.
    public var challenge: Hash128 = .none
    /// Declined if not done by then.
    public var expiresAt: LedgerTime = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.actionRequired

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.hash("challenge", &challenge)
        try visitor.field("expiresAt", &expiresAt)
    }
}

/// The cardholder did, or did not.
public struct ActionCompleted: FactBody {
    public var outcome: ActionOutcome = .failed

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.actionCompleted

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("outcome", &outcome)
    }
}

/// A further call to a gateway is to be made.
public struct AttemptStarted: FactBody {
    /// 2 or 3; 1 after an action.
    public var attempt: UInt8 = 0
    public var acquirer: AcquirerID = .none
    public var deadline: LedgerTime = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.attemptStarted

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("attempt", &attempt)
        try visitor.field("acquirer", &acquirer)
        try visitor.field("deadline", &deadline)
    }
}

/// A worker is about to call; nobody else will.
public struct AttemptClaimed: FactBody {
    public var attempt: UInt8 = 0
    /// Which worker, and its epoch.
    public var worker: UInt64 = 0
    /// The call ends by then.
    public var deadline: LedgerTime = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.attemptClaimed

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("attempt", &attempt)
        try visitor.field("worker", &worker)
        try visitor.field("deadline", &deadline)
    }
}

/// The call was not made, or the acquirer did not decide. Another attempt may follow.
public struct AttemptFailed: FactBody {
    public var attempt: UInt8 = 0
    public var acquirer: AcquirerID = .none
    public var failure: AttemptFailure = .notSent
    /// ISO 8583 field 39.
    public var responseCode = Text<4>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.attemptFailed

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("attempt", &attempt)
        try visitor.field("acquirer", &acquirer)
        try visitor.field("failure", &failure)
        try visitor.text("responseCode", &responseCode)
    }
}

/// Nobody knows what became of the call. It is asked about, never made again blind.
public struct AttemptUnknown: FactBody {
    public var attempt: UInt8 = 0
    public var acquirer: AcquirerID = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.attemptUnknown

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("attempt", &attempt)
        try visitor.field("acquirer", &acquirer)
    }
}

/// The acquirer was asked and knows nothing of it.
public struct AttemptNotFound: FactBody {
    public var attempt: UInt8 = 0
    public var acquirer: AcquirerID = .none
    /// Of this kind so far.
    public var answers: UInt8 = 0
    /// Second answer, and late enough; or cancelled by reference: it was never made.
    public var isConclusive: Bool = false

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.attemptNotFound

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("attempt", &attempt)
        try visitor.field("acquirer", &acquirer)
        try visitor.field("answers", &answers)
        try visitor.field("isConclusive", &isConclusive)
    }
}

/// The issuer keeps the money for us. Legs: pending receivable and pending merchant.
public struct Authorized: FactBody {
    public var attempt: UInt8 = 0
    public var acquirer: AcquirerID = .none
    public var currency: Currency = .eur
    /// Less than requested in a partial approval.
    public var amount: Amount = .zero
    /// Of the hold, whose id is this event's.
    public var expiresAt: LedgerTime = .none
    public var gateway = GatewayReference()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.authorized

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("attempt", &attempt)
        try visitor.field("acquirer", &acquirer)
        try visitor.field("currency", &currency)
        try visitor.field("amount", &amount)
        try visitor.field("expiresAt", &expiresAt)
        try gateway.visitFields(&visitor)
    }
}

/// A payment whose gateway call somebody else made, approved already. Legs as `Authorized`.
public struct AuthorizationRecorded: FactBody {
    public var terms = PaymentTerms()
    public var acquirer: AcquirerID = .none
    public var expiresAt: LedgerTime = .none
    public var gateway = GatewayReference()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.authorizationRecorded

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try terms.visitFields(&visitor)
        try visitor.field("acquirer", &acquirer)
        try visitor.field("expiresAt", &expiresAt)
        try gateway.visitFields(&visitor)
    }
}

/// A further hold for the same payment. Legs as `Authorized`.
public struct AuthorizationIncremented: FactBody {
    public var acquirer: AcquirerID = .none
    public var amount: Amount = .zero
    public var expiresAt: LedgerTime = .none
    public var gateway = GatewayReference()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.authorizationIncremented

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("acquirer", &acquirer)
        try visitor.field("amount", &amount)
        try visitor.field("expiresAt", &expiresAt)
        try gateway.visitFields(&visitor)
    }
}

/// It will not be made. Final.
public struct Declined: FactBody {
    /// 0 if no gateway was called.
    public var attempt: UInt8 = 0
    public var acquirer: AcquirerID = .none
    public var code: DeclineCode = .processingError
    /// ISO 8583 field 39.
    public var responseCode = Text<4>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.declined

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("attempt", &attempt)
        try visitor.field("acquirer", &acquirer)
        try visitor.field("code", &code)
        try visitor.text("responseCode", &responseCode)
    }
}

/// A person, or the clock, ended a review.
public struct ReviewDecided: FactBody {
    public var isApproved: Bool = false
    public var reason = Text<120>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.reviewDecided

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("isApproved", &isApproved)
        try visitor.text("reason", &reason)
    }
}

/// To be undone once the gateway has answered.
public struct VoidRequested: FactBody {

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.voidRequested

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
    }
}

/// What was held and not captured is let go. Legs: its release.
public struct Voided: FactBody {
    /// What was released.
    public var amount: Amount = .zero
    public var reason: VoidReason = .requested
    /// Whether the acquirer must be told; the reversal's id is this event's.
    public var reversal: Bool = false

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.voided

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("amount", &amount)
        try visitor.field("reason", &reason)
        try visitor.field("reversal", &reversal)
    }
}

/// The hold ends soon.
public struct HoldExpiring: FactBody {
    /// Still held.
    public var amount: Amount = .zero
    public var expiresAt: LedgerTime = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.holdExpiring

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("amount", &amount)
        try visitor.field("expiresAt", &expiresAt)
    }
}

/// The hold has ended. Legs: its release.
public struct HoldExpired: FactBody {
    public var hold: HoldID = .none
    public var amount: Amount = .zero
    /// As in `Voided`.
    public var reversal: Bool = false

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.holdExpired

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("hold", &hold)
        try visitor.field("amount", &amount)
        try visitor.field("reversal", &reversal)
    }
}

/// An approval that must not stand: late, double, or not ours.
public struct ReversalRequested: FactBody {
    public var acquirer: AcquirerID = .none
    public var attempt: UInt8 = 0
    public var currency: Currency = .eur
    public var amount: Amount = .zero
    public var gateway = GatewayReference()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.reversalRequested

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("acquirer", &acquirer)
        try visitor.field("attempt", &attempt)
        try visitor.field("currency", &currency)
        try visitor.field("amount", &amount)
        try gateway.visitFields(&visitor)
    }
}

/// The acquirer has undone it.
public struct ReversalConfirmed: FactBody {
    public var reversal: ReversalID = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.reversalConfirmed

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("reversal", &reversal)
    }
}

/// The acquirer has not; an exception follows.
public struct ReversalFailed: FactBody {
    public var reversal: ReversalID = .none
    public var responseCode = Text<4>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.reversalFailed

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("reversal", &reversal)
        try visitor.text("responseCode", &responseCode)
    }
}
