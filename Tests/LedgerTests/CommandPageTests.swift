import Foundation
import Ledger
import Testing

/// docs/protocol.md lists the fields of every command: generated, so that it cannot be wrong.
@Suite struct CommandPageTests {
    private static let url = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/protocol.md")
    private static let begin =
        "<!-- fields: written and compared by Tests/LedgerTests/CommandPageTests.swift -->\n"
    private static let end = "<!-- end of fields -->\n"

    private static var fields: String {
        var lister = PageLister()
        var page = "| operation | | fields |\n|---|---|---|\n"
        for operation in Operation.allCases {
            lister.fields = []
            var request = Request(empty: operation)
            request.visitFields(&lister)
            let number = String(operation.rawValue, radix: 16, uppercase: true)
            let digits = String(repeating: "0", count: 4 - number.count) + number
            page += "| `\(operation)` | `0x\(digits)` | \(lister.fields.joined(separator: " · ")) |\n"
        }
        page += "\nWords, by number:\n\n"
        for words in lister.words.sorted() { page += "- \(words)\n" }
        return page
    }

    @Test func `the page lists every field of every command, and every word`() throws {
        var page = try String(contentsOf: Self.url, encoding: .utf8)
        let start = try #require(page.range(of: Self.begin)).upperBound
        let stop = try #require(page.range(of: Self.end)).lowerBound
        if ProcessInfo.processInfo.environment["HOLDFAST_WRITE_GOLDEN"] != nil {
            page.replaceSubrange(start..<stop, with: Self.fields)
            try page.write(to: Self.url, atomically: true, encoding: .utf8)
            return
        }
        #expect(page[start..<stop] == Self.fields)
    }
}

/// Names fields and their types as the page has them.
private struct PageLister: FieldVisitor {
    var fields: [String] = []
    /// One line for each type that has words.
    var words: Set<String> = []

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        let field = "\(name) \(type(Value.self))"
        // A hash is two halves of one name.
        if let last = fields.last, last == field, Value.self == UInt64.self {
            fields[fields.count - 1] = "\(name) hash"
            return
        }
        fields.append(field)
    }

    mutating func text<let capacity: Int>(_ name: StaticString, _ value: inout Text<capacity>) {
        fields.append("\(name) text(\(capacity))")
    }

    private mutating func type<Value: FieldValue>(_ type: Value.Type) -> String {
        let width = Value.Bits.bitWidth
        if Value.self is any CaseIterable.Type {
            let known = (0...UInt16.max).compactMap { number -> String? in
                guard let bits = Value.Bits(exactly: number), let word = Value(fieldBits: bits) else {
                    return nil
                }
                return "\(number) \(word)"
            }
            words.insert("`\(Value.self)` (u\(width)): \(known.joined(separator: ", "))")
            return "\(Value.self)"
        }
        switch Value.disclosure {
        case .id: return "id"
        case .sequence: return "position"
        case .plain: return Self.plain["\(Value.self)"] ?? (width == 64 && isID(type) ? "id" : "u\(width)")
        }
    }

    private func isID<Value>(_ type: Value.Type) -> Bool { "\(type)".hasPrefix("Identifier<") }

    private static let plain = [
        "Int64": "amount", "Amount": "amount", "LedgerTime": "time", "LedgerSpan": "span",
        "BusinessDay": "day", "Rate": "rate", "Bool": "bool", "AccountID": "account",
    ]
}
