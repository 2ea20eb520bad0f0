import LogStore
import Testing

@Suite struct SignedNoteTests {
    // The example of golang.org/x/mod/sumdb/note.
    private static let peterVerifying = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    private static let peterSigning =
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    private static let enochVerifying = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
    private static let text =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    private static let peterLine =
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    private static let enochLine =
        "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"

    private func open(
        _ note: String, _ keys: [String]
    ) throws -> (text: String, signers: [String]) {
        let parsed = try SignedNote(parsing: Array(note.utf8))
        let signers = try parsed.verify(by: try keys.map { try NoteVerifyingKey(parsing: $0) })
        return (String(decoding: parsed.text, as: UTF8.self), signers.map { $0.name.description })
    }

    private func isMalformed(_ note: [UInt8]) -> Bool {
        failure { () throws(DecodingFailure) in _ = try SignedNote(parsing: note) } != nil
    }

    @Test func `the published note is signed byte for byte, and verifies`() throws {
        let key = try NoteSigningKey(parsing: Array(Self.peterSigning.utf8))
        #expect(key.verifyingKey.description == Self.peterVerifying)
        #expect(String(decoding: key.secretText(), as: UTF8.self) == Self.peterSigning)
        var note = try SignedNote(text: Array(Self.text.utf8))
        note.sign(with: key)
        #expect(String(decoding: note.bytes, as: UTF8.self) == Self.text + "\n" + Self.peterLine)
        let opened = try open(Self.text + "\n" + Self.peterLine, [Self.peterVerifying])
        #expect(opened == (Self.text, ["PeterNeumann"]))
    }

    @Test func `the example of C2SP's signed-note verifies`() throws {
        let note = """
            This is an example message.

            — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

            """
        let opened = try open(note, ["example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"])
        #expect(opened == ("This is an example message.\n", ["example.com/foo"]))
    }

    @Test func `signing again replaces the earlier signature of the same key`() throws {
        let key = try NoteSigningKey(parsing: Array(Self.peterSigning.utf8))
        var note = try SignedNote(parsing: Array((Self.text + "\n" + Self.enochLine + Self.peterLine).utf8))
        note.sign(with: key)
        #expect(
            String(decoding: note.bytes, as: UTF8.self) == Self.text + "\n" + Self.enochLine + Self.peterLine)
    }

    @Test func `unknown signatures are ignored, at least one known must be there, all known must be valid`()
        throws
    {
        let both = Self.text + "\n" + Self.peterLine + Self.enochLine
        #expect(try open(both, [Self.peterVerifying]).signers == ["PeterNeumann"])
        #expect(try open(both, [Self.enochVerifying]).signers == ["EnochRoot"])
        #expect(
            try open(both, [Self.peterVerifying, Self.enochVerifying]).signers == [
                "PeterNeumann", "EnochRoot",
            ])
        // The same key twice in the list, the same signature twice in the note: nothing changes.
        #expect(
            try open(both + Self.peterLine, [Self.peterVerifying, Self.peterVerifying]).signers == [
                "PeterNeumann"
            ])
        #expect(
            throws: VerificationFailure.noTrustedSignature(
                signers: ["PeterNeumann+c74f20a3", "EnochRoot+af0cfe78"])
        ) { try open(both, []) }
        #expect(throws: VerificationFailure.noTrustedSignature(signers: ["EnochRoot+af0cfe78"])) {
            try open(Self.text + "\n" + Self.enochLine, [Self.peterVerifying])
        }
        let changed = both.replacing("cryptography", with: "cryptographY")
        #expect(throws: VerificationFailure.invalidSignature(key: "PeterNeumann+c74f20a3")) {
            try open(changed, [Self.peterVerifying])
        }
        // Longer than an Ed25519 signature, under a known name and id.
        let longer = Self.peterLine.replacing("SNXgKvq", with: "SNXgABCDKvq")
        #expect(throws: VerificationFailure.invalidSignature(key: "PeterNeumann+c74f20a3")) {
            try open(Self.text + "\n" + longer, [Self.peterVerifying])
        }
    }

    @Test func `a name or id alone is not the key`() throws {
        let key = try NoteVerifyingKey(parsing: Self.peterVerifying)
        let other = NoteVerifyingKey(name: try NoteKeyName("PeterNeumanm"), key: key.key)
        #expect(other.id != key.id)
        let parsed = try SignedNote(parsing: Array((Self.text + "\n" + Self.peterLine).utf8))
        #expect(throws: VerificationFailure.noTrustedSignature(signers: ["PeterNeumann+c74f20a3"])) {
            try parsed.verify(by: [other])
        }
    }

    @Test func `every part and every changed character of a key text is refused`() throws {
        for whole in [Self.peterVerifying, Self.peterSigning] {
            let bytes = Array(whole.utf8)
            func accepts(_ text: [UInt8]) -> Bool {
                if whole == Self.peterSigning {
                    return failure { () throws(DecodingFailure) in _ = try NoteSigningKey(parsing: text) }
                        == nil
                }
                let text = String(decoding: text, as: UTF8.self)
                return failure { () throws(DecodingFailure) in _ = try NoteVerifyingKey(parsing: text) }
                    == nil
            }
            #expect(accepts(bytes))
            for start in 0...bytes.count {
                for end in start...bytes.count where start > 0 || end < bytes.count {
                    #expect(!accepts(Array(bytes[start..<end])))
                }
            }
            for position in bytes.indices {
                for delta in 1...255 as ClosedRange<UInt8> {
                    var changed = bytes
                    changed[position] &+= delta
                    #expect(!accepts(changed), "\(String(decoding: changed, as: UTF8.self))")
                }
            }
        }
        // Right hash, wrong length; right hash, unknown algorithm.
        for bad in [
            "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
            "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ] {
            #expect(throws: DecodingFailure.self) { try NoteVerifyingKey(parsing: bad) }
        }
    }

    @Test func `key names hold no space of any kind, no plus, no control`() throws {
        for bad in [
            "", " ", "a b", "a+b", "a\u{A0}b", "a\u{2003}b", "a\u{3000}", "a\tb", "a\nb", "a\u{1}", "\u{85}",
        ] {
            #expect(throws: DecodingFailure.self, "\(bad)") { try NoteKeyName(bad) }
        }
        // One letter, two spellings, two names; `String` would call them equal.
        #expect(try NoteKeyName("caf\u{E9}") != NoteKeyName("cafe\u{301}"))
    }

    @Test func `malformed notes are refused`() {
        let text = Self.text, line = Self.peterLine
        #expect(!isMalformed(Array((text + "\n" + line).utf8)))
        let bad = [
            "", "\n", text, text + "\n", text + line, text + "\n" + line.dropLast(),
            "\u{1}" + text + "\n" + line,
            text
                + "\n— Bad Name x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
            text + "\n" + line + "Unexpected line.\n", text + "\n- PeterNeumann AAAAAAAA\n",
            text + "\n— PeterNeumann AAAAAA==\n", text + "\n— PeterNeumann  AAAAAAAA\n",
            text + "\n— PeterNeumann\n",
            text + "\n" + String(repeating: line, count: 101),
        ]
        for note in bad { #expect(isMalformed(Array(note.utf8)), "\(note)") }
        #expect(isMalformed([0xFF] + Array((text + "\n" + line).utf8)))
        #expect(
            isMalformed(
                [UInt8](repeating: UInt8(ascii: "a"), count: SignedNote.byteCountMax)
                    + Array("\n\n\(line)".utf8)))
        #expect(!isMalformed(Array((text + "\n" + String(repeating: line, count: 100)).utf8)))
    }

    @Test func `empty lines belong to the text; the last one ends it`() throws {
        let note = try SignedNote(parsing: Array(("a\n\n\nb\n\n\n" + Self.peterLine).utf8))
        #expect(String(decoding: note.text, as: UTF8.self) == "a\n\n\nb\n\n")
        #expect(String(decoding: note.bytes, as: UTF8.self) == "a\n\n\nb\n\n\n" + Self.peterLine)
    }

    @Test func `a note cut or changed anywhere does not verify as another text`() throws {
        let whole = Array((Self.text + "\n" + Self.peterLine + Self.enochLine).utf8)
        let peter = try NoteVerifyingKey(parsing: Self.peterVerifying)
        func verified(_ bytes: [UInt8]) -> [UInt8]? {
            guard let note = try? SignedNote(parsing: bytes), (try? note.verify(by: [peter])) != nil else {
                return nil
            }
            return note.text
        }
        for length in 0..<whole.count {
            let text = verified(Array(whole[..<length]))
            // Only a cut between the two signature lines leaves a verifiable note.
            #expect(text == nil || length == whole.count - Self.enochLine.utf8.count)
        }
        for position in whole.indices {
            for bit in 0..<8 {
                var changed = whole
                changed[position] ^= 1 << UInt8(bit)
                if let text = verified(changed) {
                    #expect(text == Array(Self.text.utf8))
                    #expect(
                        position >= whole.count - Self.enochLine.utf8.count,
                        "byte \(position) of \(whole.count)")
                }
            }
        }
    }
}
