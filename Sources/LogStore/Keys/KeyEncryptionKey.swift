/// The one key that is not stored with the data: it wraps every key in the keyring.
///
/// It comes from a file, an environment variable or a command's output, and is never printed; what may be
/// printed, compared and stored is its `id`.
public struct KeyEncryptionKey: Sendable, CustomStringConvertible {
    /// The first 16 bytes of HMAC-SHA256(key, "holdfast kek id"): names the key without telling it.
    public let id: LogUUID
    /// Wraps and unwraps keys.
    package let secret: SecretKey
    /// Authenticates keyrings; apart from `secret`, so that no key has two uses.
    package let authenticationKey: SecretKey

    package init(_ secret: SecretKey) {
        self.secret = secret
        let code = HMACSHA256.of(Array("holdfast kek id".utf8), key: secret)
        id = code.withRawSpan { LogUUID(reading: $0, at: 0) }
        authenticationKey = HKDFSHA256.key(from: secret, salt: [], info: "holdfast keyring mac v1")
    }

    /// From a key file's contents: 32 raw bytes, or 64 hexadecimal digits with or without a line end.
    /// The caller erases its copy.
    public init(contentsOfFile contents: [UInt8]) throws(DecodingFailure) {
        if contents.count == SecretKey.byteCount {
            try self.init(checking: contents)
        } else {
            try self.init(digits: contents, "key-encryption key file (or 32 raw bytes)")
        }
    }

    /// From an environment variable or a command's output: 64 hexadecimal digits, one line end allowed.
    public init(text: String) throws(DecodingFailure) {
        try self.init(digits: Array(text.utf8), "key-encryption key")
    }

    private init(digits: [UInt8], _ what: String) throws(DecodingFailure) {
        var bytes = try KeyText.bytes(of: digits, what)
        defer { SecretKey.erase(&bytes) }
        try self.init(checking: bytes)
    }

    /// 32 zero bytes are a file that was preallocated and never filled, not a key.
    private init(checking bytes: [UInt8]) throws(DecodingFailure) {
        guard bytes.contains(where: { $0 != 0 }) else {
            throw DecodingFailure("key-encryption key: all bits are zero")
        }
        self.init(SecretKey(copying: bytes))
    }

    public var description: String { "key-encryption key \(id)" }
}
