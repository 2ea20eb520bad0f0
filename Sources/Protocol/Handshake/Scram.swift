internal import CHoldfastCrypto
internal import Invariants

/// How a client shows that it has a key without sending it: SCRAM (RFC 5802) with SHA-256.
///
/// An API key's secret is 256 random bits, so nothing has to be stretched or salted: it stands where the RFC
/// has the salted password. The ledger keeps `StoredKey` and `ServerKey`; whoever reads the log can check a
/// client with them, and be none.
package enum Scram {
    package static let byteCount = 32

    /// What the ledger keeps of a secret.
    package struct Verifier: Equatable, Sendable {
        package var storedKey: [UInt8]
        package var serverKey: [UInt8]

        package init(storedKey: [UInt8], serverKey: [UInt8]) {
            self.storedKey = storedKey
            self.serverKey = serverKey
        }

        package init(secret: [UInt8]) {
            storedKey = sha256(Scram.clientKey(secret))
            serverKey = hmac("Server Key".utf8, key: secret)
        }
    }

    /// What both sides saw of a handshake, in one piece.
    ///
    /// - Parameters:
    ///   - hello: body of the client's `hello`.
    ///   - challenge: body of the server's `challenge`.
    ///   - certificate: SHA-256 of the server's certificate as DER; empty without TLS. So that a proof given
    ///     to one server is worth nothing at another.
    package static func transcript(hello: [UInt8], challenge: [UInt8], certificate: [UInt8]) -> [UInt8] {
        var transcript: [UInt8] = []
        for part in [hello, challenge, certificate] {
            for shift in stride(from: 0, to: 32, by: 8) {
                transcript.append(UInt8(truncatingIfNeeded: part.count >> shift))
            }
            transcript += part
        }
        return transcript
    }

    /// The client's proof.
    package static func proof(secret: [UInt8], transcript: [UInt8]) -> [UInt8] {
        let key = clientKey(secret)
        return xor(key, hmac(transcript, key: sha256(key)))
    }

    /// Whether a proof shows the secret that `verifier` was made of. Takes as long wherever it differs.
    package static func isProved(_ proof: [UInt8], by verifier: Verifier, transcript: [UInt8]) -> Bool {
        guard proof.count == byteCount else { return false }
        let key = xor(proof, hmac(transcript, key: verifier.storedKey))
        return areEqual(sha256(key), verifier.storedKey)
    }

    /// What the server shows in return: that it knows the key too.
    package static func signature(serverKey: [UInt8], transcript: [UInt8]) -> [UInt8] {
        hmac(transcript, key: serverKey)
    }

    /// The signature a client expects.
    package static func signature(secret: [UInt8], transcript: [UInt8]) -> [UInt8] {
        signature(serverKey: hmac("Server Key".utf8, key: secret), transcript: transcript)
    }

    private static func clientKey(_ secret: [UInt8]) -> [UInt8] { hmac("Client Key".utf8, key: secret) }

    private static func xor(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] { zip(left, right).map { $0 ^ $1 } }

    /// Whether two codes are equal, in a time that does not tell where they differ.
    package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        // SAFETY: both arrays hold `left.count` bytes.
        unsafe left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }

    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var hash = [UInt8](repeating: 0, count: byteCount)
        // SAFETY: libcrypto reads `count` bytes and writes the 32 there are.
        unsafe hash.withUnsafeMutableBufferPointer { _ = unsafe SHA256(bytes, bytes.count, $0.baseAddress) }
        return hash
    }

    package static func hmac(_ message: some Sequence<UInt8>, key: [UInt8]) -> [UInt8] {
        let message = Array(message)
        var code = [UInt8](repeating: 0, count: byteCount)
        let isDone = unsafe code.withUnsafeMutableBufferPointer { code in
            var written: UInt32 = 0
            // SAFETY: libcrypto reads both arrays within their counts and writes the 32 bytes there are.
            let result = unsafe HMAC(
                EVP_sha256(), key, Int32(key.count), message, message.count, code.baseAddress, &written)
            return unsafe result != nil && written == byteCount
        }
        invariant(isDone, "libcrypto offers no HMAC-SHA256")
        return code
    }
}
