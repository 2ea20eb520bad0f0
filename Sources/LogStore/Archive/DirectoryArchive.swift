/// An archive in a directory, usually on another device. Objects are files of their names below its root.
public struct DirectoryArchive<Disk: Storage>: Archive {
    private let disk: Disk

    /// Uses the storage's root.
    public init(disk: Disk) { self.disk = disk }

    /// Written under a temporary name, synced, renamed, the directory synced. An object that is there stays,
    /// whatever it holds: it may be the only good copy.
    public func put(_ name: String, pieces: () throws(LogStoreError) -> [UInt8]?) throws(LogStoreError) {
        let path = StoragePath(name)
        let temporary = path.temporary
        try makeDirectories(path.parent)
        let file = try onDisk { () throws(StorageError) in
            if try disk.exists(temporary) { try disk.remove(temporary) }
            return try disk.open(temporary, .create)
        }
        var offset: UInt64 = 0
        var hasher = SHA256()
        while let piece = try pieces() {
            try onDisk { () throws(StorageError) in
                try piece.withRawSpan { (bytes) throws(StorageError) in try file.write(bytes, at: offset) }
            }
            piece.withRawSpan { hasher.update($0) }
            offset += UInt64(piece.count)
        }
        let new = ArchivedObject(hash: hasher.finalize(), byteCount: offset)
        if let held = try confirm(name) {
            try onDisk { () throws(StorageError) in try disk.remove(temporary) }
            if held == new { return }
            throw .damaged(
                Damage(file: path, offset: 0, "the archive holds hash \(held.hash), not \(new.hash)"))
        }
        try onDisk { () throws(StorageError) in
            try file.sync()
            try disk.rename(temporary, to: path)
            try disk.syncDirectory(path.parent)
        }
    }

    private func makeDirectories(_ directory: StoragePath) throws(LogStoreError) {
        guard !directory.description.isEmpty else { return }
        try makeDirectories(directory.parent)
        try onDisk { () throws(StorageError) in
            if try disk.exists(directory) { return }
            try disk.createDirectory(directory)
            try disk.syncDirectory(directory.parent)
        }
    }

    /// Reads past the page cache, so that the answer is about the device; and makes the object's name durable
    /// first, for a killed process may have left one that a power cut would take back.
    public func confirm(_ name: String) throws(LogStoreError) -> ArchivedObject? {
        let path = StoragePath(name)
        guard try onDisk({ () throws(StorageError) in try disk.exists(path) }) else { return nil }
        try settle(path.parent)
        return try FilePieces.hash(of: try open(path))
    }

    /// Syncs a directory and all above it.
    private func settle(_ directory: StoragePath) throws(LogStoreError) {
        try onDisk { () throws(StorageError) in try disk.syncDirectory(directory) }
        if !directory.description.isEmpty { try settle(directory.parent) }
    }

    /// Whole pieces of 1 MiB, the last one shorter.
    public func get(
        _ name: String, _ body: (RawSpan) throws(LogStoreError) -> Void
    ) throws(LogStoreError) {
        try FilePieces.forEach(of: try open(StoragePath(name)), body)
    }

    private func open(_ path: StoragePath) throws(LogStoreError) -> Disk.File {
        try onDisk { () throws(StorageError) in try disk.open(path, .readDirect) }
    }
}
