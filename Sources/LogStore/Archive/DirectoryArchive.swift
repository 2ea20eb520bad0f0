/// An archive in a directory, usually on another device. Objects are files of their names below its root.
public struct DirectoryArchive<Disk: Storage>: Archive {
    private let disk: Disk
    private static var pieceBytes: Int { 1 << 20 }

    /// Uses the storage's root.
    public init(disk: Disk) { self.disk = disk }

    /// Written under a temporary name, synced, renamed, the directory synced.
    public func put(_ name: String, pieces: () throws(LogStoreError) -> [UInt8]?) throws(LogStoreError) {
        let path = StoragePath(name)
        let temporary = path.parent / (path.name + ".tmp")
        try makeDirectories(path.parent)
        let file = try onDisk { () throws(StorageError) in
            if try disk.exists(temporary) { try disk.remove(temporary) }
            return try disk.open(temporary, .create)
        }
        var offset: UInt64 = 0
        while let piece = try pieces() {
            try onDisk { () throws(StorageError) in
                try piece.withRawSpan { (bytes) throws(StorageError) in try file.write(bytes, at: offset) }
            }
            offset += UInt64(piece.count)
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

    /// Reads past the page cache, so that the answer is about the device.
    public func confirm(_ name: String) throws(LogStoreError) -> ArchivedObject? {
        let path = StoragePath(name)
        guard try onDisk({ () throws(StorageError) in try disk.exists(path) }) else { return nil }
        var hasher = SHA256()
        var byteCount: UInt64 = 0
        try get(name) { (piece) throws(LogStoreError) in
            hasher.update(piece)
            byteCount += UInt64(piece.byteCount)
        }
        return ArchivedObject(hash: hasher.finalize(), byteCount: byteCount)
    }

    /// Whole pieces of 1 MiB, the last one shorter.
    public func get(
        _ name: String, _ body: (RawSpan) throws(LogStoreError) -> Void
    ) throws(LogStoreError) {
        let file = try onDisk { () throws(StorageError) in try disk.open(StoragePath(name), .readDirect) }
        try FilePieces.forEach(of: file, pieceBytes: Self.pieceBytes, body)
    }
}

/// Reads a whole file in aligned pieces.
package enum FilePieces {
    package static func forEach(
        of file: some StorageFile, pieceBytes: Int, _ body: (RawSpan) throws(LogStoreError) -> Void
    ) throws(LogStoreError) {
        var buffer = AlignedBuffer(byteCount: pieceBytes)
        var offset: UInt64 = 0
        while true {
            let count = try read(file, at: offset, into: &buffer)
            guard count > 0 else { return }
            try body(buffer.bytes.extracting(0..<count))
            offset += UInt64(count)
            guard count == pieceBytes else { return }
        }
    }

    private static func read(
        _ file: some StorageFile, at offset: UInt64, into buffer: inout AlignedBuffer
    ) throws(LogStoreError) -> Int {
        var target = buffer.mutableBytes
        do { return try file.read(into: &target, at: offset) } catch { throw .storage(error) }
    }

    /// SHA-256 and size of a whole file.
    package static func hash(of file: some StorageFile) throws(LogStoreError) -> ArchivedObject {
        var hasher = SHA256()
        var byteCount: UInt64 = 0
        try forEach(of: file, pieceBytes: 1 << 20) { (piece) throws(LogStoreError) in
            hasher.update(piece)
            byteCount += UInt64(piece.byteCount)
        }
        return ArchivedObject(hash: hasher.finalize(), byteCount: byteCount)
    }
}
