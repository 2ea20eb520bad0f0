/// A value that can be a field of a fact: of few bytes, little-endian, with bytes that stand for no value.
public protocol FieldValue: Hashable, Sendable, BitwiseCopyable {
    /// The integer it travels as.
    associatedtype Bits: FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable
    /// The integer of this value.
    var fieldBits: Bits { get }
    /// The value of an integer; nil if there is none.
    init?(fieldBits: Bits)
    /// Whether it is shown to outsiders as it is, or through the ledger's cipher, and as what.
    static var disclosure: Disclosure { get }
}

/// What outsiders get to see of a value.
public enum Disclosure: Sendable {
    /// The value.
    case plain
    /// An id that was minted from a sequence: enciphered, so that it tells nobody's volume; the number tells
    /// kinds apart and never changes.
    case id(UInt8)
    /// A place in the log: enciphered but for those who may read the log.
    case sequence
}

extension FieldValue {
    public static var disclosure: Disclosure { .plain }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    public var fieldBits: Self { self }
    public init?(fieldBits: Self) { self = fieldBits }
}

extension UInt8: FieldValue {}
extension UInt16: FieldValue {}
extension UInt32: FieldValue {}
extension UInt64: FieldValue {}

extension Int64: FieldValue {
    public var fieldBits: UInt64 { UInt64(bitPattern: self) }
    public init?(fieldBits: UInt64) { self.init(bitPattern: fieldBits) }
}

extension Bool: FieldValue {
    public var fieldBits: UInt8 { self ? 1 : 0 }
    public init?(fieldBits: UInt8) {
        guard fieldBits <= 1 else { return nil }
        self = fieldBits == 1
    }
}

extension RawRepresentable where RawValue: FixedWidthInteger & UnsignedInteger {
    public var fieldBits: RawValue { rawValue }
    public init?(fieldBits: RawValue) { self.init(rawValue: fieldBits) }
}

extension Identifier: FieldValue {
    public var fieldBits: UInt64 { raw }
    public init?(fieldBits: UInt64) { self.init(raw: fieldBits) }
    public static var disclosure: Disclosure { Kind.isMinted ? .id(Kind.number) : .plain }
}

extension SequenceNumber: FieldValue {
    public var fieldBits: UInt64 { raw }
    public init?(fieldBits: UInt64) {
        guard fieldBits <= Self.max.raw else { return nil }
        self.init(raw: fieldBits)
    }
    public static var disclosure: Disclosure { .sequence }
}

extension LedgerTime: FieldValue {
    public var fieldBits: UInt64 { nanoseconds }
    public init?(fieldBits: UInt64) {
        guard fieldBits <= Self.max.nanoseconds else { return nil }
        self.init(nanoseconds: fieldBits)
    }
}

extension LedgerSpan: FieldValue {
    public var fieldBits: UInt64 { nanoseconds }
    public init?(fieldBits: UInt64) {
        guard fieldBits <= LedgerTime.max.nanoseconds else { return nil }
        self.init(nanoseconds: fieldBits)
    }
}

extension BusinessDay: FieldValue {
    public var fieldBits: UInt32 { daysSinceEpoch }
    public init?(fieldBits: UInt32) { self.init(daysSinceEpoch: fieldBits) }
}

extension Amount: FieldValue {
    public var fieldBits: UInt64 { UInt64(minorUnits) }
    public init?(fieldBits: UInt64) {
        guard let minorUnits = Int64(exactly: fieldBits) else { return nil }
        self.init(minorUnits: minorUnits)
    }
}

extension Rate: FieldValue {
    public var fieldBits: UInt32 { partsPerMillion }
    public init?(fieldBits: UInt32) {
        guard fieldBits <= Self.whole.partsPerMillion else { return nil }
        self.init(partsPerMillion: fieldBits)
    }
}

extension Currency: FieldValue {
    public var fieldBits: UInt16 { number }
    public init?(fieldBits: UInt16) { self.init(number: fieldBits) }
}

extension AccountID: FieldValue {
    public var fieldBits: UInt64 { raw }
    public init?(fieldBits: UInt64) { self.init(raw: fieldBits) }
}
