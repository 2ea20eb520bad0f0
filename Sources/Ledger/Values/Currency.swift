/// A currency by its ISO 4217 number: EUR is 978.
public struct Currency: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// 1 … 999.
    public let number: UInt16

    /// The currency with this number; nil if the table has none.
    @inline(__always)
    public init?(number: UInt16) {
        guard Self.exponent(ofNumber: number) != nil else { return nil }
        self.number = number
    }

    private init(known number: UInt16) { self.number = number }

    /// The currency with this code, in either case; nil if the table has none.
    public init?(code: some StringProtocol) {
        let wanted = code.uppercased()
        guard let entry = CurrencyTable.entries.first(where: { $0.code == wanted }) else { return nil }
        number = entry.number
    }

    public static let eur = Currency(known: 978)
    public static let usd = Currency(known: 840)

    /// How many decimals the major unit has: 2 for EUR, 0 for JPY, 3 for KWD.
    public var exponent: Int { Self.exponent(ofNumber: number) ?? 0 }

    /// Three capital letters.
    public var code: String { CurrencyTable.entries.first { $0.number == number }?.code ?? "\(number)" }

    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }

    /// Decimals by number; nil for a number nobody has.
    @inline(__always)
    static func exponent(ofNumber number: UInt16) -> Int? {
        guard Int(number) < CurrencyTable.exponents.count else { return nil }
        let exponent = CurrencyTable.exponents[Int(number)]
        return exponent == CurrencyTable.noCurrency ? nil : Int(exponent)
    }
}

extension Currency: CustomStringConvertible {
    public var description: String { code }
}
