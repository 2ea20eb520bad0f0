// Ids as people see them: the kind's prefix, and the number behind it. Of what comes with traffic that is the
// number that is shown (see `IDCipher`) in 16 hexadecimal digits, `pay_3f09b12c77aa4e01`; of what is
// configured a plain one, `mer_7`.

extension Identifier {
    /// The text of an id as it is shown.
    public var text: String {
        guard Kind.isMinted else { return "\(Kind.prefix)_\(raw)" }
        let digits = String(raw, radix: 16)
        return "\(Kind.prefix)_" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The id of a text; nil if it is none, or one of another kind. What is configured may be named by its
    /// number alone.
    public init?(text: some StringProtocol) {
        let prefix = "\(Kind.prefix)_"
        let isWhole = text.hasPrefix(prefix)
        let digits = isWhole ? text.dropFirst(prefix.count) : text[...]
        guard isWhole || !Kind.isMinted, digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }) else {
            return nil
        }
        guard Kind.isMinted ? digits.utf8.count == 16 : true,
            let raw = UInt64(digits, radix: Kind.isMinted ? 16 : 10), raw != 0
        else { return nil }
        self.init(raw: raw)
    }
}
