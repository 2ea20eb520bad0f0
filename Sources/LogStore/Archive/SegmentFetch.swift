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
        try place(download(entry, month, from: archive), at: paths.segment(month, entry.sequences))
    }

    /// Has the archive tell what it holds, which must be what the manifest says.
    package func requireCopy(
        of entry: PartitionManifest.Entry, _ month: Month, in archive: some Archive
    ) throws(LogStoreError) {
        let name = paths.archiveName(ledger, month, entry.sequences)
        guard let held = try archive.confirm(name) else {
            throw .notReadable(
                sequence: entry.sequences.lowerBound, reason: "the archive holds no \(name)")
        }
        guard held == ArchivedObject(hash: entry.fileHash, byteCount: entry.byteCount) else {
            throw .damaged(
                Damage(
                    file: StoragePath(name), offset: 0,
                    "the archive's copy has \(held.byteCount) bytes and hash \(held.hash), sealed were "
                        + "\(entry.byteCount) and \(entry.fileHash)"))
        }
    }

    /// Fetches one segment under a temporary name in its month: synced, read back from the device, and
    /// hashed. Nothing is left of what is not the segment.
    package func download(
        _ entry: PartitionManifest.Entry, _ month: Month, from archive: some Archive
    ) throws(LogStoreError) -> StoragePath {
        let temporary = paths.unfetched(month)
        do throws(LogStoreError) {
            try write(entry, paths.archiveName(ledger, month, entry.sequences), archive, to: temporary)
        } catch {
            discard(temporary)
            throw error
        }
        return temporary
    }

    private func write(
        _ entry: PartitionManifest.Entry, _ name: String, _ archive: some Archive, to temporary: StoragePath
    ) throws(LogStoreError) {
        let file = try onDisk { () throws(StorageError) in
            if try disk.exists(temporary) { try disk.remove(temporary) }
            return try disk.open(temporary, .create)
        }
        var offset: UInt64 = 0
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
    }

    /// Gives a downloaded segment its name, durably.
    package func place(_ temporary: StoragePath, at target: StoragePath) throws(LogStoreError) {
        try onDisk { () throws(StorageError) in
            try disk.rename(temporary, to: target)
            try disk.syncDirectory(target.parent)
        }
    }

    /// Removes a download that is not wanted.
    package func discard(_ temporary: StoragePath) {
        // The failure that made it unwanted is what counts; the next open removes what is left.
        try? disk.remove(temporary)
    }
}
