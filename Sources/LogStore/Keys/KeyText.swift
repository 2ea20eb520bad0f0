/// Keys as people and programs hand them over: 64 hexadecimal digits.
package enum KeyText {
    package static let digitCount = 2 * SecretKey.byteCount

    /// The 32 bytes of exactly 64 digits, upper or lower case, after which one line end may stand.
    ///
    /// The error never repeats what was found, only its length or the place of the first foreign character.
    package static func bytes(
        of text: some Collection<UInt8>, _ what: String
    ) throws(DecodingFailure) -> [UInt8] {
        let digits = withoutLineEnd(Array(text))
        guard digits.count == digitCount else {
            throw DecodingFailure(
                "\(what): expected \(digitCount) hexadecimal digits, found \(digits.count) bytes")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(SecretKey.byteCount)
        for index in stride(from: 0, to: digitCount, by: 2) {
            guard let high = value(of: digits[index]), let low = value(of: digits[index + 1]) else {
                throw DecodingFailure(
                    "\(what): no hexadecimal digit at character \(index + 1) or \(index + 2)")
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    /// Lower-case digits, two a byte.
    package static func digits(of bytes: [UInt8]) -> String {
        let alphabet = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [alphabet[Int($0 >> 4)], alphabet[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// `text` without one final LF or CR LF.
    private static func withoutLineEnd(_ text: [UInt8]) -> [UInt8] {
        guard text.last == UInt8(ascii: "\n") else { return text }
        let line = text.dropLast()
        return Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
