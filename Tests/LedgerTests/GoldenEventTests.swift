import Ledger
import Testing

/// Pins the bytes of every version of every fact, what its fields are and what their values stand for.
/// "Change a fact" in docs/HACKING.md says what to do when one of these fails.
@Suite struct GoldenEventTests {
    /// The event of a type's line: fields drawn from a seed that is the type's number.
    private static func event(_ type: FactType) -> Event {
        var drawer = FieldDrawer(seed: UInt64(type.rawValue))
        return drawer.event(type)
    }

    /// Name, type, version, flags, payload.
    private static func line(_ event: Event, version: String) -> String {
        let bytes = EventBytes(event)
        let header = "\(event.fact.type) \(hex(bytes.type)) \(version) \(hex(bytes.flags))"
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

    /// The lines of today: each type in its newest version; and what older lines are read as, written in the
    /// newest version under the two numbers, as `1=2`.
    private static func today<Versions: FactVersions>(
        _ golden: [String], _ versions: Versions.Type
    ) -> [String] {
        var lines = FactType.allCases.map { type in
            line(event(type), version: "\(Versions.newest(of: type))")
        }
        for old in golden {
            guard let (type, version) = subject(of: old, Versions.self), version < Versions.newest(of: type),
                let event = try? read(old, version, versions)
            else { continue }
            lines.append(line(event, version: "\(version)=\(Versions.newest(of: type))"))
        }
        return lines
    }

    /// The type and the version of a line; nil for what an older one is read as.
    private static func subject<Versions: FactVersions>(
        of line: String, _ versions: Versions.Type
    ) -> (FactType, UInt8)? {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 5, let number = UInt16(words[1], radix: 16), let version = UInt8(words[2]),
            let type = FactType(rawValue: number)
        else { return nil }
        return (type, version)
    }

    private static func read<Versions: FactVersions>(
        _ line: String, _ version: UInt8, _ versions: Versions.Type
    ) throws -> Event {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        let bytes = EventBytes(
            type: try #require(UInt16(words[1], radix: 16)), schema: version,
            flags: try #require(UInt8(words[3], radix: 16)), payload: Self.bytes(words[4]))
        return try bytes.event(versions: versions)
    }

    /// Whether every line is read, and each older one as what it was read as when it became older.
    private static func unread<Versions: FactVersions>(
        _ golden: [String], _ versions: Versions.Type
    ) -> [String] {
        var problems: [String] = []
        var read: [String: Event] = [:]
        for line in golden {
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            let numbers = words[2].split(separator: "=").compactMap { UInt8($0) }
            guard let version = numbers.last, let event = try? Self.read(line, version, versions) else {
                problems.append("not read: \(line)")
                continue
            }
            // Both lines of `1` and `1=2` are about the first.
            let name = "\(words[1]) \(numbers[0])"
            if let other = read[name], other != event { problems.append("read otherwise: \(line)") }
            read[name] = event
        }
        return problems
    }

    @Test func `every fact is written as it always was`() throws {
        let start = try GoldenLines.read("events-1.txt", keyWords: 3, adding: [])
        let now = Self.today(start.lines, ReleasedVersions.self)
        let golden = try GoldenLines.read("events-1.txt", keyWords: 3, adding: now)
        #expect(golden.problems(now: now) == [])
    }

    @Test func `every line ever written is read as what it stood for`() throws {
        let golden = try GoldenLines.read("events-1.txt", keyWords: 3, adding: [])
        #expect(golden.lines.count >= FactType.allCases.count)
        #expect(Self.unread(golden.lines, ReleasedVersions.self) == [])
        for line in golden.lines {
            guard let (type, version) = Self.subject(of: line, ReleasedVersions.self), version == type.schema
            else { continue }
            var expected = Self.event(type)
            expected.head.sequence = SequenceNumber(raw: 1)
            expected.head.time = LedgerTime(nanoseconds: 1)
            #expect(try Self.read(line, version, ReleasedVersions.self) == expected)
        }
    }

    @Test func `a fact has the fields of its version, in their order and width`() throws {
        let now = FactType.allCases.map { type in
            var fact = Fact(empty: type)
            var lister = FieldLister()
            fact.visitFields(&lister)
            return (["\(type) \(Self.hex(type.rawValue)) \(type.schema)"] + lister.fields)
                .joined(separator: " ")
        }
        let golden = try GoldenLines.read("fields-1.txt", keyWords: 3, adding: now)
        #expect(golden.problems(now: now) == [])
    }

    @Test func `a word of a field has the number it always had`() throws {
        var lister = FieldLister()
        for type in FactType.allCases {
            var fact = Fact(empty: type)
            fact.visitFields(&lister)
        }
        let now =
            lister.words.keys.sorted().flatMap { lister.words[$0] ?? [] }
            + Account.allCases.map { "Account \($0.rawValue) \($0)" }
        let golden = try GoldenLines.read("words-1.txt", keyWords: 2, adding: now)
        #expect(golden.problems(now: now, isWhole: true) == [])
    }

    @Test func `a line that is there is never written anew`() {
        var golden = GoldenLines(["a 1 x", "b 1 y"], keyWords: 2)
        let now = ["a 1 z", "b 1 y", "b 2 y"]
        #expect(golden.problems(now: now) == ["changed: a 1 z, was a 1 x", "not there: b 2 y"])
        #expect(golden.add(now) == 1)
        #expect(golden.lines == ["a 1 x", "b 1 y", "b 2 y"])
        #expect(golden.problems(now: now, isWhole: true) == ["changed: a 1 z, was a 1 x"])
        #expect(golden.problems(now: ["b 1 y", "b 2 y"], isWhole: true) == ["gone: a 1 x"])
    }

    @Test func `a line of an older version is read as it was when it became older`() throws {
        // A capture that failed, of a version that never was, on no merchant and without legs.
        let failed = "captureFailed 0403 1 00 00" + "0403020100000000" + "33"
        let unknown = "captureUnknown 0404 1 00 00" + "0403020100000000"
        let now = Self.today([failed], MadeUpVersions.self)
        let twin = "captureFailed 0403 1=3 00 00" + "0403020100000000" + "023531" + "00"
        #expect(now.filter { $0.contains("=") } == [twin])
        #expect(Self.unread([failed, twin], MadeUpVersions.self) == [])
        // With another decoder of the first version, it is no longer the same.
        let other = twin.replacing("023531", with: "023532")
        #expect(Self.unread([failed, other], MadeUpVersions.self) == ["read otherwise: \(other)"])
        #expect(Self.unread([unknown], MadeUpVersions.self) == ["not read: \(unknown)"])
    }
}

/// Lists the fields it visits as `name:width`, and the words that those of closed vocabularies can have.
private struct FieldLister: FieldVisitor {
    var fields: [String] = []
    /// By type, in the order of their numbers: `RiskAction 1 review`.
    var words: [String: [String]] = [:]

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        fields.append("\(name):\(Value.Bits.bitWidth / 8)")
        let vocabulary = "\(Value.self)"
        guard Value.self is any CaseIterable.Type, words[vocabulary] == nil else { return }
        words[vocabulary] = (0...UInt16.max).compactMap { number in
            guard let bits = Value.Bits(exactly: number), let word = Value(fieldBits: bits)
            else { return nil }
            return "\(vocabulary) \(number) \(word)"
        }
    }

    mutating func text<let capacity: Int>(_ name: StaticString, _ value: inout Text<capacity>) {
        fields.append("\(name):text\(capacity)")
    }
}
