internal import CHoldfastCrypto

/// HMAC-SHA256 (RFC 2104): identifiers of keys and the seal of a keyring. Not for hot paths.
package enum HMACSHA256 {
    package static let byteCount = 32

    /// The 32 bytes of the code of `message` under `key`, both of any length.
    package static func of(_ message: RawSpan, key: RawSpan) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: byteCount)
        let isDone = unsafe code.withUnsafeMutableBufferPointer { code in
            unsafe key.withUnsafeBytes { key in
                unsafe message.withUnsafeBytes { message in
                    var written: UInt32 = 0
                    // SAFETY: libcrypto reads both spans within their counts and writes the 32 bytes there
                    // are.
                    let result = unsafe HMAC(
                        EVP_sha256(), key.baseAddress, Int32(key.count),
                        message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count,
                        code.baseAddress, &written)
                    return unsafe result != nil && written == byteCount
                }
            }
        }
        invariant(isDone, "libcrypto offers no HMAC-SHA256")
        return code
    }

    /// The same for keys held as `SecretKey` and messages held as arrays.
    package static func of(_ message: [UInt8], key: SecretKey) -> [UInt8] {
        message.withRawSpan { message in key.withBytes { of(message, key: $0) } }
    }

    /// Whether two codes are equal, in a time that does not tell where they differ.
    package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        // SAFETY: both arrays hold `left.count` bytes.
        unsafe left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }
}

/// HKDF with SHA-256 (RFC 5869): many keys from one secret, told apart by `info`.
package enum HKDFSHA256 {
    /// `count` bytes (at most 255 × 32) from `secret`.
    package static func derive(secret: RawSpan, salt: [UInt8], info: [UInt8], count: Int) -> [UInt8] {
        invariant(count > 0 && count <= 255 * HMACSHA256.byteCount, "HKDF of \(count) bytes")
        // Extract: the salt is the key, the secret the message.
        var pseudorandom = salt.withRawSpan { HMACSHA256.of(secret, key: $0) }
        var output: [UInt8] = []
        var block: [UInt8] = []
        var round: UInt8 = 1
        while output.count < count {
            // Expand: T(n) = HMAC(PRK, T(n − 1) ‖ info ‖ n).
            var message = block + info + [round]
            SecretKey.erase(&block)
            block = message.withRawSpan { message in
                pseudorandom.withRawSpan { HMACSHA256.of(message, key: $0) }
            }
            output += block
            SecretKey.erase(&message)
            round &+= 1  // Cannot pass 255: the count is checked above, and the last step leaves the loop.
        }
        SecretKey.erase(&pseudorandom)
        SecretKey.erase(&block)
        output.removeLast(output.count - count)
        return output
    }

    /// A 256-bit key from a secret key.
    package static func key(from secret: SecretKey, salt: [UInt8], info: String) -> SecretKey {
        let info = Array(info.utf8)
        var bytes = secret.withBytes {
            derive(secret: $0, salt: salt, info: info, count: SecretKey.byteCount)
        }
        defer { SecretKey.erase(&bytes) }
        return SecretKey(copying: bytes)
    }
}
