// The ledger itself and its acquirers.

/// Replaces the settings.
public struct ChangeSettings: CommandBody {
    public var settings = SettingsChanged()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.changeSettings

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try settings.visitFields(&visitor)
    }
}

/// How long holds of a network and initiator last.
public struct SetHoldSpan: CommandBody {
    public var network: CardBrand = .unknown
    public var initiator: Initiator = .customer
    public var span = LedgerSpan(nanoseconds: 0)

    /// Every field empty.
    public init() {}

    public static let operation = Operation.setHoldSpan

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("network", &network)
        try visitor.field("initiator", &initiator)
        try visitor.field("span", &span)
    }
}

/// Adds an acquirer (id none), or replaces its settings.
public struct SetAcquirer: CommandBody {
    public var settings = AcquirerSet()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.setAcquirer

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try settings.visitFields(&visitor)
    }
}

/// The breaker in front of an acquirer moved.
public struct ChangeCircuit: CommandBody {
    public var circuit = CircuitChanged()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.changeCircuit

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try circuit.visitFields(&visitor)
    }
}

/// For the merchant of the command, or all.
public struct SetRoute: CommandBody {
    public var route = RouteSet()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.setRoute

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try route.visitFields(&visitor)
    }
}

/// Moves the log clock.
public struct AcceptTime: CommandBody {
    public var to: LedgerTime = .none

    /// Every field empty.
    public init() {}

    public static let operation = Operation.acceptTime

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("to", &to)
    }
}

/// Writes the digest of everything before it into the log.
public struct DigestState: CommandBody {

    /// Every field empty.
    public init() {}

    public static let operation = Operation.digestState

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
    }
}
