import LogStore
import Testing

@Suite struct OfflineVerifierTests {
    private static let origin = "ledger.example/log"

    /// A log of small events with everything an auditor is given.
    private struct Published {
        let events: [[UInt8]]
        let tree: StoredTree
        let key: NoteSigningKey
        let verifier: OfflineVerifier

        init(count: Int) throws {
            events = (0..<count).map { Array("event \($0)".utf8) }
            tree = StoredTree(events.map(leafHash))
            key = NoteSigningKey(
                name: try NoteKeyName(origin),
                key: SigningKey(seed: SecretKey(copying: [UInt8](repeating: 42, count: 32))))
            verifier = OfflineVerifier(origin: origin, keys: [key.verifyingKey])
        }

        func checkpoint(_ size: UInt64) throws -> [UInt8] {
            let root = MerkleTree(size: size, nodes: tree).root()
            return try Checkpoint(origin: origin, size: size, root: root).signed(by: key)
        }

        func inclusion(_ index: UInt64, _ size: UInt64, extra: [UInt8]? = nil) throws -> TlogProof {
            TlogProof(
                index: index, path: MerkleTree(size: size, nodes: tree).inclusionProof(of: index),
                checkpoint: try checkpoint(size), extra: extra)
        }

        func growth(_ old: UInt64, _ new: UInt64) throws -> GrowthProof {
            GrowthProof(
                oldSize: old, path: MerkleTree(size: new, nodes: tree).consistencyProof(from: old),
                checkpoint: try checkpoint(new))
        }
    }

    @Test func `an event, its proof text and the public key are enough`() throws {
        let log = try Published(count: 40)
        for size in 1...40 as ClosedRange<UInt64> {
            for index in 0..<size {
                let text = try log.inclusion(index, size, extra: index % 2 == 0 ? nil : [1, 2, 3]).text
                let result = try log.verifier.inclusion(of: log.events[Int(index)], proof: text)
                #expect(result.index == index)
                #expect(result.checkpoint.size == size)
            }
        }
    }

    @Test func `the proof text is C2SP's, byte for byte`() throws {
        let log = try Published(count: 3)
        let proof = try log.inclusion(1, 3, extra: Array("hi".utf8))
        let expected = """
            c2sp.org/tlog-proof@v1
            extra aGk=
            index 1
            \(String(decoding: leafHash(log.events[0]).base64, as: UTF8.self))
            \(String(decoding: leafHash(log.events[2]).base64, as: UTF8.self))

            \(String(decoding: try log.checkpoint(3), as: UTF8.self))
            """
        #expect(String(decoding: proof.text, as: UTF8.self) == expected)
        #expect(try TlogProof(parsing: proof.text) == proof)
    }

    @Test func `the layout of the example in C2SP's tlog-proof is read`() throws {
        // As published, with the two abbreviated lines (extra, signatures) written out.
        let text = """
            c2sp.org/tlog-proof@v1
            extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6
            index 73894
            gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
            B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
            EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
            RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=
            AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=

            example.com/fancylog
            109482
            sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=

            — example.com/fancylog AAAAAAAA

            """
        let proof = try TlogProof(parsing: Array(text.utf8))
        #expect(proof.index == 73_894)
        #expect(proof.path.hashes.count == 5)
        #expect(proof.extra == Array("age-v1.2.1-darwin-arm64.tar.gz".utf8))
        #expect(try Checkpoint(parsing: SignedNote(parsing: proof.checkpoint).text).size == 109_482)
        #expect(proof.text == Array(text.utf8))
    }

    @Test func `every failing step has its own error`() throws {
        let log = try Published(count: 20)
        let proof = try log.inclusion(5, 20)
        let event = log.events[5]
        func refusal(_ text: [UInt8], of event: [UInt8], by verifier: OfflineVerifier) -> VerificationFailure?
        {
            failure { () throws(VerificationFailure) in _ = try verifier.inclusion(of: event, proof: text) }
        }
        #expect(refusal(proof.text, of: event, by: log.verifier) == nil)
        if case .rootMismatch? = refusal(proof.text, of: log.events[6], by: log.verifier) {
        } else {
            Issue.record("another event passed")
        }
        let elsewhere = OfflineVerifier(origin: "other.example/log", keys: log.verifier.keys)
        #expect(
            refusal(proof.text, of: event, by: elsewhere)
                == .wrongOrigin(found: Self.origin, expected: "other.example/log"))
        let nobody = OfflineVerifier(origin: Self.origin, keys: [])
        #expect(
            refusal(proof.text, of: event, by: nobody)
                == .noTrustedSignature(signers: [log.key.verifyingKey.label]))
        let beyond = TlogProof(index: 20, path: proof.path, checkpoint: proof.checkpoint)
        #expect(refusal(beyond.text, of: event, by: log.verifier) == .indexOutsideTree(index: 20, size: 20))
        let short = TlogProof(
            index: 5, path: InclusionProof(hashes: proof.path.hashes.dropLast()), checkpoint: proof.checkpoint
        )
        #expect(refusal(short.text, of: event, by: log.verifier) == .wrongProofLength(found: 4, expected: 5))
        if case .malformed("inclusion proof", _)? = refusal([], of: event, by: log.verifier) {
        } else {
            Issue.record("no text passed")
        }
        let damaged = String(decoding: proof.text, as: UTF8.self).replacing("\n20\n", with: "\n21\n")
        #expect(
            refusal(Array(damaged.utf8), of: event, by: log.verifier)
                == .invalidSignature(key: log.key.verifyingKey.label))
    }

    @Test func `a proof cut anywhere is refused, and a changed byte never proves anything else`() throws {
        let log = try Published(count: 11)
        let event = log.events[6]
        let text = try log.inclusion(6, 11, extra: [7, 7, 7]).text
        func result(_ text: [UInt8]) -> (index: UInt64, checkpoint: Checkpoint)? {
            try? log.verifier.inclusion(of: event, proof: text)
        }
        for length in text.indices { #expect(result(Array(text[..<length])) == nil, "cut at \(length)") }
        let extraLine = 23..<33
        for position in text.indices {
            for bit in 0..<8 {
                var changed = text
                changed[position] ^= 1 << UInt8(bit)
                // The extra line is not authenticated; everything else is.
                if let proved = result(changed) {
                    #expect(extraLine.contains(position), "byte \(position), bit \(bit)")
                    #expect(proved.index == 6 && proved.checkpoint.size == 11)
                }
            }
        }
    }

    @Test func `malformed proof texts are refused`() {
        let tail = "\n\nlog\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— log AAAAAAAA\n"
        let header = "c2sp.org/tlog-proof@v1\n"
        let hash = "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ="
        func accepts(_ text: String) -> Bool {
            failure { () throws(DecodingFailure) in _ = try TlogProof(parsing: Array(text.utf8)) } == nil
        }
        #expect(accepts(header + "index 0" + tail))
        #expect(accepts(header + "extra \nindex 0" + tail))
        #expect(accepts(header + "index 18446744073709551615\n" + hash + tail))
        for bad in [
            "wrong-header\nindex 0" + tail, header + "extra !!notbase64!!\nindex 0" + tail, header + tail,
            header + "index notanumber" + tail, header + "index -5" + tail, header + "index 00" + tail,
            header + "index 18446744073709551616" + tail, header + "index 0\n!!notbase64!!" + tail,
            header + "index 0\n" + hash + hash + tail, header + "index 0\nAAAA" + tail, header + "index 0",
            header + "index 0\n",
            header + "index" + tail, header + "Index 0" + tail, header + "index 0\r" + tail,
            header + "extra aGk=\nextra aGk=\nindex 0" + tail, header + "extra aGk\nindex 0" + tail,
            header + "index 0\n" + String(repeating: hash + "\n", count: 65) + tail.dropFirst(),
        ] {
            #expect(!accepts(bad), "\(bad)")
        }
        #expect(
            failure { () throws(DecodingFailure) in
                _ = try TlogProof(parsing: [UInt8](repeating: 10, count: TlogProof.byteCountMax + 1))
            } != nil)
    }

    @Test func `growth between any two checkpoints is proved`() throws {
        let log = try Published(count: 30)
        for new in 0...30 as ClosedRange<UInt64> {
            for old in 0...new {
                let result = try log.verifier.growth(
                    from: log.checkpoint(old), proof: log.growth(old, new).text)
                #expect(result.old.size == old && result.new.size == new)
            }
        }
    }

    @Test func `a rewritten, shrunken or mismatched history is refused with its reason`() throws {
        let log = try Published(count: 30)
        func refusal(_ old: [UInt8], _ proof: [UInt8]) -> VerificationFailure? {
            failure { () throws(VerificationFailure) in _ = try log.verifier.growth(from: old, proof: proof) }
        }
        // The same key signed another history earlier.
        let forked = try Checkpoint(origin: Self.origin, size: 20, root: leafHash([6])).signed(by: log.key)
        guard case .oldRootMismatch? = refusal(forked, try log.growth(20, 30).text) else {
            Issue.record("a fork passed")
            return
        }
        #expect(
            refusal(
                try log.checkpoint(30),
                GrowthProof(oldSize: 30, path: ConsistencyProof(), checkpoint: try log.checkpoint(20)).text)
                == .sizesRunBackwards(old: 30, new: 20))
        guard
            case .malformed("consistency proof", _)? = refusal(
                try log.checkpoint(19), try log.growth(20, 30).text)
        else {
            Issue.record("a proof from another size passed")
            return
        }
        let text = try log.growth(20, 30).text
        let old = try log.checkpoint(20)
        for length in text.indices {
            #expect(refusal(old, Array(text[..<length])) != nil, "cut at \(length)")
        }
        for position in text.indices {
            for bit in 0..<8 {
                var changed = text
                changed[position] ^= 1 << UInt8(bit)
                #expect(refusal(old, changed) != nil, "byte \(position), bit \(bit)")
            }
        }
    }

    @Test func `a growth proof is what a witness is sent`() throws {
        let log = try Published(count: 8)
        let text = String(decoding: try log.growth(6, 8).text, as: UTF8.self)
        let hashes = MerkleTree(size: 8, nodes: log.tree).consistencyProof(from: 6).hashes
        let lines = hashes.map { String(decoding: $0.base64, as: UTF8.self) + "\n" }.joined()
        #expect(text == "old 6\n" + lines + "\n" + String(decoding: try log.checkpoint(8), as: UTF8.self))
    }
}
