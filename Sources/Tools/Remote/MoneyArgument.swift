import Ledger

/// Reads amounts as people write them, digit by digit: no floating point comes near.
enum MoneyArgument {
    /// `12.34 EUR`, `EUR 12.34`, `1500 JPY`: as many decimals as the currency has at most.
    ///
    /// - Returns: minor units, and the currency.
    static func parse(_ text: String) throws -> (minorUnits: Int64, currency: Currency) {
        let (number, code) = split(text)
        guard !code.isEmpty else {
            throw CommandFailure(.usage, "\"\(text)\" names no currency: write 12.34 EUR")
        }
        let currency = try currency(code)
        return (try parse(number, currency), currency)
    }

    /// The same, where the currency is known; if one is written it must be that.
    static func parse(_ text: String, expecting currency: Currency) throws -> Int64 {
        let (number, code) = split(text)
        if !code.isEmpty {
            let told = try Self.currency(code)
            guard told == currency else {
                throw CommandFailure(.usage, "the payment is in \(currency), not in \(told)")
            }
        }
        return try parse(number, currency)
    }

    /// An ISO 4217 code.
    static func currency(_ code: some StringProtocol) throws -> Currency {
        guard let currency = Currency(code: code) else {
            throw CommandFailure(.usage, "\"\(code)\" is no currency of ISO 4217")
        }
        return currency
    }

    /// Digits, and a point with decimals if the currency has any.
    static func parse(_ number: some StringProtocol, _ currency: Currency) throws -> Int64 {
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        let areDigits = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
        guard areDigits, (1...2).contains(parts.count) else {
            throw CommandFailure(
                .usage, "\"\(number)\" is no amount: digits, and a point before decimals, 12.34")
        }
        let decimals = parts.count == 2 ? String(parts[1]) : ""
        guard decimals.count <= currency.exponent else {
            throw CommandFailure(
                .usage, "\"\(number)\" has \(decimals.count) decimals; \(currency) has \(currency.exponent)")
        }
        let zeros = String(repeating: "0", count: currency.exponent - decimals.count)
        guard let minorUnits = Int64(parts[0] + decimals + zeros) else {
            throw CommandFailure(.usage, "\"\(number)\" is more than there can be")
        }
        return minorUnits
    }

    /// Number and letters, in either order, with or without a space; all of it as the number if it is
    /// neither.
    private static func split(_ text: String) -> (number: String, code: String) {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        switch words.count {
        case 1:
            let word = words[0]
            let (front, back) = (word.prefix(while: \.isLetter), word.reversed().prefix(while: \.isLetter))
            return front.isEmpty
                ? (String(word.dropLast(back.count)), String(back.reversed()))
                : (String(word.dropFirst(front.count)), String(front))
        case 2 where words[0].allSatisfy(\.isLetter): return (words[1], words[0])
        case 2 where words[1].allSatisfy(\.isLetter): return (words[0], words[1])
        default: return (text, "")
        }
    }
}
