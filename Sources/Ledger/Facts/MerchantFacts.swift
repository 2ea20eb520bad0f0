// Who is paid, and on what terms.
//
// Each names its fields once, in the order of their bytes; what all events have is in `EventContext`.

/// A merchant may take payments from now on.
public struct MerchantOpened: FactBody {
    public var settings = MerchantSettings()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.merchantOpened

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try settings.visitFields(&visitor)
    }
}

/// New settings of a merchant; whole, not a difference.
public struct MerchantChanged: FactBody {
    public var settings = MerchantSettings()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.merchantChanged

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try settings.visitFields(&visitor)
    }
}

/// What a merchant pays, in one currency. Holds for items settled from now on.
public struct MerchantTermsSet: FactBody {
    public var currency: Currency = .eur
    /// Share of what is captured and settled.
    public var fee: Rate = .zero
    /// Once a payment.
    public var feeFixed: Amount = .zero
    /// Once a dispute.
    public var chargebackFee: Amount = .zero
    /// Share of each settled item that is kept back.
    public var reserve: Rate = .zero
    /// For how long.
    public var reserveSpan = LedgerSpan(nanoseconds: 0)

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.merchantTermsSet

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("currency", &currency)
        try visitor.field("fee", &fee)
        try visitor.field("feeFixed", &feeFixed)
        try visitor.field("chargebackFee", &chargebackFee)
        try visitor.field("reserve", &reserve)
        try visitor.field("reserveSpan", &reserveSpan)
    }
}

/// No new authorizations; voids and refunds go on.
public struct MerchantFrozen: FactBody {
    public var reason = Text<120>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.merchantFrozen

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.text("reason", &reason)
    }
}

/// Back to active.
public struct MerchantUnfrozen: FactBody {
    public var reason = Text<120>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.merchantUnfrozen

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.text("reason", &reason)
    }
}

/// No new business, for ever; what is open is finished.
public struct MerchantClosed: FactBody {
    public var reason = Text<120>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.merchantClosed

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.text("reason", &reason)
    }
}
