internal import CHoldfastCrypto

/// Bytes of an Ed25519 signature (RFC 8032): R ‖ S.
package let ed25519SignatureByteCount = 64

/// An Ed25519 private key (RFC 8032), kept as its 32-byte seed.
///
/// Immutable; may be used from any thread.
package struct SigningKey: Sendable {
    private let seed: SecretKey
    package let verifyingKey: VerifyingKey

    package init(seed: SecretKey) {
        self.seed = seed
        var bytes = [UInt8](repeating: 0, count: 32)
        let derived = unsafe Self.withPrivateKey(seed) { key in
            var length = 32
            // SAFETY: libcrypto writes exactly the 32 bytes `length` allows.
            return unsafe bytes.withUnsafeMutableBufferPointer {
                unsafe EVP_PKEY_get_raw_public_key(key, $0.baseAddress, &length) == 1
            } && length == 32
        }
        invariant(derived, "libcrypto derives no Ed25519 public key")
        verifyingKey = bytes.withRawSpan { VerifyingKey(reading: $0, at: 0) }
    }

    package init(randomFrom platform: some Platform) {
        self.init(seed: SecretKey(randomFrom: platform))
    }

    /// The 64-byte signature of `message`; the same message gives the same signature.
    package func sign(_ message: RawSpan) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: ed25519SignatureByteCount)
        let signed = unsafe Self.withPrivateKey(seed) { key in
            guard let context = unsafe EVP_MD_CTX_new() else { return false }
            defer { unsafe EVP_MD_CTX_free(context) }
            var length = ed25519SignatureByteCount
            return unsafe message.withUnsafeBytes { message in
                unsafe signature.withUnsafeMutableBufferPointer { signature in
                    // SAFETY: libcrypto reads `message.count` bytes and writes at most `length`.
                    unsafe EVP_DigestSignInit(context, nil, nil, nil, key) == 1
                        && EVP_DigestSign(
                            context, signature.baseAddress, &length,
                            message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count) == 1
                }
            } && length == ed25519SignatureByteCount
        }
        invariant(signed, "libcrypto failed to sign \(message.byteCount) bytes")
        return signature
    }

    /// Lends the seed, for writing it into a key file; do not copy it elsewhere.
    package func withSeed<Result>(_ body: (RawSpan) -> Result) -> Result { seed.withBytes(body) }

    private static func withPrivateKey(_ seed: SecretKey, _ body: (OpaquePointer) -> Bool) -> Bool {
        seed.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { bytes in
                // SAFETY: the seed is 32 bytes; the key object copies them and is freed (and erased) below.
                guard
                    let key = unsafe EVP_PKEY_new_raw_private_key(
                        EVP_PKEY_ED25519, nil, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self),
                        bytes.count)
                else { return false }
                defer { unsafe EVP_PKEY_free(key) }
                return unsafe body(key)
            }
        }
    }
}

/// An Ed25519 public key (RFC 8032), 32 bytes.
///
/// Whether to trust it is the owner's decision: like RFC 8032 itself this type does not refuse keys of small
/// order, with which anything verifies.
public struct VerifyingKey: Sendable, Hashable {
    private let encoded: Hash256

    /// Bytes of an encoded key.
    public static let byteCount = 32

    /// From exactly 32 bytes; nil for any other count. Bytes that are no curve point verify nothing.
    public init?(bytes: [UInt8]) {
        guard let encoded = Hash256(bytes: bytes) else { return nil }
        self.encoded = encoded
    }

    package init(reading span: RawSpan, at offset: Int) { encoded = Hash256(reading: span, at: offset) }

    package func write(to span: inout MutableRawSpan, at offset: Int) { encoded.write(to: &span, at: offset) }

    /// The 32 bytes.
    public var bytes: [UInt8] { encoded.bytes }

    /// Whether `signature` is this key's signature of `message`. Any length of either is fine.
    public func isValid(signature: [UInt8], of message: [UInt8]) -> Bool {
        signature.withRawSpan { signature in
            message.withRawSpan { message in isValid(signature: signature, of: message) }
        }
    }

    package func isValid(signature: RawSpan, of message: RawSpan) -> Bool {
        guard signature.byteCount == ed25519SignatureByteCount else { return false }
        let key = bytes
        // SAFETY: libcrypto only reads, and only within the counts given; the key object copies its bytes.
        guard
            let publicKey = unsafe key.withUnsafeBufferPointer({
                unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, $0.baseAddress, $0.count)
            })
        else { return false }
        defer { unsafe EVP_PKEY_free(publicKey) }
        guard let context = unsafe EVP_MD_CTX_new() else { invariantViolated("libcrypto has no memory") }
        defer { unsafe EVP_MD_CTX_free(context) }
        let isValid = unsafe message.withUnsafeBytes { message in
            unsafe signature.withUnsafeBytes { signature in
                // SAFETY: as above.
                unsafe EVP_DigestVerifyInit(context, nil, nil, nil, publicKey) == 1
                    && EVP_DigestVerify(
                        context, signature.baseAddress?.assumingMemoryBound(to: UInt8.self), signature.count,
                        message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count) == 1
            }
        }
        // A failed verification leaves entries in the thread's error queue, which nobody reads.
        if !isValid { ERR_clear_error() }
        return isValid
    }
}
