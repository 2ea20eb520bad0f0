import LogStore
import Testing

@Suite struct KeysTextTests {
    private static let raw = Array(UInt8(1)...32)
    private static let digits = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"

    @Test func `a key-encryption key file holds raw bytes or digits`() throws {
        let expected = try KeyEncryptionKey(contentsOfFile: Self.raw)
        for text in [Self.digits, Self.digits + "\n", Self.digits + "\r\n", Self.digits.uppercased()] {
            #expect(try KeyEncryptionKey(contentsOfFile: Array(text.utf8)).id == expected.id)
            #expect(try KeyEncryptionKey(text: text).id == expected.id)
            #expect(try KeyEncryptionKey(text: text).secret.revealed == Self.raw)
        }
    }

    @Test func `the id of a key-encryption key is what it always was`() throws {
        let key = try KeyEncryptionKey(contentsOfFile: Self.raw)
        // python3: hmac.new(bytes(range(1, 33)), b"holdfast kek id", "sha256").digest()[:16].hex()
        #expect("\(key)" == "key-encryption key a6c2e7c4-5b74-00d9-515e-8bf89b15b483")
        let shown = "\(key) \(String(reflecting: key))"
        #expect(!shown.contains("0102030405") && !shown.contains("1, 2, 3, 4"))
    }

    @Test func `what is no key is refused without being repeated`() {
        let wrong = [
            "", "\n", Self.digits.dropLast() + "", Self.digits + "0", Self.digits + "\n\n", " " + Self.digits,
            Self.digits.replacing("a", with: "g"), String(repeating: "0", count: 64), "0x" + Self.digits,
        ]
        for text in wrong {
            let failure = #expect(throws: DecodingFailure.self) { try KeyEncryptionKey(text: text) }
            #expect(failure.map { !$0.description.contains("0102") } == true)
            #expect(throws: DecodingFailure.self) {
                try KeyEncryptionKey(contentsOfFile: Array(text.utf8))
            }
        }
        for count in 0...100 where count != 32 {
            let contents = [UInt8](repeating: 7, count: count)
            #expect(throws: DecodingFailure.self) { try KeyEncryptionKey(contentsOfFile: contents) }
        }
        #expect(throws: DecodingFailure.self) {
            try KeyEncryptionKey(contentsOfFile: [UInt8](repeating: 0, count: 32))
        }
    }

    @Test func `an auditor's keys travel as text`() throws {
        let pair = AuditorPrivateKey(randomFrom: KeysTestPlatform(seed: 1))
        #expect(pair.exportText() == "holdfast-auditor-key:" + Self.digits)
        #expect(try AuditorPrivateKey(text: pair.exportText() + "\n").publicKey == pair.publicKey)
        #expect(try AuditorPublicKey(text: "\(pair.publicKey)\r\n") == pair.publicKey)
        #expect("\(pair.publicKey)".hasPrefix("holdfast-auditor-pub:"))
    }

    @Test func `the halves of an auditor's key pair are not confused`() {
        let secret = "holdfast-auditor-key:" + Self.digits
        let failure = #expect(throws: DecodingFailure.self) { try AuditorPublicKey(text: secret) }
        #expect(failure?.description.contains("other half") == true)
        #expect(failure?.description.contains("0102") == false)
        #expect(throws: DecodingFailure.self) {
            try AuditorPrivateKey(text: "holdfast-auditor-pub:" + Self.digits)
        }
        for text in ["", Self.digits, secret + "0", String(secret.dropLast())] {
            #expect(throws: DecodingFailure.self) { try AuditorPrivateKey(text: text) }
        }
    }
}
