/// The key pair of an auditor: grants are made to the public key and opened with the private one.
package struct AuditorPublicKey: Sendable, Equatable, CustomStringConvertible {
    /// 32 bytes, X25519.
    package let bytes: [UInt8]

    static let prefix = "holdfast-auditor-pub:"

    /// Any 32 bytes are a public key; the few that can share no secret are refused when a grant is made.
    init(bytes: [UInt8]) {
        invariant(bytes.count == X25519.publicKeyByteCount, "a public key of \(bytes.count) bytes")
        self.bytes = bytes
    }

    /// From "holdfast-auditor-pub:" and 64 hexadecimal digits, one line end allowed.
    package init(text: String) throws(DecodingFailure) {
        bytes = try auditorKeyBytes(text, prefix: Self.prefix, "auditor's public key")
    }

    /// The text form.
    package var description: String { Self.prefix + KeyText.digits(of: bytes) }
}

/// The private half; printed only by `exportText`.
package struct AuditorPrivateKey: Sendable {
    let secret: SecretKey
    package let publicKey: AuditorPublicKey

    static let prefix = "holdfast-auditor-key:"

    package init(_ secret: SecretKey) {
        self.secret = secret
        publicKey = AuditorPublicKey(bytes: X25519.publicKey(of: secret))
    }

    /// A new pair.
    package init(randomFrom platform: some Platform) { self.init(SecretKey(randomFrom: platform)) }

    /// From "holdfast-auditor-key:" and 64 hexadecimal digits, one line end allowed.
    package init(text: String) throws(DecodingFailure) {
        var bytes = try auditorKeyBytes(text, prefix: Self.prefix, "auditor's private key")
        defer { SecretKey.erase(&bytes) }
        self.init(SecretKey(copying: bytes))
    }

    /// The text form, for the file the auditor keeps. It is the key.
    package func exportText() -> String {
        var bytes = secret.withBytes { $0.array() }
        defer { SecretKey.erase(&bytes) }
        return Self.prefix + KeyText.digits(of: bytes)
    }
}

/// Tells the two kinds apart before looking at digits: a private key pasted where the public one belongs is
/// the likely mistake, and must not be repeated in an error text.
private func auditorKeyBytes(
    _ text: String, prefix: String, _ what: String
) throws(DecodingFailure) -> [UInt8] {
    guard text.hasPrefix(prefix) else {
        let other = prefix == AuditorPublicKey.prefix ? AuditorPrivateKey.prefix : AuditorPublicKey.prefix
        let found = text.hasPrefix(other) ? ", found the other half of a key pair (\(other)…)" : ""
        throw DecodingFailure("\(what): expected a text that begins with \(prefix)\(found)")
    }
    return try KeyText.bytes(of: text.utf8.dropFirst(prefix.utf8.count), what)
}
