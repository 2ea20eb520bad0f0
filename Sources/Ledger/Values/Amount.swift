import Invariants

/// Money without its currency: a whole number of minor units (cents, yen, fils), never negative.
///
/// What a caller may ask for is 1 … 10^15 (`isPayable`), ten trillion with two decimals; sums of them may be
/// larger. Floating point never comes near.
public struct Amount: Hashable, Comparable, Sendable, BitwiseCopyable {
    public let minorUnits: Int64

    /// That many minor units; a negative number is a mistake of the program.
    public init(minorUnits: Int64) {
        invariant(minorUnits >= 0, "a negative amount")
        self.minorUnits = minorUnits
    }

    public static var zero: Self { Self(minorUnits: 0) }
    /// The most that can be asked for at once.
    public static var payableMax: Self { Self(minorUnits: 1_000_000_000_000_000) }

    public var isZero: Bool { minorUnits == 0 }
    /// Whether a caller may ask for it.
    public var isPayable: Bool { minorUnits > 0 && self <= .payableMax }

    public static func < (left: Self, right: Self) -> Bool { left.minorUnits < right.minorUnits }
    public static func + (left: Self, right: Self) -> Self {
        Self(minorUnits: left.minorUnits + right.minorUnits)
    }
    /// The difference; taking more than there is stops the process.
    public static func - (left: Self, right: Self) -> Self {
        Self(minorUnits: left.minorUnits - right.minorUnits)
    }
    public static func += (left: inout Self, right: Self) { left = left + right }
    public static func -= (left: inout Self, right: Self) { left = left - right }

    /// The sum, or nil if 63 bits cannot hold it.
    public func addingChecked(_ other: Self) -> Self? {
        let (sum, overflow) = minorUnits.addingReportingOverflow(other.minorUnits)
        return overflow ? nil : Self(minorUnits: sum)
    }
}

/// A share of an amount, in parts per million: 2.9 % is 29,000.
public struct Rate: Hashable, Comparable, Sendable, BitwiseCopyable {
    public let partsPerMillion: UInt32

    /// That many millionths.
    public init(partsPerMillion: UInt32) { self.partsPerMillion = partsPerMillion }

    public static var zero: Self { Self(partsPerMillion: 0) }
    /// The whole of it.
    public static var whole: Self { Self(partsPerMillion: 1_000_000) }

    public static func < (left: Self, right: Self) -> Bool {
        left.partsPerMillion < right.partsPerMillion
    }

    /// This share of `amount`, rounded to the nearest minor unit, halves up.
    public func of(_ amount: Amount) -> Amount {
        let product = Int128(amount.minorUnits) * Int128(partsPerMillion) + 500_000
        return Amount(minorUnits: Int64(product / 1_000_000))
    }
}
