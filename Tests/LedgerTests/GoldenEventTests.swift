import Foundation
import Ledger
import Testing

/// Pins the bytes of every fact: a line each in `Golden/events-1.txt`, never changed once released.
@Suite struct GoldenEventTests {
    private static let url = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Golden/events-1.txt")

    /// The event of a line: fields drawn from a seed that is the type's number.
    private static func event(_ type: FactType) -> Event {
        var drawer = FieldDrawer(seed: UInt64(type.rawValue))
        return drawer.event(type)
    }

    private static func line(_ event: Event) -> String {
        let bytes = EventBytes(event)
        let header = "\(event.fact.type) \(hex(bytes.type)) \(bytes.schema) \(hex(bytes.flags))"
        return header + " " + bytes.payload.map { hex($0) }.joined()
    }

    /// All digits, leading zeros too.
    private static func hex<Value: FixedWidthInteger>(_ value: Value) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: Value.bitWidth / 4 - digits.count) + digits
    }

    private static func bytes(_ hex: some StringProtocol) -> [UInt8] {
        let digits = hex.utf8.map { $0 >= 97 ? $0 - 87 : $0 - 48 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    @Test func `every fact is written as it always was`() throws {
        let golden = try String(contentsOf: Self.url, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(golden.count == FactType.allCases.count)
        for (type, line) in zip(FactType.allCases, golden) { #expect(line == Self.line(Self.event(type))) }
    }

    @Test func `every line ever written is read as what it stood for`() throws {
        let golden = try String(contentsOf: Self.url, encoding: .utf8)
        for line in golden.split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            let type = try #require(UInt16(words[1], radix: 16))
            let expected = Self.event(try #require(FactType(rawValue: type)))
            let bytes = EventBytes(
                type: type, schema: try #require(UInt8(words[2])),
                flags: try #require(UInt8(words[3], radix: 16)), payload: Self.bytes(words[4]))
            #expect(try bytes.event(sequence: expected.sequence, time: expected.time) == expected)
        }
    }
}
