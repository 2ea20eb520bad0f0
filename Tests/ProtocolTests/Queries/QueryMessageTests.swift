import Foundation
import Ledger
import Protocol
import Testing

/// Queries and answers: read as they were written, cut anywhere refused, and the same bytes for ever.
@Suite struct QueryMessageTests {
    static let names = Names(
        cipher: IDCipher(key: Hash128(low: 0x0B0A_0908_0302_0100, high: 0x1B1A_1918_1312_1110)),
        showsSequences: false)

    @Test func `a query and its answer are read as they were written, and in no other length`() {
        for kind in QueryKind.allCases {
            var trip = RoundTrip()
            kind.give(to: &trip)
            #expect(trip.problems == [])
        }
    }

    @Test func `no byte of a query or an answer stops its reader`() {
        for kind in QueryKind.allCases {
            var flips = Flips()
            kind.give(to: &flips)
            #expect(flips.count > 0, "\(kind)")
        }
    }

    @Test func `a query of another kind is not read`() {
        let bytes = bytesOf { QueryMessage.write(StatusQuery(), to: &$0) }
        #expect(throws: WireError.self) {
            _ = try unsafe QueryMessage.read(bytes.span.bytes, as: DigestQuery.self)
        }
        #expect(throws: WireError.self) { _ = try unsafe QueryMessage.kind(reading: [UInt8(1)].span.bytes) }
    }

    @Test func `what goes through the cipher for one side comes back on the other`() throws {
        var query = PaymentsQuery()
        query.merchant = MerchantID(raw: 7)
        query.after = PaymentID(raw: 99)
        let shown = bytesOf { QueryMessage.write(query, names: Self.names, to: &$0) }
        // A client has no names: it sees what it is told, and sends that again.
        let seen = try unsafe QueryMessage.read(shown.span.bytes, as: PaymentsQuery.self)
        #expect(seen.after != query.after && seen.merchant == query.merchant)
        #expect(seen.after.raw == Self.names.close(query.after))
        let sent = bytesOf { QueryMessage.write(seen, to: &$0) }
        let opened = try unsafe QueryMessage.read(sent.span.bytes, as: PaymentsQuery.self, names: Self.names)
        #expect(sent == shown && opened == query)
    }

    @Test func `a query and an answer have the bytes they always had`() throws {
        let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Golden/queries-1.txt")
        var golden = GoldenQueries()
        for kind in QueryKind.allCases { kind.give(to: &golden) }
        if ProcessInfo.processInfo.environment["HOLDFAST_WRITE_GOLDEN"] != nil {
            try golden.lines.map { $0 + "\n" }.joined().write(to: url, atomically: true, encoding: .utf8)
        }
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(lines == golden.lines)
    }
}

private func bytesOf(_ write: (inout WireBuffer) -> Void) -> [UInt8] {
    var buffer = WireBuffer()
    write(&buffer)
    return buffer.array
}

/// A query and its answer with drawn fields, as bytes.
private struct Sample<Asked: Query> {
    var query = Asked()
    var answer: AnswerMessage<Asked>
    let names = QueryMessageTests.names

    init(seed: UInt64) {
        var filler = FieldFiller(seed: seed)
        query.visitFields(&filler)
        var body = Asked.Answer()
        body.visitParts(&filler)
        answer = AnswerMessage(position: Position(raw: 12), body)
    }

    var queryBytes: [UInt8] { bytesOf { QueryMessage.write(query, names: names, to: &$0) } }
    var answerBytes: [UInt8] { bytesOf { answer.write(names: names, to: &$0) } }

    func readQuery(_ bytes: [UInt8]) -> Asked? {
        try? unsafe QueryMessage.read(bytes.span.bytes, as: Asked.self, names: names)
    }

    func readAnswer(_ bytes: [UInt8]) -> AnswerMessage<Asked>? {
        try? unsafe AnswerMessage(reading: bytes.span.bytes, names: names)
    }
}

private struct RoundTrip: QueryTaker {
    var problems: [String] = []

    mutating func take<Asked: Query>(_ type: Asked.Type) {
        for seed in UInt64(1)...20 {
            var sample = Sample<Asked>(seed: seed)
            let (query, answer) = (sample.queryBytes, sample.answerBytes)
            if sample.readQuery(query) != sample.query { problems.append("\(type) \(seed)") }
            if sample.readAnswer(answer) != sample.answer { problems.append("answer to \(type) \(seed)") }
            for count in query.indices where sample.readQuery(Array(query[..<count])) != nil {
                problems.append("\(type) cut at \(count)")
            }
            for count in answer.indices where sample.readAnswer(Array(answer[..<count])) != nil {
                problems.append("answer to \(type) cut at \(count)")
            }
            if sample.readQuery(query + [0]) != nil || sample.readAnswer(answer + [0]) != nil {
                problems.append("\(type) with a byte more")
            }
            sample.answer.answer = nil
            let none = sample.answerBytes
            if none.count != 11 || sample.readAnswer(none) != sample.answer {
                problems.append("no answer to \(type)")
            }
        }
    }
}

private struct Flips: QueryTaker {
    var count = 0

    mutating func take<Asked: Query>(_ type: Asked.Type) {
        let sample = Sample<Asked>(seed: 3)
        let (query, answer) = (sample.queryBytes, sample.answerBytes)
        for byte in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
            for index in query.indices where query[index] != byte {
                var changed = query
                changed[index] = byte
                #expect(sample.readQuery(changed) != sample.query, "\(type) \(index)")
                count += 1
            }
            for index in answer.indices where answer[index] != byte {
                var changed = answer
                changed[index] = byte
                #expect(sample.readAnswer(changed) != sample.answer, "answer to \(type) \(index)")
                count += 1
            }
        }
    }
}

private struct GoldenQueries: QueryTaker {
    var lines: [String] = []

    mutating func take<Asked: Query>(_ type: Asked.Type) {
        let sample = Sample<Asked>(seed: UInt64(Asked.kind.rawValue))
        lines.append("query \(Asked.kind) \(hex(sample.queryBytes))")
        lines.append("answer \(Asked.kind) \(hex(sample.answerBytes))")
    }
}
