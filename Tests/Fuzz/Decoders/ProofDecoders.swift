import LogStore

extension FuzzDecoder {
    static let proofDecoders = [
        signedNote, checkpoint, tlogProof, growthProof, tilePath, verifierKey, signerKey, base64, hashTile,
        entryBundle, fileName,
    ]

    static let signedNote = FuzzDecoder(
        "signed-note",
        judge: { bytes in
            guard let note = decoded({ () throws(DecodingFailure) in try SignedNote(parsing: bytes) })
            else { return false }
            bytes.withRawSpan { expectSame(note.bytes, $0, "note") }
            do throws(VerificationFailure) { try note.verify(by: [Samples.noteKey.verifyingKey]) } catch {
                invariant(!error.description.isEmpty, "a refusal without a reason")
            }
            return true
        }, samples: { [Samples.checkpoint.signed(by: Samples.noteKey)] })

    static let checkpoint = FuzzDecoder(
        "checkpoint",
        judge: { bytes in
            guard let checkpoint = decoded({ () throws(DecodingFailure) in try Checkpoint(parsing: bytes) })
            else { return false }
            bytes.withRawSpan { expectSame(checkpoint.text, $0, "checkpoint") }
            return true
        }, samples: { [Samples.checkpoint.text] })

    static let tlogProof = FuzzDecoder(
        "tlog-proof",
        judge: { bytes in
            guard let proof = decoded({ () throws(DecodingFailure) in try TlogProof(parsing: bytes) })
            else { return false }
            bytes.withRawSpan { expectSame(proof.text, $0, "proof") }
            do throws(VerificationFailure) {
                _ = try Samples.verifier.inclusion(of: [1, 2, 3], proof: bytes)
            } catch { invariant(!error.description.isEmpty, "a refusal without a reason") }
            // Sizes and indexes far beyond the sample's.
            for size in [proof.index, proof.index &+ 1, .max] {
                do throws(VerificationFailure) {
                    try proof.path.verify(leaf: .zero, index: proof.index, size: size, root: .zero)
                } catch {}
            }
            return true
        }, samples: { [Samples.tlogProof(extra: nil), Samples.tlogProof(extra: [1, 2, 3])] })

    static let growthProof = FuzzDecoder(
        "growth-proof",
        judge: { bytes in
            guard let proof = decoded({ () throws(DecodingFailure) in try GrowthProof(parsing: bytes) })
            else { return false }
            bytes.withRawSpan { expectSame(proof.text, $0, "proof") }
            let note = Samples.checkpoint.signed(by: Samples.noteKey)
            do throws(VerificationFailure) {
                _ = try Samples.verifier.growth(from: note, proof: bytes)
            } catch { invariant(!error.description.isEmpty, "a refusal without a reason") }
            for size in [proof.oldSize, proof.oldSize &+ 1, proof.oldSize &* 3, .max] {
                do throws(VerificationFailure) {
                    try proof.path.verify(old: proof.oldSize, oldRoot: .zero, new: size, newRoot: .zero)
                } catch {}
            }
            return true
        }, samples: { [Samples.growthProof()] })

    static let tilePath = FuzzDecoder(
        "tile-path", byteCountMax: 128,
        judge: { bytes in
            guard let text = String(validating: bytes, as: UTF8.self),
                let tile = decoded({ () throws(DecodingFailure) in try Tile(path: text) })
            else { return false }
            bytes.withRawSpan { expectSame(Array(tile.path.utf8), $0, "tile path") }
            return true
        },
        samples: {
            [
                Tile(.hashes(level: 0), index: 1_234_067), Tile(.entries, index: 0, width: 17),
                Tile(.hashes(level: 7), index: .max, width: 255),
            ].map { Array($0.path.utf8) }
        })

    static let verifierKey = FuzzDecoder(
        "vkey", byteCountMax: 2048,
        judge: { bytes in
            guard let text = String(validating: bytes, as: UTF8.self),
                let key = decoded({ () throws(DecodingFailure) in try NoteVerifyingKey(parsing: text) })
            else { return false }
            bytes.withRawSpan { expectSame(Array(key.description.utf8), $0, "verifier key") }
            return true
        }, samples: { [Array(Samples.noteKey.verifyingKey.description.utf8)] })

    static let signerKey = FuzzDecoder(
        "skey", byteCountMax: 2048,
        judge: { bytes in
            guard let key = decoded({ () throws(DecodingFailure) in try NoteSigningKey(parsing: bytes) })
            else { return false }
            bytes.withRawSpan { expectSame(key.secretText(), $0, "signer key") }
            return true
        }, samples: { [Samples.noteKey.secretText()] })

    static let base64 = FuzzDecoder(
        "base64", byteCountMax: 1024,
        judge: { bytes in
            guard let plain = Base64.decode(bytes) else { return false }
            bytes.withRawSpan { expectSame(Base64.encode(plain), $0, "base64") }
            return true
        }, samples: { ["", "TQ==", "TWE=", "TWFu", "+/+/"].map { Array($0.utf8) } })

    /// width − 1 in one byte, then the tile.
    static let hashTile = FuzzDecoder(
        "hash-tile", byteCountMax: 8193,
        judge: { bytes in
            guard let width = bytes.first.map({ Int($0) + 1 }) else { return false }
            let body = Array(bytes.dropFirst())
            guard
                let tile = decoded({ () throws(DecodingFailure) in
                    try HashTile(decoding: body, width: width)
                })
            else { return false }
            body.withRawSpan { expectSame(tile.bytes, $0, "hash tile") }
            for height in 0...8 where 1 << height <= width { _ = tile.root(from: 0, height: height) }
            return true
        },
        repair: { bytes in
            guard bytes.count > 32 else { return }
            let width = min(256, (bytes.count - 1) / 32)
            Repair.resize(&bytes, to: 1 + width * 32)
            bytes[0] = UInt8(width - 1)
        }, samples: { [1, 5].map { [UInt8($0 - 1)] + Array(0..<UInt8($0 * 32)) } })

    /// width − 1 in one byte, then the bundle.
    static let entryBundle = FuzzDecoder(
        "entry-bundle",
        judge: { bytes in
            guard let width = bytes.first.map({ Int($0) + 1 }) else { return false }
            let body = Array(bytes.dropFirst())
            guard
                let bundle = decoded({ () throws(DecodingFailure) in
                    try EntryBundle(decoding: body, width: width)
                })
            else { return false }
            invariant(bundle.leaves.hashes.count == bundle.count, "leaves")
            var again: [UInt8] = []
            for index in 0..<bundle.count {
                bundle[index].withRawSpan { EntryBundle.append($0, to: &again) }
            }
            body.withRawSpan { expectSame(again, $0, "entry bundle") }
            return true
        }, samples: { [Samples.entryBundle(1), Samples.entryBundle(7)] })

    /// Names found in a directory; only canonical ones are ours.
    static let fileName = FuzzDecoder(
        "file-name", byteCountMax: 128,
        judge: { bytes in
            guard let name = String(validating: bytes, as: UTF8.self) else { return false }
            let paths = ShardPaths(shard: 0)
            if let (first, incarnation) = ShardPaths.parseWALName(name) {
                let canonical = paths.walFile(firstSequence: first, incarnation: incarnation).name
                invariant(canonical == name, "\(name) read as \(canonical)")
                invariant(!(first..<first + 1).isEmpty, "first sequence")
                return true
            }
            if let sequences = ShardPaths.parseSegmentName(name) {
                invariant(ShardPaths.segmentName(sequences) == name, "\(name) read as \(sequences)")
                return true
            }
            guard let month = Month(name) else { return false }
            invariant(month.description == name && month.end > 0, "\(name) read as \(month)")
            return true
        },
        samples: {
            [
                ShardPaths(shard: 0).walFile(firstSequence: 77, incarnation: 3).name,
                ShardPaths.segmentName(0..<512), "2026-11",
            ].map { Array($0.utf8) }
        })
}
