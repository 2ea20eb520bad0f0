import Foundation
import Ledger
import Projections
import Testing

/// A life of the ledger that is kept as a text: the bytes of its events, a line each, and between them the
/// digests of the state at that place.
///
///     12 captured 0402 1 8f 1780000000000000000 0102…
///         sequence, name, type, version, flags, time, payload
///     digest 1 50 0123… 17
///         version of the digest, events so far, digest, rows
///
/// Lines of events never change. Digests of a version of `StateDigest` are added once and then stay.
struct GoldenLife {
    /// The lines of events.
    private(set) var events: [String] = []
    /// The lines of digests, by the count of events before them.
    private(set) var digests: [Int: [String]] = [:]

    /// How many events apart digests are.
    private static let step = 50

    /// A life kept before; lines of digests say themselves where they belong.
    init(text: String) {
        for line in text.split(separator: "\n").map(String.init) {
            if let digest = Self.digestCount(line) {
                digests[digest, default: []].append(line)
            } else {
                events.append(line)
            }
        }
    }

    /// A life to be kept, without digests.
    init(_ life: [Event]) { events = life.map(Self.line) }

    var text: String {
        var lines: [String] = []
        for (index, line) in events.enumerated() { lines += [line] + (digests[index + 1] ?? []) }
        return lines.map { $0 + "\n" }.joined()
    }

    /// The types and versions in it.
    var versions: Set<String> {
        Set(events.map { $0.split(separator: " ")[2...3].joined(separator: " ") })
    }

    /// Applies the events, and says what is otherwise than the text has it.
    ///
    /// - Parameter adds: whether digests of this version of the digest are added where there are none.
    mutating func check(adds: Bool = false) throws -> [String] {
        var problems: [String] = []
        var state: LedgerState?
        for (index, line) in events.enumerated() {
            let event = try Self.read(line)
            if Self.version(of: line) == event.fact.type.schema, Self.line(event) != line {
                problems.append("written otherwise: \(line)")
            }
            if case .ledgerOpened(let fact) = event.fact {
                state = LedgerState(shard: Shard(number: fact.shard), seed: 1)
            }
            state?.apply(event)
            let count = index + 1
            guard count.isMultiple(of: Self.step) || count == events.count, let digest = state?.digest
            else { continue }
            let now = Self.line(digest, count)
            let version = "digest \(StateDigest.version) "
            if let golden = digests[count]?.first(where: { $0.hasPrefix(version) }) {
                if golden != now { problems.append("\(now), was \(golden)") }
            } else if adds {
                digests[count, default: []].append(now)
            } else {
                problems.append("not there: \(now)")
            }
        }
        return problems
    }

    // MARK: Lines

    private static func digestCount(_ line: String) -> Int? {
        let words = line.split(separator: " ")
        return words[0] == "digest" ? Int(words[2]) : nil
    }

    private static func version(of line: String) -> UInt8? { UInt8(line.split(separator: " ")[3]) }

    private static func line(_ digest: StateDigest, _ count: Int) -> String {
        "digest \(StateDigest.version) \(count) \(hex(digest.value.high))\(hex(digest.value.low)) "
            + "\(digest.rowCount)"
    }

    private static func line(_ event: Event) -> String {
        var buffer = [UInt8](repeating: 0, count: Event.payloadBytesMax)
        let count = {
            var elements = buffer.mutableSpan
            // SAFETY: `mutableBytes` is unsafe only for element types with padding; UInt8 has none.
            var bytes = unsafe elements.mutableBytes
            return event.encodePayload(into: &bytes)
        }()
        let type = event.fact.type
        return "\(event.sequence.raw) \(type) \(hex(type.rawValue)) \(type.schema) "
            + "\(hex(event.headerFlags)) \(event.time.nanoseconds) "
            + buffer[..<count].map { hex($0) }.joined()
    }

    /// Reads a line with the decoder of the log.
    private static func read(_ line: String) throws -> Event {
        let words = line.split(separator: " ")
        try #require(words.count == 7, "\(line)")
        let digits = words[6].utf8.map { $0 >= 97 ? $0 - 87 : $0 - 48 }
        let payload = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        let sequence = try #require(UInt64(words[0]))
        let time = try #require(UInt64(words[5]))
        let type = try #require(UInt16(words[2], radix: 16))
        let schema = try #require(UInt8(words[3]))
        let flags = try #require(UInt8(words[4], radix: 16))
        // SAFETY: bytes of UInt8 have no padding.
        let bytes = unsafe payload.span.bytes
        return try Event(
            sequence: SequenceNumber(raw: sequence), time: LedgerTime(nanoseconds: time), type: type,
            schema: schema, flags: flags, payload: bytes)
    }

    /// All digits, leading zeros too.
    private static func hex<Value: FixedWidthInteger>(_ value: Value) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: Value.bitWidth / 4 - digits.count) + digits
    }
}
