import Foundation
import Ledger
import LogStore

/// A value of a field, as it is printed.
enum FieldText {
    /// A JSON number, `true`, `false`.
    case bare(String)
    case quoted(String)
    /// None: `null`, and left out for people.
    case none

    var json: String {
        switch self {
        case .bare(let text): text
        case .quoted(let text): JSONText.quoted(text)
        case .none: "null"
        }
    }

    /// Nil if it says nothing.
    var plain: String? {
        switch self {
        case .bare("0"), .bare("false"), .quoted(""), .none: nil
        case .bare(let text), .quoted(let text): text
        }
    }
}

/// JSON written field by field, in the order of the fields.
enum JSONText {
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\" + String(scalar)
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    static func object(_ fields: [(name: String, value: String)]) -> String {
        "{" + fields.map { quoted($0.name) + ":" + $0.value }.joined(separator: ",") + "}"
    }
}

/// Prints the fields of a fact: ids and places as everybody is shown them, enumerations by name, amounts in
/// minor units, hashes in hexadecimal. A name that comes twice is numbered from the second on. Secrets are
/// hidden.
struct EventFields: FieldVisitor {
    private(set) var fields: [(name: String, text: FieldText)] = []
    private let names: Names
    /// The name whose words were put into the last field, each 64 bits of a hash.
    private var hash: (name: String, words: [UInt64])?

    /// - Parameter names: closes ids.
    init(_ fact: Fact, names: Names) {
        self.names = names
        var fact = fact
        fact.visitFields(&self)
        endHash()
    }

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        if let word = value as? UInt64 { return put("\(name)", word: word) }
        endHash()
        put("\(name)", text(of: value))
    }

    mutating func text<let capacity: Int>(_ name: StaticString, _ value: inout Text<capacity>) {
        endHash()
        put("\(name)", .quoted(value.description))
    }

    /// Words that follow each other under one name are one hash, the lower half of each 128 bits first.
    private mutating func put(_ name: String, word: UInt64) {
        if hash?.name == name {
            hash?.words.append(word)
        } else {
            endHash()
            hash = (name, [word])
        }
    }

    private mutating func endHash() {
        guard let (name, words) = hash.take() else { return }
        if words.count == 1 { return put(name, .bare("\(words[0])")) }
        let pairs = stride(from: 0, to: words.count - 1, by: 2)
        let digits = pairs.map { hexadecimal(words[$0 + 1]) + hexadecimal(words[$0]) }.joined()
        if words.allSatisfy({ $0 == 0 }) { return put(name, .none) }
        put(name, .quoted(Self.secrets.contains(name) ? "hidden" : digits))
    }

    /// What lets somebody guess keys, or pass for the server: in the log for those who read it, not on
    /// terminals and in the files that lines are kept in.
    private static let secrets: Set = ["idCipherKey", "keySecret", "storedKey", "serverKey"]

    private mutating func put(_ name: String, _ text: FieldText) {
        let before = fields.count { $0.name == name || $0.name.dropLast() == name }
        fields.append((before == 0 ? name : "\(name)\(before + 1)", text))
    }

    private func text<Value: FieldValue>(of value: Value) -> FieldText {
        switch value {
        case let id as any ShownID: id.isNone ? .none : .quoted(id.shownText(names))
        case let amount as Amount: .bare("\(amount.minorUnits)")
        case let time as LedgerTime: time.isNone ? .none : .quoted(TimeText.rfc3339(time.nanoseconds))
        case let span as LedgerSpan: .bare("\(span.nanoseconds)")
        case let day as BusinessDay: .quoted(DayText.text(day))
        case let rate as Rate: .bare("\(rate.partsPerMillion)")
        case let place as SequenceNumber: place.isNone ? .none : .bare("\(place.raw)")
        case let currency as Currency: .quoted(currency.code)
        case let account as AccountID: .quoted(AccountText(account).text)
        case let truth as Bool: .bare("\(truth)")
        case let scopes as Scopes: .quoted(scopes.words.joined(separator: " "))
        case is any FixedWidthInteger: .bare("\(value)")
        default: .quoted("\(value)")
        }
    }
}

/// An id whose kind is not known where it is printed.
protocol ShownID {
    var isNone: Bool { get }
    /// As everybody sees it.
    func shownText(_ names: Names) -> String
}

extension Identifier: ShownID {
    func shownText(_ names: Names) -> String { Self(raw: names.close(self)).text }
}

/// Days as ISO 8601 has them.
enum DayText {
    static func text(_ day: BusinessDay) -> String {
        let nanoseconds = UInt64(day.daysSinceEpoch) * 86_400_000_000_000
        return String(TimeText.rfc3339(nanoseconds).prefix(10))
    }
}

/// An account in pieces.
struct AccountText {
    /// Of the chart.
    let number: Int
    let owner: String?
    let currency: Currency

    init(_ account: AccountID) {
        number = account.account.number
        currency = account.currency
        owner =
            switch account.account.owner {
            case .merchant: MerchantID(raw: account.owner).text
            case .acquirer: AcquirerID(raw: account.owner).text
            case .bankAccount: BankAccountID(raw: account.owner).text
            case .ledger: nil
            }
    }

    var text: String { ["\(number)", owner, currency.code].compactMap { $0 }.joined(separator: " ") }
}
