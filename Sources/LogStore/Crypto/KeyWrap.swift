internal import CHoldfastCrypto

/// AES-256 key wrap (RFC 3394): a 32-byte key becomes 40 bytes that open only with the wrapping key.
///
/// Deterministic and without a nonce; fit for keys, which are random and never repeat, and for nothing else.
package enum KeyWrap {
    /// Length of a wrapped 256-bit key: the key and eight bytes of integrity check.
    package static let wrappedByteCount = SecretKey.byteCount + 8

    /// The 40 bytes of `key` under `wrappingKey`.
    package static func wrap(_ key: SecretKey, with wrappingKey: SecretKey) -> [UInt8] {
        var wrapped = [UInt8](repeating: 0, count: wrappedByteCount)
        let isDone = key.withBytes { key in
            wrapped.withMutableRawSpan { run(encrypting: true, key, with: wrappingKey, into: &$0) }
        }
        invariant(isDone, "libcrypto offers no AES-256 key wrap")
        return wrapped
    }

    /// The key inside `wrapped`; `nil` if it was wrapped with another key, is damaged or is not 40 bytes
    /// long.
    package static func unwrap(_ wrapped: RawSpan, with wrappingKey: SecretKey) -> SecretKey? {
        guard wrapped.byteCount == wrappedByteCount else { return nil }
        // Eight bytes more than the key: libcrypto may use them while it works.
        var key = [UInt8](repeating: 0, count: wrappedByteCount)
        defer { SecretKey.erase(&key) }
        let isGenuine = key.withMutableRawSpan {
            run(encrypting: false, wrapped, with: wrappingKey, into: &$0)
        }
        guard isGenuine else { return nil }
        return key.withRawSpan { SecretKey(copying: $0.extracting(first: SecretKey.byteCount)) }
    }

    private static func run(
        encrypting: Bool, _ input: RawSpan, with wrappingKey: SecretKey, into output: inout MutableRawSpan
    ) -> Bool {
        invariant(output.byteCount == wrappedByteCount, "key wrap into \(output.byteCount) bytes")
        guard let context = unsafe EVP_CIPHER_CTX_new() else {
            invariantViolated("libcrypto has no memory for a cipher")
        }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        unsafe EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW)
        let expected = encrypting ? wrappedByteCount : SecretKey.byteCount
        let isDone = wrappingKey.withBytes { wrappingKey in
            unsafe wrappingKey.withUnsafeBytes { wrappingKey in
                unsafe output.withUnsafeMutableBytes { output in
                    unsafe input.withUnsafeBytes { input in
                        var written: Int32 = 0
                        // SAFETY: the wrapping key has 32 bytes, the output room for 40, the most it can be.
                        return unsafe EVP_CipherInit_ex(
                            context, EVP_aes_256_wrap(), nil,
                            wrappingKey.baseAddress?.assumingMemoryBound(to: UInt8.self), nil,
                            encrypting ? 1 : 0) == 1
                            && EVP_CipherUpdate(
                                context, output.baseAddress?.assumingMemoryBound(to: UInt8.self), &written,
                                input.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(input.count))
                                == 1
                            && written == expected
                    }
                }
            }
        }
        // A failed unwrap leaves an entry in this thread's error queue, which nobody else should find.
        if !isDone { ERR_clear_error() }
        return isDone
    }
}
