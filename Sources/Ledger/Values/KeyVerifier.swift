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

    public static var none: Self { Self(first: .none, second: .none) }
    public var isNone: Bool { first.isNone && second.isNone }
}
