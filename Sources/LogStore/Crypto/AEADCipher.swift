internal import CHoldfastCrypto

/// What a nonce is used for; together with the ordinal it is unique under one data key.
package enum NonceUse: UInt32, Sendable {
    case frame = 1
    case block = 2
    case footer = 3
    case snapshot = 4
    /// The one text sealed under the key of one grant; that key comes from a fresh ephemeral key pair.
    case grant = 5
}

/// A 96-bit nonce: use (4 bytes) ‖ ordinal (8 bytes), little-endian. Under one data key (one file) the
/// ordinals of one use strictly increase; `NonceGuard` asserts it.
package struct Nonce: Sendable, Equatable {
    package let use: NonceUse
    package let ordinal: UInt64

    package init(_ use: NonceUse, _ ordinal: UInt64) {
        self.use = use
        self.ordinal = ordinal
    }
}

/// Stops the process before a nonce is used twice under one key.
package struct NonceGuard: Sendable {
    private var last: UInt64?

    package init() {}

    /// Notes that `nonce` is about to be used for sealing.
    package mutating func use(_ nonce: Nonce) {
        if let last {
            invariant(nonce.ordinal > last, "nonce ordinal \(nonce.ordinal) does not follow \(last)")
        }
        last = nonce.ordinal
    }
}

/// AES-256-GCM (NIST SP 800-38D) under one key, with contexts made once and reused.
///
/// Used by one thread at a time.
@safe package final class AEADCipher {
    private let encryption: OpaquePointer
    private let decryption: OpaquePointer

    /// Bytes a sealed text is longer than its plain text.
    package static let tagByteCount = 16

    package init(key: SecretKey) {
        guard let encryption = unsafe EVP_CIPHER_CTX_new(), let decryption = unsafe EVP_CIPHER_CTX_new()
        else {
            invariantViolated("libcrypto has no memory for a cipher")
        }
        unsafe self.encryption = encryption
        unsafe self.decryption = decryption
        let ready = key.withBytes { key in
            unsafe key.withUnsafeBytes { bytes in
                let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
                return unsafe EVP_EncryptInit_ex(encryption, EVP_aes_256_gcm(), nil, start, nil) == 1
                    && EVP_DecryptInit_ex(decryption, EVP_aes_256_gcm(), nil, start, nil) == 1
            }
        }
        invariant(ready, "libcrypto offers no AES-256-GCM")
    }

    deinit {
        unsafe EVP_CIPHER_CTX_free(encryption)
        unsafe EVP_CIPHER_CTX_free(decryption)
    }

    /// Writes ciphertext ‖ tag (`plaintext.byteCount + 16` bytes) to the start of `target`.
    package func seal(
        _ plaintext: RawSpan, nonce: Nonce, authenticating: RawSpan, into target: inout MutableRawSpan
    ) {
        let length = plaintext.byteCount
        invariant(target.byteCount >= length + Self.tagByteCount, "no room for \(length) sealed bytes")
        let sealed = unsafe target.withUnsafeMutableBytes { target in
            unsafe plaintext.withUnsafeBytes { plain in
                unsafe authenticating.withUnsafeBytes { aad in
                    let output = unsafe target.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    var written: Int32 = 0
                    // SAFETY: room was checked above; GCM writes as many bytes as it reads, and 16 of tag.
                    return unsafe Self.withNonceBytes(nonce) {
                        unsafe EVP_EncryptInit_ex(encryption, nil, nil, nil, $0)
                    } == 1
                        && EVP_EncryptUpdate(
                            encryption, nil, &written, aad.baseAddress?.assumingMemoryBound(to: UInt8.self),
                            Int32(aad.count)) == 1
                        && EVP_EncryptUpdate(
                            encryption, output, &written,
                            plain.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(length)) == 1
                        && EVP_EncryptFinal_ex(encryption, output.map { unsafe $0 + length }, &written) == 1
                        && EVP_CIPHER_CTX_ctrl(
                            encryption, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagByteCount),
                            target.baseAddress.map { unsafe $0 + length }) == 1
                }
            }
        }
        invariant(sealed, "libcrypto failed to seal \(length) bytes")
    }

    /// Writes the plaintext (`sealed.byteCount - 16` bytes) to the start of `target`; false if key, nonce,
    /// authenticated bytes, ciphertext or tag are not the ones it was sealed with (`target` is then garbage).
    package func open(
        _ sealed: RawSpan, nonce: Nonce, authenticating: RawSpan, into target: inout MutableRawSpan
    ) -> Bool {
        let length = sealed.byteCount - Self.tagByteCount
        guard length >= 0 else { return false }
        invariant(target.byteCount >= length, "no room for \(length) opened bytes")
        return unsafe target.withUnsafeMutableBytes { target in
            unsafe sealed.withUnsafeBytes { sealed in
                unsafe authenticating.withUnsafeBytes { aad in
                    let output = unsafe target.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    var written: Int32 = 0
                    // SAFETY: as in `seal`; libcrypto only reads through the tag's mutable pointer.
                    return unsafe Self.withNonceBytes(nonce) {
                        unsafe EVP_DecryptInit_ex(decryption, nil, nil, nil, $0)
                    } == 1
                        && EVP_DecryptUpdate(
                            decryption, nil, &written, aad.baseAddress?.assumingMemoryBound(to: UInt8.self),
                            Int32(aad.count)) == 1
                        && EVP_DecryptUpdate(
                            decryption, output, &written,
                            sealed.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(length)) == 1
                        && EVP_CIPHER_CTX_ctrl(
                            decryption, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagByteCount),
                            UnsafeMutableRawPointer(mutating: sealed.baseAddress.map { unsafe $0 + length }))
                            == 1
                        && EVP_DecryptFinal_ex(decryption, output.map { unsafe $0 + length }, &written) == 1
                }
            }
        }
    }

    private static func withNonceBytes<Result>(
        _ nonce: Nonce, _ body: (UnsafePointer<UInt8>) -> Result
    ) -> Result {
        var bytes: (UInt32, UInt32, UInt32) = (
            nonce.use.rawValue.littleEndian, UInt32(truncatingIfNeeded: nonce.ordinal).littleEndian,
            UInt32(truncatingIfNeeded: nonce.ordinal >> 32).littleEndian
        )
        return unsafe withUnsafeBytes(of: &bytes) { raw in
            guard let start = raw.baseAddress else { invariantViolated("a nonce without bytes") }
            return unsafe body(start.assumingMemoryBound(to: UInt8.self))
        }
    }
}
