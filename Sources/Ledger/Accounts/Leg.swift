public import Invariants

/// Whether money has moved or is only expected to.
public enum Layer: UInt8, Sendable, BitwiseCopyable, FieldValue {
    /// It has moved.
    case posted = 0
    /// It is authorized; released or posted later.
    case pending = 1
}

/// One line of an entry: so much onto an account. Debits are positive, credits negative; never zero.
public struct Leg: Hashable, Sendable, BitwiseCopyable {
    /// The account's word with the layer in its top bit.
    @usableFromInline let word: UInt64
    /// Minor units of the account's currency.
    public let amount: Int64

    /// A leg.
    @inlinable public init(_ account: AccountID, _ amount: Int64, _ layer: Layer = .posted) {
        self.init(word: account.raw | UInt64(layer.rawValue) << 63, amount: amount)
    }

    @inlinable init(word: UInt64, amount: Int64) {
        self.word = word
        self.amount = amount
    }

    /// Where.
    @inlinable public var account: AccountID { AccountID(unchecked: word & ~(1 << 63)) }
    /// Moved or expected.
    @inlinable public var layer: Layer { word >> 63 == 0 ? .posted : .pending }
}

/// The legs of one event, in place. They sum to zero for each currency, pending and posted apart.
public struct Legs: Sendable, BitwiseCopyable {
    /// The most any event needs: settling an item of a merchant in debt takes 6, an ordinary capture 4.
    @inlinable public static var countMax: Int { 12 }

    @usableFromInline var items = InlineArray<12, Leg>(repeating: Leg(word: 0, amount: 0))
    @usableFromInline var used = 0
    /// How many there are.
    @inlinable public var count: Int { used }

    /// No legs.
    @inlinable public init() {}

    /// Adds a leg; one of nothing is left out. More than `countMax` stop the process.
    @inlinable @inline(__always)
    public mutating func add(_ account: AccountID, _ amount: Int64, _ layer: Layer = .posted) {
        guard amount != 0 else { return }
        add(Leg(account, amount, layer))
    }

    /// Moves an amount from one account to another: the first is credited, the second debited.
    @inlinable @inline(__always)
    public mutating func move(
        _ amount: Amount, debit: AccountID, credit: AccountID, _ layer: Layer = .posted
    ) {
        add(debit, amount.minorUnits, layer)
        add(credit, -amount.minorUnits, layer)
    }

    @inlinable @inline(__always)
    mutating func add(_ leg: Leg) {
        invariant(count < Self.countMax, "more than \(Self.countMax) legs")
        items[used] = leg
        used &+= 1
    }

    /// The leg at `index`, which is below `count`.
    @inlinable @inline(__always)
    public subscript(index: Int) -> Leg {
        invariant(index < count, "leg \(index) of \(count)")
        return items[index]
    }

    /// The legs where they lie: looking at one through a copy of all twelve costs more than what is done
    /// with it.
    @inlinable public var span: Span<Leg> {
        @_lifetime(borrow self)
        @inline(__always) borrowing get { items.span.extracting(first: used) }
    }

    /// Whether they sum to zero for each currency and layer.
    public var isBalanced: Bool {
        guard used > 0 else { return true }
        let legs = span
        var (posted, pending) = (Int64(0), Int64(0))
        for index in legs.indices {
            let leg = legs[index]
            // Nearly all legs of one event are of one currency.
            guard leg.isOfSameCurrency(as: legs[0]) else { return Self.isBalancedByCurrency(legs) }
            let isPosted = leg.layer == .posted
            let (sum, overflow) = (isPosted ? posted : pending).addingReportingOverflow(leg.amount)
            if overflow { return false }
            if isPosted { posted = sum } else { pending = sum }
        }
        return posted == 0 && pending == 0
    }

    /// The same, a walk for each pair of currency and layer.
    private static func isBalancedByCurrency(_ legs: Span<Leg>) -> Bool {
        for first in legs.indices {
            var sum: Int64 = 0
            for other in legs.indices where legs[other].purse == legs[first].purse {
                let (next, overflow) = sum.addingReportingOverflow(legs[other].amount)
                if overflow { return false }
                sum = next
            }
            if sum != 0 { return false }
        }
        return true
    }
}

extension Legs: Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count where left.items[index] != right.items[index] { return false }
        return true
    }

    public func hash(into hasher: inout Hasher) {
        for index in 0..<count { hasher.combine(items[index]) }
    }
}

/// Where a command brings legs: in events they stand before the fact.
extension Legs: Fielded {
    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        var size = LegCount(count)
        try visitor.field("legs", &size)
        for index in 0..<size.value {
            var (account, layer, amount) = (items[index].account, items[index].layer, items[index].amount)
            try visitor.field("account", &account)
            try visitor.field("layer", &layer)
            try visitor.field("amount", &amount)
            items[index] = Leg(account, amount, layer)
        }
        used = size.value
    }

    /// How many legs: no more than there is room for.
    private struct LegCount: FieldValue {
        let value: Int

        init(_ value: Int) { self.value = value }
        var fieldBits: UInt8 { UInt8(value) }
        init?(fieldBits: UInt8) {
            guard fieldBits <= Legs.countMax else { return nil }
            value = Int(fieldBits)
        }
    }
}

extension Leg {
    /// Currency and layer: what must sum to zero on its own.
    fileprivate var purse: UInt64 { word & (1 << 63 | 0x3FFF << 42) }

    fileprivate func isOfSameCurrency(as other: Self) -> Bool { (word ^ other.word) & (0x3FFF << 42) == 0 }
}
