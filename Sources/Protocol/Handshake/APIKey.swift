package import Ledger

/// A key as whoever has it keeps it: what it is called, and its secret.
///
/// As text `hfk_` and 104 hexadecimal digits: 16 bytes of name, 32 of secret, and a CRC-32C of both, so that
/// a slip of the hand is told from a wrong key.
package struct APIKey: Equatable, Sendable {
    /// What it is found by; no secret.
    package let publicID: Hash128
    /// 32 random bytes.
    package let secret: [UInt8]

    /// - Parameter secret: 32 bytes.
    package init?(publicID: Hash128, secret: [UInt8]) {
        guard secret.count == Scram.byteCount, !publicID.isNone else { return nil }
        self.publicID = publicID
        self.secret = secret
    }

    /// Reads a key's text; nil if it is none.
    package init?(_ text: some StringProtocol) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        let digits = Array(text.utf8.dropFirst(Self.prefix.utf8.count))
        guard digits.count == 104, let bytes = Self.bytes(ofHex: digits) else { return nil }
        let (named, crc) = (Array(bytes[..<48]), Array(bytes[48...]))
        guard Self.checksum(named) == crc else { return nil }
        let words = [0, 8].map { start in
            named[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        self.init(publicID: Hash128(low: words[0], high: words[1]), secret: Array(named[16...]))
    }

    /// The text; whoever has it has the key.
    package var text: String {
        var bytes: [UInt8] = []
        for word in [publicID.low, publicID.high] {
            for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(word >> shift & 0xFF)) }
        }
        bytes += secret
        bytes += Self.checksum(bytes)
        return Self.prefix + bytes.map { Self.hex($0) }.joined()
    }

    /// What the ledger keeps of it.
    package var verifier: Scram.Verifier { Scram.Verifier(secret: secret) }

    private static let prefix = "hfk_"

    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
        let crc = WireChecksum.of(unsafe bytes.span.bytes)
        return [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: crc >> $0) }
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return byte < 16 ? "0" + digits : digits
    }

    private static func bytes(ofHex digits: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

// A key in a log line or an error would be a key for everyone.
extension APIKey: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "API key \(publicID.high)-\(publicID.low)" }
    package var debugDescription: String { description }
}
