/// Base64 with the standard alphabet and padding (RFC 4648, section 4).
///
/// Decoding is strict: every text has one byte string and every byte string one text, so that a changed
/// character of a signed document never passes as the same document.
package enum Base64 {
    private static let padding = UInt8(ascii: "=")

    /// The ASCII text of `bytes`, in multiples of four characters.
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let count = min(3, bytes.count - index)
            var group: UInt32 = 0
            for offset in 0..<3 { group = group << 8 | (offset < count ? UInt32(bytes[index + offset]) : 0) }
            for position in 0..<4 {
                let sextet = UInt8(truncatingIfNeeded: group >> UInt32(18 - 6 * position)) & 0x3F
                text.append(position <= count ? character(sextet) : padding)
            }
            index += 3
        }
        return text
    }

    /// The bytes of `text`, or nil if it has a foreign character, a wrong length, or spare bits that are set.
    package static func decode(_ text: some RandomAccessCollection<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var rest = text[...]
        while !rest.isEmpty {
            guard let group = decodeGroup(rest.prefix(4), isLast: rest.count == 4) else { return nil }
            for position in 0..<group.count {
                bytes.append(UInt8(truncatingIfNeeded: group.value >> UInt32(16 - 8 * position)))
            }
            rest = rest.dropFirst(4)
        }
        return bytes
    }

    /// Four characters as 24 bits and the number of bytes in them; padding only in the last group.
    private static func decodeGroup(
        _ text: some Collection<UInt8>, isLast: Bool
    ) -> (value: UInt32, count: Int)? {
        var value: UInt32 = 0
        var padded = 0
        for character in text {
            if character == padding {
                padded += 1
                value <<= 6
            } else {
                guard padded == 0, let sextet = sextet(character) else { return nil }
                value = value << 6 | UInt32(sextet)
            }
        }
        guard padded <= 2, padded == 0 || isLast else { return nil }
        let spare = UInt32(1) << UInt32(8 * padded) - 1
        guard value & spare == 0 else { return nil }
        return (value, 3 - padded)
    }

    private static func character(_ sextet: UInt8) -> UInt8 {
        switch sextet {
        case 0..<26: UInt8(ascii: "A") + sextet
        case 26..<52: UInt8(ascii: "a") + (sextet - 26)
        case 52..<62: UInt8(ascii: "0") + (sextet - 52)
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }

    private static func sextet(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

extension Hash256 {
    /// 44 characters of base64, as checkpoints and proofs write a hash.
    package var base64: [UInt8] { Base64.encode(bytes) }

    /// From exactly 44 characters of strict base64.
    package init?(base64 text: some RandomAccessCollection<UInt8>) {
        guard text.count == 44, let bytes = Base64.decode(text) else { return nil }
        self.init(bytes: bytes)
    }
}
