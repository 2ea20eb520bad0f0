/// 128 bits that name a ledger, a node or a file; printed as 32 hexadecimal digits with the usual hyphens.
public struct LogUUID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Bytes 0…7 and 8…15, big-endian, so that comparing halves compares bytes.
    package let high: UInt64
    package let low: UInt64

    /// All bits zero: "none".
    public static let zero = LogUUID(high: 0, low: 0)

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// From exactly 16 bytes.
    package init(bytes: [UInt8]) {
        invariant(bytes.count == 16, "a UUID of \(bytes.count) bytes")
        self = bytes.withRawSpan { LogUUID(reading: $0, at: 0) }
    }

    /// From 32 hexadecimal digits with the usual hyphens.
    package init?(text: some StringProtocol) {
        let digits = String(text.filter { $0 != "-" })
        guard text.utf8.count == 36, digits.utf8.count == 32,
            let high = UInt64(digits.prefix(16), radix: 16), let low = UInt64(digits.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    /// Reads 16 bytes at `offset`.
    package init(reading span: RawSpan, at offset: Int) {
        high = span.u64(offset).byteSwapped
        low = span.u64(offset + 8).byteSwapped
    }

    /// Writes 16 bytes at `offset`.
    package func write(to span: inout MutableRawSpan, at offset: Int) {
        span.set(high.byteSwapped, at: offset)
        span.set(low.byteSwapped, at: offset + 8)
    }

    public static func < (left: LogUUID, right: LogUUID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    public var description: String {
        let digits = Array(hexadecimal(high) + hexadecimal(low))
        let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        return groups.map { String(digits[$0]) }.joined(separator: "-")
    }
}

/// 16 lower-case digits.
package func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
