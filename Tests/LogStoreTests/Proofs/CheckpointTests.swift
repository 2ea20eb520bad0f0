import LogStore
import Testing

@Suite struct CheckpointTests {
    // The example of C2SP's tlog-checkpoint; its key is not published.
    private static let text = """
        example.com/behind-the-sofa
        20852163
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

        """

    @Test func `the example of C2SP's tlog-checkpoint is read and written byte for byte`() throws {
        let checkpoint = try Checkpoint(parsing: Array(Self.text.utf8))
        #expect(checkpoint.origin == "example.com/behind-the-sofa")
        #expect(checkpoint.size == 20_852_163)
        #expect(checkpoint.root == hash("0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"))
        #expect(checkpoint.extensions.isEmpty)
        #expect(checkpoint.text == Array(Self.text.utf8))
        let note =
            Self.text
            + "\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
        let parsed = try SignedNote(parsing: Array(note.utf8))
        #expect(parsed.signatures.map(\.label) == ["example.com/behind-the-sofa+033de0ae"])
        #expect(parsed.bytes == Array(note.utf8))
    }

    @Test func `extension lines are kept`() throws {
        let text = Array((Self.text + "one\ntwo words\n").utf8)
        let checkpoint = try Checkpoint(parsing: text)
        #expect(checkpoint.extensions == ["one", "two words"])
        #expect(checkpoint.text == text)
    }

    @Test func `malformed checkpoints are refused`() {
        let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
        let empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        func accepts(_ text: String) -> Bool {
            failure { () throws(DecodingFailure) in _ = try Checkpoint(parsing: Array(text.utf8)) } == nil
        }
        #expect(accepts("o\n1\n\(root)\n"))
        #expect(accepts("o\n0\n\(empty)\n"))
        #expect(accepts("o\n18446744073709551615\n\(root)\n"))
        for bad in [
            "", "o\n", "o\n1\n", "o\n1\n\(root)", "\n1\n\(root)\n", "o\n01\n\(root)\n", "o\n+1\n\(root)\n",
            "o\n-1\n\(root)\n", "o\n 1\n\(root)\n", "o\n\n\(root)\n", "o\n18446744073709551616\n\(root)\n",
            "o\n99999999999999999999\n\(root)\n", "o\n1\n\(root.dropLast())\n", "o\n1\nAAAA\n",
            "o\n1\n\(root)\n\n",
            "o\n1\n\(root)\nx", "o\n0\n\(root)\n", "o\n00\n\(empty)\n", "o\u{1}\n1\n\(root)\n",
            "o\n1\n\(root)\n" + String(repeating: "x\n", count: 17),
            String(repeating: "o", count: 1025) + "\n1\n\(root)\n",
        ] {
            #expect(!accepts(bad), "\(bad)")
        }
    }

    @Test func `only a trusted key and the right origin make a checkpoint`() throws {
        let key = NoteSigningKey(
            name: try NoteKeyName("ledger.example/log"),
            key: SigningKey(seed: SecretKey(copying: [UInt8](repeating: 7, count: 32))))
        let other = NoteSigningKey(
            name: try NoteKeyName("ledger.example/log"),
            key: SigningKey(seed: SecretKey(copying: [UInt8](repeating: 8, count: 32))))
        let checkpoint = try Checkpoint(origin: "ledger.example/log", size: 3, root: leafHash([1]))
        let note = checkpoint.signed(by: key)
        let verified = try Checkpoint(verifying: note, origin: "ledger.example/log", keys: [key.verifyingKey])
        #expect(verified == checkpoint)
        #expect(
            throws: VerificationFailure.wrongOrigin(
                found: "ledger.example/log", expected: "ledger.example/log2")
        ) {
            try Checkpoint(verifying: note, origin: "ledger.example/log2", keys: [key.verifyingKey])
        }
        #expect(throws: VerificationFailure.noTrustedSignature(signers: [key.verifyingKey.label])) {
            try Checkpoint(verifying: note, origin: "ledger.example/log", keys: [other.verifyingKey])
        }
        for position in note.indices {
            for bit in 0..<8 {
                var changed = note
                changed[position] ^= 1 << UInt8(bit)
                #expect(throws: VerificationFailure.self, "byte \(position)") {
                    try Checkpoint(verifying: changed, origin: "ledger.example/log", keys: [key.verifyingKey])
                }
            }
        }
        for length in note.indices {
            #expect(throws: VerificationFailure.self) {
                try Checkpoint(
                    verifying: Array(note[..<length]), origin: "ledger.example/log", keys: [key.verifyingKey])
            }
        }
    }
}
