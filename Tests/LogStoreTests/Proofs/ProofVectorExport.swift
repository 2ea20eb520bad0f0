import Glibc
import LogStore
import Testing

/// Writes what our code produces into the directory HOLDFAST_PROOF_VECTORS, for
/// `Tests/Interop/check_proofs.py` to check with implementations that are not ours. Does nothing without the
/// variable.
///
///     vectors.json                    entries, roots, inclusion and consistency proofs
///     checkpoint-<size>               signed checkpoints
///     proof-<index>-<size>.tlog-proof
///     growth-<old>-<new>.txt
///     <tile path, "/" as "_">         tiles and bundles of the largest tree
@Suite(.enabled(if: unsafe getenv("HOLDFAST_PROOF_VECTORS") != nil)) struct ProofVectorExport {
    private static let origin = "ledger.example/interop"
    private static let sizes: [UInt64] = [1, 2, 3, 7, 8, 100, 255, 256, 257, 511, 512, 513, 600]

    private let directory = unsafe getenv("HOLDFAST_PROOF_VECTORS").map { unsafe String(cString: $0) } ?? "."
    private let entries = (0..<600).map(ProofVectorExport.entry)

    private static func entry(_ index: Int) -> [UInt8] {
        let first = UInt8(truncatingIfNeeded: index)
        return (0...(index % 180)).map { first &+ UInt8($0) &* 31 }
    }

    @Test func `vectors are written for other implementations to check`() throws {
        let tree = StoredTree(entries.map(leafHash))
        let key = NoteSigningKey(
            name: try NoteKeyName(Self.origin),
            key: SigningKey(seed: SecretKey(copying: [UInt8](repeating: 0x17, count: 32))))
        func checkpoint(_ size: UInt64) throws -> [UInt8] {
            let root = MerkleTree(size: size, nodes: tree).root()
            return try Checkpoint(origin: Self.origin, size: size, root: root).signed(by: key)
        }
        var inclusions: [String] = []
        var consistencies: [String] = []
        for size in Self.sizes {
            let whole = MerkleTree(size: size, nodes: tree)
            write(try checkpoint(size), to: "checkpoint-\(size)")
            for index in 0..<size {
                let path = whole.inclusionProof(of: index)
                inclusions.append("{\"index\":\(index),\"size\":\(size),\"hashes\":\(json(path.hashes))}")
                guard index % 97 == 0 || index + 1 == size else { continue }
                let proof = TlogProof(
                    index: index, path: path, checkpoint: try checkpoint(size),
                    extra: index == 97 ? [1, 2, 3] : nil)
                write(proof.text, to: "proof-\(index)-\(size).tlog-proof")
            }
            for old in 1...size {
                let path = whole.consistencyProof(from: old)
                consistencies.append("{\"old\":\(old),\"new\":\(size),\"hashes\":\(json(path.hashes))}")
                guard Self.sizes.contains(old) else { continue }
                let proof = GrowthProof(oldSize: old, path: path, checkpoint: try checkpoint(size))
                write(proof.text, to: "growth-\(old)-\(size).txt")
            }
        }
        writeTiles(of: tree)
        let roots = (0...600).map { MerkleTree(size: $0, nodes: tree).root() }
        let document = """
            {"origin":"\(Self.origin)","vkey":"\(key.verifyingKey)",
            "entries":[\(entries.map { "\"\(text(Base64.encode($0)))\"" }.joined(separator: ","))],
            "roots":\(json(roots)),
            "inclusion":[\(inclusions.joined(separator: ",\n"))],
            "consistency":[\(consistencies.joined(separator: ",\n"))]}

            """
        write(Array(document.utf8), to: "vectors.json")
    }

    private func writeTiles(of tree: StoredTree) {
        Tile.forEach(to: UInt64(entries.count)) { tile in
            let range = Int(tile.index) * 256..<(Int(tile.index) * 256 + tile.width)
            var bytes: [UInt8] = []
            switch tile.content {
            case .hashes(let level): bytes = HashTile(hashes: Array(tree.levels[8 * level][range])).bytes
            case .entries:
                for entry in entries[range] { entry.withRawSpan { EntryBundle.append($0, to: &bytes) } }
            }
            write(bytes, to: tile.path.replacing("/", with: "_"))
        }
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private func json(_ hashes: [Hash256]) -> String {
        "[\(hashes.map { "\"\(text($0.base64))\"" }.joined(separator: ","))]"
    }

    private func write(_ bytes: [UInt8], to name: String) {
        let file = unsafe fopen("\(directory)/\(name)", "wb")
        guard let file = unsafe file else {
            Issue.record("cannot write \(directory)/\(name)")
            return
        }
        let written = unsafe fwrite(bytes, 1, bytes.count, file)
        #expect(unsafe fclose(file) == 0 && written == bytes.count)
    }
}
