/// Puts a segment back from an archive, byte for byte, by range and SHA-256.
///
/// What is fetched gets its name only after its hash is the manifest's.
package struct SegmentFetch<Disk: Storage> {
    private let disk: Disk
    private let paths: ShardPaths
    private let ledger: LogUUID

    package init(disk: Disk, paths: ShardPaths, ledger: LogUUID) {
        self.disk = disk
        self.paths = paths
        self.ledger = ledger
    }

    /// Fetches one segment and puts it in place of whatever is there.
    package func fetch(
        _ entry: PartitionManifest.Entry, _ month: Month, from archive: some Archive
    ) throws(LogStoreError) {
        let target = paths.segment(month, entry.sequences)
        let temporary = paths.unfetched(month)
        let file = try onDisk { () throws(StorageError) in
            if try disk.exists(temporary) { try disk.remove(temporary) }
            return try disk.open(temporary, .create)
        }
        var offset: UInt64 = 0
        let name = paths.archiveName(ledger, month, entry.sequences)
        try archive.get(name) { (piece) throws(LogStoreError) in
            guard offset + UInt64(piece.byteCount) <= entry.byteCount else {
                throw .damaged(
                    Damage(file: StoragePath(name), offset: offset, "the archive's copy is too long"))
            }
            do throws(StorageError) { try file.write(piece, at: offset) } catch {
                throw LogStoreError.storage(error)
            }
            offset += UInt64(piece.byteCount)
        }
        try onDisk { () throws(StorageError) in try file.sync() }
        let written = try FilePieces.hash(
            of: try onDisk { () throws(StorageError) in try disk.open(temporary, .readDirect) })
        guard written == ArchivedObject(hash: entry.fileHash, byteCount: entry.byteCount) else {
            throw .damaged(
                Damage(
                    file: StoragePath(name), offset: 0,
                    "the archive's copy has hash \(written.hash), sealed was \(entry.fileHash)"))
        }
        try onDisk { () throws(StorageError) in
            try disk.rename(temporary, to: target)
            try disk.syncDirectory(target.parent)
        }
    }
}
