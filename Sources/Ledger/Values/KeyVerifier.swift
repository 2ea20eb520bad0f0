/// 256 bits by which whoever has an API key, or the server, is recognized; the secret does not follow from
/// them. One of the two of RFC 5802 with SHA-256, StoredKey and ServerKey.
///
/// Its words are little-endian, the first half first: the bytes of a field are the bytes of the hash.
public struct KeyVerifier: Hashable, Sendable, BitwiseCopyable {
    /// Bytes 0 … 15.
    public let first: Hash128
    /// Bytes 16 … 31.
    public let second: Hash128

    /// The verifier with these halves.
    public init(first: Hash128, second: Hash128) {
        self.first = first
        self.second = second
    }

    /// The verifier with these 32 bytes; nil if there are not so many.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        let words = [0, 8, 16, 24].map { start in
            bytes[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        first = Hash128(low: words[0], high: words[1])
        second = Hash128(low: words[2], high: words[3])
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        [first.low, first.high, second.low, second.high].flatMap { word in
            stride(from: UInt64(0), to: 64, by: 8).map { UInt8(word >> $0 & 0xFF) }
        }
    }

    public static var none: Self { Self(first: .none, second: .none) }
    public var isNone: Bool { first.isNone && second.isNone }
}
