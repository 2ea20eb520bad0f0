import Ledger

/// A row that cannot be a payment, and why.
struct ImportProblem: Error, Encodable {
    let line: Int
    /// Field, from 1.
    let column: Int
    /// Of the column.
    let name: String
    let problem: String
}

/// A row as a payment.
struct ImportRow {
    let line: Int
    /// The transaction's id, as it stands there.
    let id: String
    /// What the file calls the merchant.
    let merchant: String
    let time: LedgerTime
    let minorUnits: Int64
    let currency: Currency
    /// 0: none.
    let card: UInt64
    let reference: Text<40>
}

/// Which column is what; see docs/import.md.
struct ImportColumns {
    private let names: [String]
    private let id: Int
    private let time: Int
    private let amount: Int
    private let isMinor: Bool
    private let merchant: Int
    private let isTerminal: Bool
    private let currency: Int?
    private let card: Int?
    private let reference: Int?
    private let currencyDefault: Currency
    private let terminalsPerMerchant: UInt64

    /// - Parameter header: the names, as the first line has them.
    init(header: [String], currency: Currency, terminalsPerMerchant: UInt64) throws {
        names = header.map { $0.lowercased() }
        let names = names
        func find(_ candidates: String...) -> Int? {
            candidates.lazy.compactMap { names.firstIndex(of: $0) }.first
        }
        func need(_ column: Int?, _ name: String) throws -> Int {
            guard let column else {
                throw CommandFailure(
                    .corruptCommitted,
                    "the first line names no column \(name), only \(names.joined(separator: ", "))")
            }
            return column
        }
        id = try need(find("transaction_id", "id"), "transaction_id")
        time = try need(find("time"), "time")
        isMinor = names.contains("amount_minor")
        amount = try need(find("amount_minor", "amount"), "amount_minor or amount")
        isTerminal = !names.contains("merchant")
        merchant = try need(find("merchant", "terminal_id"), "merchant or terminal_id")
        (self.currency, card, reference) = (find("currency"), find("customer_id"), find("reference"))
        (currencyDefault, self.terminalsPerMerchant) = (currency, terminalsPerMerchant)
    }

    func row(_ record: CSVReader.Record) throws(ImportProblem) -> ImportRow {
        guard record.fields.count == names.count else {
            throw problem(
                record, min(record.fields.count, names.count - 1),
                "the line has \(record.fields.count) fields, the first line \(names.count)")
        }
        let currency = try currency(record)
        return ImportRow(
            line: record.line, id: try key(record), merchant: try merchant(record), time: try time(record),
            minorUnits: try amount(record, currency), currency: currency, card: try card(record),
            reference: try reference(record))
    }

    /// The column that a refusal of the ledger is about.
    func problem(_ row: ImportRow, _ refusal: RefusalCode) -> ImportProblem {
        let column =
            switch refusal {
            case .amountZero, .amountNegative, .amountTooLarge, .exceedsPaymentMax: amount
            case .currencyUnknown: currency ?? amount
            case .timeOutOfRange: time
            case .merchantUnknown, .merchantClosed, .merchantFrozen: merchant
            case .cardInvalid: card ?? id
            default: id
            }
        return ImportProblem(
            line: row.line, column: column + 1, name: names[column],
            problem: "refused: \(refusal) (\(refusal.rawValue))")
    }

    // MARK: Fields

    private func problem(_ record: CSVReader.Record, _ column: Int, _ problem: String) -> ImportProblem {
        ImportProblem(line: record.line, column: column + 1, name: names[column], problem: problem)
    }

    /// Becomes a part of the idempotency key.
    private func key(_ record: CSVReader.Record) throws(ImportProblem) -> String {
        let text = record.fields[id]
        guard (1...200).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw problem(record, id, "is not 1 to 200 characters of printable ASCII")
        }
        return text
    }

    private func merchant(_ record: CSVReader.Record) throws(ImportProblem) -> String {
        let text = record.fields[merchant]
        guard isTerminal else {
            guard (1...19).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
            else { throw problem(record, merchant, "is not 1 to 19 characters of printable ASCII") }
            return text
        }
        guard let terminal = UInt64(text) else { throw problem(record, merchant, "\"\(text)\" is no number") }
        return "\(terminal / terminalsPerMerchant)"
    }

    private func time(_ record: CSVReader.Record) throws(ImportProblem) -> LedgerTime {
        guard let time = ImportTime.parse(record.fields[time]) else {
            throw problem(record, time, "\"\(record.fields[time])\" is no time in UTC, 2018-04-01T00:00:31Z")
        }
        return time
    }

    private func currency(_ record: CSVReader.Record) throws(ImportProblem) -> Currency {
        guard let column = currency else { return currencyDefault }
        guard let currency = Currency(code: record.fields[column]) else {
            throw problem(record, column, "\"\(record.fields[column])\" is no currency of ISO 4217")
        }
        return currency
    }

    private func amount(
        _ record: CSVReader.Record, _ currency: Currency
    ) throws(ImportProblem) -> Int64 {
        let text = record.fields[amount]
        if isMinor {
            guard let minorUnits = Int64(text) else {
                throw problem(record, amount, "\"\(text)\" is no whole number of minor units")
            }
            return minorUnits
        }
        guard let minorUnits = try? MoneyArgument.parse(text, currency) else {
            throw problem(
                record, amount, "\"\(text)\" is no amount with at most \(currency.exponent) decimals")
        }
        return minorUnits
    }

    /// Numbers from 0 on; 0 means none in the ledger.
    private func card(_ record: CSVReader.Record) throws(ImportProblem) -> UInt64 {
        guard let column = card, !record.fields[column].isEmpty else { return 0 }
        guard let customer = UInt64(record.fields[column]), customer < .max else {
            throw problem(record, column, "\"\(record.fields[column])\" is no number")
        }
        return customer + 1
    }

    private func reference(_ record: CSVReader.Record) throws(ImportProblem) -> Text<40> {
        guard let column = reference else { return Text() }
        guard let text = Text<40>(record.fields[column]) else {
            throw problem(record, column, "is not at most 40 characters of printable ASCII")
        }
        return text
    }
}

/// Times in UTC: `2018-04-01T00:00:31Z`, `2018-04-01 00:00:31`, with up to nine decimals.
enum ImportTime {
    static func parse(_ text: String) -> LedgerTime? {
        var bytes = Array(text.utf8)
        if bytes.last == UInt8(ascii: "Z") { bytes.removeLast() }
        guard bytes.count >= 19, bytes[4] == dash, bytes[7] == dash,
            bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " "),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
            let day = number(bytes[8..<10]),
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]),
            let second = number(bytes[17..<19]), let fraction = fraction(bytes[19...]),
            (1970...2261).contains(year), (1...12).contains(month), hour < 24, minute < 60, second < 60
        else { return nil }
        let start = LedgerMonth(number: UInt16((year - 1970) * 12 + month - 1))
        let moment = ((day &- 1) * 24 + hour) * 3_600 + minute * 60 + second
        guard day >= 1 else { return nil }
        let time = start.start.adding(LedgerSpan(nanoseconds: moment * 1_000_000_000 + fraction))
        return time < start.end && !time.isNone ? time : nil
    }

    private static var dash: UInt8 { UInt8(ascii: "-") }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + UInt64(digit - UInt8(ascii: "0"))
        }
        return value
    }

    /// Nanoseconds of `.123`; 0 of nothing.
    private static func fraction(_ bytes: ArraySlice<UInt8>) -> UInt64? {
        if bytes.isEmpty { return 0 }
        let digits = bytes.dropFirst()
        guard bytes.first == UInt8(ascii: "."), (1...9).contains(digits.count), let value = number(digits)
        else { return nil }
        return (digits.count..<9).reduce(value) { value, _ in value * 10 }
    }
}
