/// A SHA-256 value: a leaf, a node, a root, or the hash of a file. Four words, no allocation.
public struct Hash256: Sendable, Hashable, CustomStringConvertible {
    /// Words as they lie in memory (native byte order of the stored bytes).
    package var words: (UInt64, UInt64, UInt64, UInt64)

    /// 32 zero bytes: "none".
    public static let zero = Hash256(words: (0, 0, 0, 0))

    package init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// Reads 32 bytes at `offset`.
    @inline(__always)
    package init(reading span: RawSpan, at offset: Int) {
        words = (span.u64(offset), span.u64(offset + 8), span.u64(offset + 16), span.u64(offset + 24))
    }

    /// Writes 32 bytes at `offset`.
    @inline(__always)
    package func write(to span: inout MutableRawSpan, at offset: Int) {
        span.set(words.0, at: offset)
        span.set(words.1, at: offset + 8)
        span.set(words.2, at: offset + 16)
        span.set(words.3, at: offset + 24)
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        var result = [UInt8](repeating: 0, count: 32)
        result.withMutableRawSpan { write(to: &$0, at: 0) }
        return result
    }

    /// From exactly 32 bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self = bytes.withRawSpan { Hash256(reading: $0, at: 0) }
    }

    public static func == (left: Hash256, right: Hash256) -> Bool { left.words == right.words }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }

    /// 64 lower-case hexadecimal digits.
    public var description: String {
        [words.0, words.1, words.2, words.3].map { hexadecimal($0.byteSwapped) }.joined()
    }
}
