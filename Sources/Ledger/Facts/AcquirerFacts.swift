// Who takes the money for us, and over which way.
//
// Each names its fields once, in the order of their bytes; what all events have is in `EventContext`.

/// An acquirer is there, or has new settings; whole, not a difference.
public struct AcquirerSet: FactBody {
    public var acquirer: AcquirerID = .none
    public var name = Text<40>()
    public var mode: AcquirerMode = .file
    /// "Not found" counts only so long after the call.
    public var settleAfter: LedgerSpan = .seconds(120)
    /// Whether the same reference may be sent twice.
    public var idempotentByReference: Bool = false

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.acquirerSet

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("acquirer", &acquirer)
        try visitor.text("name", &name)
        try visitor.field("mode", &mode)
        try visitor.field("settleAfter", &settleAfter)
        try visitor.field("idempotentByReference", &idempotentByReference)
    }
}

/// The breaker in front of an acquirer moved.
public struct CircuitChanged: FactBody {
    public var acquirer: AcquirerID = .none
    public var state: CircuitState = .closed
    /// In a row.
    public var failures: UInt32 = 0
    /// When one probe is let through; none unless open.
    public var until: LedgerTime = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.circuitChanged

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("acquirer", &acquirer)
        try visitor.field("state", &state)
        try visitor.field("failures", &failures)
        try visitor.field("until", &until)
    }
}

/// Which acquirers are tried, in order, for payments of a merchant, currency, region and network.
public struct RouteSet: FactBody {
    /// ISO number; 0 for any.
    public var currency: UInt16 = 0
    /// ISO 3166 number; 0 for any.
    public var region: UInt16 = 0
    /// `unknown` for any.
    public var network: CardBrand = .unknown
    public var first: AcquirerID = .none
    public var second: AcquirerID = .none
    public var third: AcquirerID = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.routeSet

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("currency", &currency)
        try visitor.field("region", &region)
        try visitor.field("network", &network)
        try visitor.field("first", &first)
        try visitor.field("second", &second)
        try visitor.field("third", &third)
    }
}
