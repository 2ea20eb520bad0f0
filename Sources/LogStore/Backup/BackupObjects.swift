/// The files of a backup, each under the SHA-256 of its bytes: what is there is never changed, so that an
/// older manifest stays good until a newer one takes its place, and what did not change is stored once.
package struct BackupObjects<Disk: Storage>: Sendable {
    package let disk: Disk

    package static var directory: StoragePath { StoragePath("objects") }
    /// An object being copied.
    private static var unfinished: StoragePath { directory / ("copy" + ShardPaths.Ending.temporary) }

    package init(disk: Disk) { self.disk = disk }

    package func path(_ hash: Hash256) -> StoragePath { Self.directory / "\(hash)" }

    /// Makes the place for objects.
    func prepare() throws(LogStoreError) {
        try onDisk { () throws(StorageError) in
            try disk.createDirectory(Self.directory)
            try disk.syncDirectory(ShardPaths.root)
        }
    }

    /// Whether the object is there: by its size, or read whole.
    func holds(_ object: ArchivedObject, isReadWhole: Bool) throws(LogStoreError) -> Bool {
        let path = path(object.hash)
        guard try onDisk({ () throws(StorageError) in try disk.exists(path) }) else { return false }
        let file = try onDisk { () throws(StorageError) in try disk.open(path, .readDirect) }
        if isReadWhole { return try FilePieces.hash(of: file) == object }
        return try onDisk { () throws(StorageError) in try file.size() } == object.byteCount
    }

    /// Copies the first `count` bytes of a file, as far as it goes, and syncs them. The name is durable once
    /// `settle` returned.
    func copy(
        _ source: some StorageFile, first count: UInt64, _ progress: VerificationProgress
    ) throws(LogStoreError) -> ArchivedObject {
        let copy = try onDisk { () throws(StorageError) in
            if try disk.exists(Self.unfinished) { try disk.remove(Self.unfinished) }
            return try disk.open(Self.unfinished, .create)
        }
        var hasher = SHA256()
        var byteCount: UInt64 = 0
        try FilePieces.forEach(of: source, in: 0..<count) { (piece) throws(LogStoreError) in
            hasher.update(piece)
            do throws(StorageError) { try copy.write(piece, at: byteCount) } catch {
                throw LogStoreError.storage(error)
            }
            byteCount += UInt64(piece.byteCount)
            progress.did(bytes: UInt64(piece.byteCount))
        }
        let object = ArchivedObject(hash: hasher.finalize(), byteCount: byteCount)
        try onDisk { () throws(StorageError) in
            try copy.sync()
            // In the place of an object of that name, too: what is there may have rotted.
            try disk.rename(Self.unfinished, to: path(object.hash))
        }
        return object
    }

    /// Stores a small file made here.
    func put(_ bytes: [UInt8]) throws(LogStoreError) -> ArchivedObject {
        let object = ArchivedObject(
            hash: bytes.withRawSpan { SHA256.of($0) }, byteCount: UInt64(bytes.count))
        try onDisk { () throws(StorageError) in try AtomicFile.write(bytes, to: path(object.hash), on: disk) }
        return object
    }

    /// Makes the objects' names durable.
    func settle() throws(LogStoreError) {
        try onDisk { () throws(StorageError) in try disk.syncDirectory(Self.directory) }
    }

    /// Removes what no manifest names any more.
    func removeAll(but kept: Set<Hash256>) throws(LogStoreError) {
        let names = Set(kept.map { path($0).name })
        try onDisk { () throws(StorageError) in
            for name in try disk.list(Self.directory) where !names.contains(name) {
                try disk.remove(Self.directory / name)
            }
            try disk.syncDirectory(Self.directory)
        }
    }
}
