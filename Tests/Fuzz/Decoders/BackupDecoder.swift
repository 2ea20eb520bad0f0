import LogStore

extension FuzzDecoder {
    static let backupManifest = FuzzDecoder(
        "backup-manifest", byteCountMax: 8192,
        judge: { bytes in
            guard
                let manifest = decoded({ () throws(DecodingFailure) in try BackupManifest(parsing: bytes) })
            else { return false }
            invariant(manifest.text == bytes, "a backup's manifest accepted in another spelling")
            invariant(manifest.signedEnd <= manifest.end.size, "a backup that signs what it lacks")
            return true
        },
        repair: { bytes in
            // The last line hashes all before it: 7 characters, 64 digits, a newline.
            guard bytes.count > 72 else { return }
            let body = Array(bytes.dropLast(72))
            bytes = body + Array("sha256 \(body.withRawSpan { SHA256.of($0) })\n".utf8)
        },
        samples: { [0, 1, 3].map { Samples.backupManifest(files: $0).text } })
}

extension Samples {
    fileprivate static func backupManifest(files: Int) -> BackupManifest {
        BackupManifest(
            ledger: ledger, shard: 0, madeTime: november, end: TreePoint(size: 1003, root: hash(9)),
            sealedEnd: 512, checkpointSize: 1000,
            files: (0..<files).map { number in
                BackupManifest.File(
                    path: StoragePath("shard-0000/file-\(number)"), byteCount: 4096 * UInt64(number),
                    storedByteCount: 100 * UInt64(number), hash: hash(UInt8(number)))
            })
    }
}
