/// What can be found and summed in an event. LogStore knows nothing of payments; the caller tells it here.
///
/// A pure function: the same event always gives the same facts. Its identifier and version are recorded in
/// every sealed segment, so that a verifier knows whether it can recompute filters and totals.
public protocol EventIndex: Sendable {
    /// Names the index, for ever.
    static var identifier: UInt64 { get }
    /// Raised with every change of what `describe` says about an event.
    static var version: UInt32 { get }

    /// Adds the keys and amounts of `event`. Called for the caller's events only, never for LogStore's own.
    func describe(_ event: borrowing EventView, into facts: inout EventFacts)
}

/// The index of a log that is only read in order: no keys, no amounts.
public struct NoIndex: EventIndex {
    /// Zero: none.
    public static let identifier: UInt64 = 0
    /// There will be no other.
    public static let version: UInt32 = 0

    /// The index has no state.
    public init() {}

    /// Adds nothing.
    public func describe(_ event: borrowing EventView, into facts: inout EventFacts) {}
}

/// What an index says about one event; reused from event to event, and of fixed size.
public struct EventFacts: Sendable {
    /// An amount to be added to the totals of the event's type.
    package struct Amount: Sendable, Equatable {
        package var currency: UInt16
        package var amount: Int64
    }

    private var keys = InlineArray<16, IndexKey>(repeating: IndexKey(kind: 0, value: 0))
    private var amounts = InlineArray<16, Amount>(repeating: Amount(currency: 0, amount: 0))
    /// Keys of this event.
    public private(set) var keyCount = 0
    /// Amounts of this event.
    public private(set) var totalCount = 0

    /// Keys an event can have; one more stops the process, for a dropped key would never be found.
    public static let keyCountMax = 16
    /// Amounts an event can have.
    public static let totalCountMax = 16

    /// No facts.
    public init() {}

    /// Makes the event findable by a key.
    @inline(__always)
    public mutating func addKey(_ key: IndexKey) {
        invariant(keyCount < Self.keyCountMax, "an event with more than \(Self.keyCountMax) keys")
        keys[keyCount] = key
        keyCount &+= 1
    }

    /// Makes the event findable by an integer id.
    @inline(__always)
    public mutating func addKey(kind: UInt16, value: UInt64) { addKey(IndexKey(kind: kind, value: value)) }

    /// Adds an amount in minor units to the control totals of the event's type.
    @inline(__always)
    public mutating func addTotal(currency: UInt16, amount: Int64) {
        invariant(totalCount < Self.totalCountMax, "an event with more than \(Self.totalCountMax) amounts")
        amounts[totalCount] = Amount(currency: currency, amount: amount)
        totalCount &+= 1
    }

    package mutating func removeAll() {
        keyCount = 0
        totalCount = 0
    }

    package func key(_ index: Int) -> IndexKey { keys[index] }

    package func total(_ index: Int) -> Amount { amounts[index] }
}
