internal import CHoldfastCrypto

/// Key agreement on Curve25519 (RFC 7748): two parties who know each other's public key share a secret.
package enum X25519 {
    package static let publicKeyByteCount = 32

    /// The public key of a private one (any 32 random bytes; the curve's fixed bits are set on use).
    package static func publicKey(of privateKey: SecretKey) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: publicKeyByteCount)
        let isDone = unsafe withPrivateKey(privateKey) { key in
            var count = publicKeyByteCount
            // SAFETY: libcrypto writes at most `count` bytes, which is what the array holds.
            return unsafe EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1 && count == bytes.count
        }
        invariant(isDone, "libcrypto made no X25519 public key")
        return bytes
    }

    /// The shared secret; `nil` for a public key that is not 32 bytes or is one of the few points that would
    /// make the secret zero whatever the private key (RFC 7748, section 6.1).
    package static func sharedSecret(_ privateKey: SecretKey, with publicKey: [UInt8]) -> SecretKey? {
        guard publicKey.count == publicKeyByteCount,
            // SAFETY: the array holds `publicKey.count` bytes.
            let peer = unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nil, publicKey, publicKey.count)
        else { return nil }
        defer { unsafe EVP_PKEY_free(peer) }
        var secret = [UInt8](repeating: 0, count: SecretKey.byteCount)
        defer { SecretKey.erase(&secret) }
        let isDone = unsafe withPrivateKey(privateKey) { key in
            guard let context = unsafe EVP_PKEY_CTX_new(key, nil) else { return false }
            defer { unsafe EVP_PKEY_CTX_free(context) }
            var count = SecretKey.byteCount
            // SAFETY: libcrypto writes at most `count` bytes, which is what the array holds.
            return unsafe EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_derive_set_peer(context, peer) == 1
                && EVP_PKEY_derive(context, &secret, &count) == 1 && count == SecretKey.byteCount
        }
        if !isDone { ERR_clear_error() }
        return isDone && secret.contains { $0 != 0 } ? SecretKey(copying: secret) : nil
    }

    private static func withPrivateKey(_ key: SecretKey, _ body: (OpaquePointer) -> Bool) -> Bool {
        key.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { bytes in
                // SAFETY: a secret key is 32 bytes, the length of an X25519 private key.
                guard
                    let handle = unsafe EVP_PKEY_new_raw_private_key(
                        EVP_PKEY_X25519, nil, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self),
                        bytes.count)
                else { return false }
                defer { unsafe EVP_PKEY_free(handle) }
                return unsafe body(handle)
            }
        }
    }
}
