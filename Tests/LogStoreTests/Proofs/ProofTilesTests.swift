import LogStore
import Simulation
import TestSupport
import Testing

@Suite struct ProofTilesTests {
    @Test func `a proof is right even if a published tile is wrong, and the tile is written anew`() throws {
        let test = try TestLog()
        try test.append(groups: 680, of: 100, payloadBytes: 16)
        try test.sealAll()
        try test.settle()
        try test.log.signCheckpoint()
        let checkpoint = try #require(try test.log.signedCheckpoint())
        let path = ShardPaths(shard: 0).tiles / "tile/1/000"
        let right = try #require(try AtomicFile.read(path, byteCountMax: 8192, on: test.storage))
        var wrong = right
        wrong[32 * 100] ^= 1
        // Whole tiles and partial subtrees of one are shortcuts for these two.
        for sequence in [UInt64(100), 67_000] {
            var reader = test.log.makeReader(from: sequence)
            #expect(try reader.next())
            var cursor = reader.run.makeCursor()
            let event = cursor.next()!.bytes.array()
            for bytes in [right, wrong] {
                try AtomicFile.write(bytes, to: path, on: test.storage)
                let proof = try test.log.inclusionProof(of: sequence, in: checkpoint)
                _ = try test.log.verifier.inclusion(of: event, proof: Array(proof.text))
            }
        }
        var found: [Damage] = []
        let prover = LogProver(
            source: test.log.parts.source, tree: test.log.parts.tree, verifier: test.log.verifier,
            tiles: ShardPaths(shard: 0).tiles, report: { found.append($0) })
        _ = try prover.inclusion(of: 67_000, in: checkpoint)
        #expect(found.map(\.file) == [path] && found.map(\.offset) == [3200])
        _ = try prover.growth(from: 66_000, to: checkpoint)

        let reopened = try TestLog(on: test.storage.crash(), time: test.log.position.lastTime + 1)
        try reopened.log.signCheckpoint()
        #expect(reopened.log.parts.repairedTiles.map(\.file) == [path])
        #expect(try AtomicFile.read(path, byteCountMax: 8192, on: reopened.storage) == right)
    }
}
