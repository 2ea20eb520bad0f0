import LogStore
import Simulation
import TestSupport
import Testing

@Suite struct BackupManifestTests {
    private static let manifest = BackupManifest(
        ledger: makeUUID(0x20), shard: 0, madeTime: FormatSamples.november,
        end: TreePoint(size: 1003, root: makeHash(0x60)), sealedEnd: 512, checkpointSize: 1000,
        files: [
            BackupManifest.File(
                path: StoragePath("shard-0000/wal/00000000000000000512-00000003.wal"),
                byteCount: 33_554_432, storedByteCount: 20_480, hash: makeHash(0x10)),
            BackupManifest.File(
                path: StoragePath("shard-0000/superblock"), byteCount: 16_384, storedByteCount: 16_384,
                hash: makeHash(0x90)),
        ])

    @Test func `the bytes of a backup's manifest are fixed`() throws {
        let golden = """
            holdfast backup 1
            ledger 20212223-2425-2627-2829-2a2b2c2d2e2f
            shard 0
            made 1793491200000000000
            end 1003 606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f
            sealed 512
            checkpoint 1000
            file 16384 16384 \
            909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf \
            shard-0000/superblock
            file 33554432 20480 \
            101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f \
            shard-0000/wal/00000000000000000512-00000003.wal
            sha256 753c1e2966cd74ceb58229944d18fda3a3483abe6ea574c6ff79ccbcee5a4d64

            """
        #expect(String(decoding: Self.manifest.text, as: UTF8.self) == golden)
        #expect(try BackupManifest(parsing: Array(golden.utf8)) == Self.manifest)
    }

    @Test func `a manifest is read in one spelling only`() throws {
        let text = Self.manifest.text
        for offset in text.indices {
            for bit in 0..<8 {
                var flipped = text
                flipped[offset] ^= 1 << bit
                #expect(throws: DecodingFailure.self) { try BackupManifest(parsing: flipped) }
            }
            #expect(throws: DecodingFailure.self) { try BackupManifest(parsing: Array(text[..<offset])) }
        }
        #expect(throws: DecodingFailure.self) { try BackupManifest(parsing: text + [10]) }
    }

    @Test func `a manifest that leads out of its directory, or signs what it lacks, is refused`() {
        func change(_ change: (inout BackupManifest) -> Void) -> [UInt8] {
            var manifest = Self.manifest
            change(&manifest)
            return manifest.text
        }
        let hostile = [
            change { $0.files[0].path = StoragePath("../superblock") },
            change { $0.files[0].path = StoragePath("") },
            change { $0.files[0].path = StoragePath("/superblock") },
            change { $0.files[0].storedByteCount = $0.files[0].byteCount + 1 },
            change { $0.files[1].path = $0.files[0].path },
            change { $0.sealedEnd = $0.end.size + 1 },
            change { $0.checkpointSize = $0.end.size + 1 },
            change { $0.end.size = .max },
        ]
        for text in hostile {
            #expect(throws: DecodingFailure.self) { try BackupManifest(parsing: text) }
        }
    }
}
