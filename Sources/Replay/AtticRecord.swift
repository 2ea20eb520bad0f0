import LogStore
import Projections

/// What a run holds: payments or keys. Fixes what a record's value is, and when a record may go.
package enum AtticKind: UInt32, Sendable, CaseIterable {
    /// A packed payment; gone once a younger run has the same payment.
    case payments = 1
    /// A key; gone with its hour too.
    case keys = 2
}

/// A key's value in a run: 20 bytes.
///
///     0   8  word         the event that used it first, and the outcome
///     8   4  fingerprint
///     12  8  hour         since the epoch, of log time
enum AgedKeyBytes {
    static let byteCount = 20

    static func append(_ key: AgedKey, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: byteCount))
        bytes.withMutableRawSpan { span in
            span.set(key.word, at: start)
            span.set(key.fingerprint, at: start + 8)
            span.set(key.hour, at: start + 12)
        }
    }

    /// The key of a record; nil if its value is none of a key's.
    static func key(_ key: AtticKey, _ value: RawSpan) -> AgedKey? {
        guard value.byteCount == byteCount else { return nil }
        return AgedKey(
            KeyHash(low: key.low, high: key.high), word: value.u64(0), fingerprint: value.u32(8),
            hour: value.u64(12))
    }

    /// The hour of a value that was checked.
    static func hour(_ value: RawSpan) -> UInt64 { value.u64(12) }
}

/// Records in memory on their way into a run: the youngest of each key, and where its value is.
///
///     bytes  [ value | value | … ]   of records put again, the old value stays as a hole until the run
struct AtticBuffer {
    private(set) var bytes: [UInt8] = []
    private var ranges: [AtticKey: Range<Int>] = [:]

    var count: Int { ranges.count }

    mutating func put(_ key: AtticKey, _ value: RawSpan) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: value.byteCount))
        bytes.withMutableRawSpan { $0.copy(from: value, at: start) }
        ranges[key] = start..<bytes.count
    }

    func value(_ key: AtticKey) -> Range<Int>? { ranges[key] }

    /// Every record, in the order of keys: the order of the dictionary does not show.
    var sorted: [(key: AtticKey, range: Range<Int>)] {
        ranges.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ranges.removeAll(keepingCapacity: true)
    }
}
