import Ledger
import Protocol
import Testing

@Suite struct ScramTests {
    private static let key = APIKey(
        publicID: Hash128(low: 0x0102_0304_0506_0708, high: 0x090A_0B0C_0D0E_0F10),
        secret: (0..<32).map { UInt8($0) })

    @Test func `the hashes are SHA-256 and HMAC-SHA256`() {
        // FIPS 180-4, "abc"; RFC 4231, case 2.
        #expect(hex(Scram.sha256(Array("abc".utf8))).hasPrefix("ba7816bf8f01cfea414140de5dae2223"))
        let code = Scram.hmac("what do ya want for nothing?".utf8, key: Array("Jefe".utf8))
        #expect(hex(code) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test func `a proof is one of this key over this handshake, and of no other`() throws {
        let key = try #require(Self.key)
        let other = try #require(APIKey(publicID: key.publicID, secret: [UInt8](repeating: 9, count: 32)))
        let transcript = Scram.transcript(hello: [1, 2], challenge: [3], certificate: [])
        let proof = Scram.proof(secret: key.secret, transcript: transcript)
        #expect(Scram.isProved(proof, by: key.verifier, transcript: transcript))
        #expect(!Scram.isProved(proof, by: other.verifier, transcript: transcript))
        for changed in [
            Scram.transcript(hello: [1], challenge: [2, 3], certificate: []),
            Scram.transcript(hello: [1, 2], challenge: [3], certificate: [1]),
            Scram.transcript(hello: [1, 2], challenge: [4], certificate: []),
        ] {
            #expect(!Scram.isProved(proof, by: key.verifier, transcript: changed))
        }
        for index in proof.indices {
            var forged = proof
            forged[index] ^= 1
            #expect(!Scram.isProved(forged, by: key.verifier, transcript: transcript))
        }
        #expect(!Scram.isProved([], by: key.verifier, transcript: transcript))
        #expect(!Scram.isProved(Array(proof.dropLast()), by: key.verifier, transcript: transcript))
    }

    @Test func `what the ledger keeps lets nobody log in`() throws {
        let key = try #require(Self.key)
        let transcript = Scram.transcript(hello: [1, 2], challenge: [3], certificate: [])
        // Whoever reads the log has these two, and every proof that can be made of them is none.
        for stolen in [key.verifier.storedKey, key.verifier.serverKey] {
            #expect(
                !Scram.isProved(
                    Scram.proof(secret: stolen, transcript: transcript), by: key.verifier,
                    transcript: transcript))
            #expect(
                !Scram.isProved(
                    Scram.hmac(transcript, key: stolen), by: key.verifier, transcript: transcript))
        }
    }

    @Test func `the server shows that it knows the key`() throws {
        let key = try #require(Self.key)
        let transcript = Scram.transcript(hello: [1], challenge: [2], certificate: [3])
        let shown = Scram.signature(serverKey: key.verifier.serverKey, transcript: transcript)
        #expect(shown == Scram.signature(secret: key.secret, transcript: transcript))
        #expect(shown != Scram.signature(serverKey: key.verifier.storedKey, transcript: transcript))
    }

    @Test func `a key's text is read again, and a slip of the hand is none`() throws {
        let key = try #require(Self.key)
        #expect(APIKey(key.text) == key)
        #expect(key.text.hasPrefix("hfk_0807060504030201100f0e0d0c0b0a09000102"))
        let text = Array(key.text)
        #expect(text.count == 108)
        for index in 4..<text.count {
            var changed = text
            changed[index] = changed[index] == "0" ? "1" : "0"
            #expect(APIKey(String(changed)) == nil)
        }
        #expect(APIKey(key.text.dropLast()) == nil && APIKey(key.text + "0") == nil)
        #expect(APIKey("hfk_") == nil && APIKey("") == nil && APIKey(key.text.uppercased()) == nil)
    }

    @Test func `a key does not tell its secret where it is printed`() throws {
        let key = try #require(Self.key)
        #expect(!"\(key)".contains("000102") && !String(reflecting: key).contains("000102"))
    }
}

func hex(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
        let digits = String(byte, radix: 16)
        return byte < 16 ? "0" + digits : digits
    }.joined()
}
