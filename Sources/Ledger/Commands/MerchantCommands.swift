// Who is paid, and on what terms. The merchant is that of the command.

/// Adds a merchant. The command names none: the id is in the answer.
public struct OpenMerchant: CommandBody {
    public var settings = MerchantSettings()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.openMerchant

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try settings.visitFields(&visitor)
    }
}

/// Replaces the settings.
public struct ChangeMerchant: CommandBody {
    public var settings = MerchantSettings()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.changeMerchant

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try settings.visitFields(&visitor)
    }
}

/// Replaces what is paid in one currency.
public struct SetMerchantTerms: CommandBody {
    /// ISO number.
    public var currency: UInt16 = 0
    /// Parts per million.
    public var fee: UInt32 = 0
    /// Minor units.
    public var feeFixed: Int64 = 0
    /// Minor units.
    public var chargebackFee: Int64 = 0
    /// Parts per million.
    public var reserve: UInt32 = 0
    public var reserveSpan = LedgerSpan(nanoseconds: 0)

    /// Every field empty.
    public init() {}

    public static let operation = Operation.setMerchantTerms

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

/// No new authorizations.
public struct FreezeMerchant: CommandBody {
    public var reason = Text<120>()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.freezeMerchant

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.text("reason", &reason)
    }
}

/// Back to active.
public struct UnfreezeMerchant: CommandBody {
    public var reason = Text<120>()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.unfreezeMerchant

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.text("reason", &reason)
    }
}

/// For ever.
public struct CloseMerchant: CommandBody {
    public var reason = Text<120>()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.closeMerchant

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.text("reason", &reason)
    }
}
