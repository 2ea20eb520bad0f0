import Foundation
import Ledger
import Protocol
import Testing

/// docs/protocol.md lists the fields of every query and answer: generated, so that it cannot be wrong.
@Suite struct QueryPageTests {
    private static let url = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/protocol.md")
    private static let begin =
        "<!-- queries: written and compared by Tests/ProtocolTests/Queries/QueryPageTests.swift -->\n"
    private static let end = "<!-- end of queries -->\n"

    private static var table: String {
        var rows = PageRows()
        for kind in QueryKind.allCases { kind.give(to: &rows) }
        var page = "| query | | fields | answer |\n|---|---|---|---|\n"
        page += rows.rows.map { $0 + "\n" }.joined()
        page += "\nWords that are in no command, by number:\n\n"
        return page + rows.words.sorted().map { "- \($0)\n" }.joined()
    }

    @Test func `the page lists every field of every query and answer, and every word`() throws {
        var page = try String(contentsOf: Self.url, encoding: .utf8)
        let start = try #require(page.range(of: Self.begin)).upperBound
        let stop = try #require(page.range(of: Self.end)).lowerBound
        if ProcessInfo.processInfo.environment["HOLDFAST_WRITE_GOLDEN"] != nil {
            page.replaceSubrange(start..<stop, with: Self.table)
            try page.write(to: Self.url, atomically: true, encoding: .utf8)
            return
        }
        #expect(page[start..<stop] == Self.table)
    }
}

private struct PageRows: QueryTaker {
    var rows: [String] = []
    var words: Set<String> = []

    mutating func take<Asked: Query>(_ type: Asked.Type) {
        let (fields, answer) = (PageLister.fields(of: Asked()), PageLister.parts(of: Asked.Answer()))
        let number = String(Asked.kind.rawValue, radix: 16, uppercase: true)
        let digits = String(repeating: "0", count: 4 - number.count) + number
        rows.append("| `\(Asked.kind)` | `0x\(digits)` | \(fields.text) | \(answer.text) |")
        words.formUnion(fields.words.union(answer.words))
    }
}

/// Names fields and their types as the page has them.
private struct PageLister: AnswerVisitor {
    private var fields: [String] = []
    /// One line for each type that has words.
    private(set) var words: Set<String> = []

    var text: String { fields.joined(separator: " · ") }

    static func fields<Value: Fielded>(of value: Value) -> PageLister {
        var (lister, value) = (PageLister(), value)
        value.visitFields(&lister)
        return lister
    }

    static func parts<Body: AnswerBody>(of body: Body) -> PageLister {
        var (lister, body) = (PageLister(), body)
        body.visitParts(&lister)
        return lister
    }

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        let field = "\(name) \(type(Value.self))"
        // What has 16 bytes is two halves of one name.
        if let last = fields.last, last == field, Value.self == UInt64.self {
            let isHash = ["ledger", "digest", "publicID"].contains("\(name)")
            fields[fields.count - 1] = "\(name) \(isHash ? "hash" : "u128")"
            return
        }
        fields.append(field)
    }

    mutating func text<let capacity: Int>(_ name: StaticString, _ value: inout Text<capacity>) {
        fields.append("\(name) text(\(capacity))")
    }

    mutating func list<Element: Fielded>(_ name: StaticString, _ elements: inout [Element]) {
        let element = Self.fields(of: Element())
        fields.append("\(name) list(\(element.text))")
        words.formUnion(element.words)
    }

    private mutating func type<Value: FieldValue>(_ type: Value.Type) -> String {
        let name = "\(Value.self)"
        if name.hasPrefix("OptionalWord<") {
            note(Value.self, as: String(name.dropFirst("OptionalWord<".count).dropLast()))
            return name.dropFirst("OptionalWord<".count).dropLast() + " or 255"
        }
        if Value.self is any CaseIterable.Type {
            note(Value.self, as: name)
            return name
        }
        let width = "u\(Value.Bits.bitWidth)"
        switch Value.disclosure {
        case .id: return "id"
        case .sequence: return "position"
        case .plain: return Self.plain[name] ?? (name.hasPrefix("Identifier<") ? "id" : width)
        }
    }

    /// Words of commands have their numbers there.
    private mutating func note<Value: FieldValue>(_ type: Value.Type, as name: String) {
        guard Self.newWords.contains(name) else { return }
        let known = (0..<UInt16(255)).compactMap { number -> String? in
            guard let bits = Value.Bits(exactly: number), let word = Value(fieldBits: bits) else {
                return nil
            }
            return "\(number) \(Self.word(word))"
        }
        words.insert("`\(name)` (u\(Value.Bits.bitWidth)): \(known.joined(separator: ", "))")
    }

    /// Of a word that may be none, the word.
    private static func word<Value: FieldValue>(_ value: Value) -> String {
        guard let child = Mirror(reflecting: value).children.first?.value else { return "\(value)" }
        return Mirror(reflecting: child).children.first.map { "\($0.value)" } ?? "\(child)"
    }

    private static let newWords: Set<String> = [
        "Account", "BatchState", "CaptureState", "DisputeStatus", "ExceptionState",
        "MerchantState", "PaymentStatus", "PayoutState", "RefundState",
    ]

    private static let plain = [
        "Int64": "amount", "Amount": "amount", "LedgerTime": "time", "LedgerSpan": "span",
        "BusinessDay": "day", "Rate": "rate", "Bool": "bool", "AccountID": "account", "Scopes": "scopes",
    ]
}
