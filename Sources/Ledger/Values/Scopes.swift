/// What an API key may be used for: a set of words, a bit each. Bits are for bytes and never change.
public struct Scopes: OptionSet, Hashable, Sendable, BitwiseCopyable, FieldValue {
    public let rawValue: UInt8

    /// Any bits, known or not.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Asking for payments and what follows from them.
    public static let write = Scopes(rawValue: 1)
    /// Looking at them.
    public static let read = Scopes(rawValue: 2)
    /// Looking at the whole ledger and its proofs.
    public static let audit = Scopes(rawValue: 4)
    /// Asking for the ledger's own affairs: merchants, acquirers, settings, keys.
    public static let admin = Scopes(rawValue: 8)

    /// Every word there is.
    public static var all: Scopes { [.write, .read, .audit, .admin] }
    /// What a key of one merchant may have at most.
    public static var ofMerchant: Scopes { [.write, .read] }

    public var fieldBits: UInt8 { rawValue }
    /// The set with these bits; nil if one of them is not known.
    public init?(fieldBits: UInt8) {
        guard Scopes(rawValue: fieldBits).isSubset(of: .all) else { return nil }
        self.init(rawValue: fieldBits)
    }
}
