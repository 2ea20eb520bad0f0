/// Takes the lines of a text one after the other. Every line ends with a newline; a last one without is an
/// error, so that a cut text is noticed.
package struct TextLines {
    private let text: [UInt8]
    /// Bytes consumed so far.
    package private(set) var offset = 0
    /// Lines consumed so far, for messages.
    package private(set) var count = 0

    package init(_ text: [UInt8]) { self.text = text }

    package var isAtEnd: Bool { offset == text.count }

    /// Everything not yet consumed.
    package var rest: ArraySlice<UInt8> { text[offset...] }

    /// The next line without its newline; an error if there is none.
    package mutating func next(_ what: String) throws(DecodingFailure) -> ArraySlice<UInt8> {
        guard let end = text[offset...].firstIndex(of: newline) else {
            throw DecodingFailure("line \(count + 1) (\(what)) is missing or has no newline")
        }
        defer {
            offset = end + 1
            count += 1
        }
        return text[offset..<end]
    }

    /// The next line if it starts with `prefix`, without the prefix; otherwise nil, and nothing is consumed.
    package mutating func next(after prefix: StaticString, _ what: String) throws(DecodingFailure)
        -> ArraySlice<UInt8>?
    {
        var ahead = self
        let line = try ahead.next(what)
        let start = Array(prefix.description.utf8)
        guard line.starts(with: start) else { return nil }
        self = ahead
        return line.dropFirst(start.count)
    }

    /// Lines of one base64 hash each, up to an empty line, which is consumed too.
    package mutating func hashes(max: Int) throws(DecodingFailure) -> [Hash256] {
        var hashes: [Hash256] = []
        while true {
            let line = try next("a hash or an empty line")
            if line.isEmpty { return hashes }
            guard hashes.count < max else { throw DecodingFailure("more than \(max) hashes") }
            guard let hash = Hash256(base64: line) else {
                throw DecodingFailure("line \(count) is not the base64 of 32 bytes")
            }
            hashes.append(hash)
        }
    }
}

let newline = UInt8(ascii: "\n")

/// A number as C2SP documents write it: ASCII digits, no sign, no leading zero; nil beyond 64 bits.
package func parseDecimal(_ text: some Collection<UInt8>) -> UInt64? {
    guard !text.isEmpty, text.count == 1 || text.first != UInt8(ascii: "0") else { return nil }
    var value: UInt64 = 0
    for digit in text {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
        let (shifted, overflowed) = value.multipliedReportingOverflow(by: 10)
        let (sum, carried) = shifted.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
        guard !overflowed, !carried else { return nil }
        value = sum
    }
    return value
}

/// Whether `text` is UTF-8 without control characters other than newline: what a signed note may hold.
package func isNoteText(_ text: some Sequence<UInt8>) -> Bool {
    String(validating: text, as: UTF8.self) != nil && text.allSatisfy { $0 >= 0x20 || $0 == newline }
}
