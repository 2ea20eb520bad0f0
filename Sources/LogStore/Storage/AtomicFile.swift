/// Small files that appear whole: written under a temporary name, synced, renamed, the directory synced.
///
/// A crash at any point leaves the old file or the new one, and perhaps a `.tmp` that the next open removes.
package enum AtomicFile {
    package static func write(
        _ bytes: [UInt8], to path: StoragePath, on disk: some Storage
    ) throws(StorageError) {
        let temporary = path.temporary
        if try disk.exists(temporary) { try disk.remove(temporary) }
        let file = try disk.open(temporary, .create)
        try bytes.withRawSpan { (bytes) throws(StorageError) in try file.write(bytes, at: 0) }
        try file.sync()
        try disk.rename(temporary, to: path)
        try disk.syncDirectory(path.parent)
    }

    /// The whole file, nil if it does not exist. Files above `byteCountMax` are not read: an error by code.
    package static func read(
        _ path: StoragePath, byteCountMax: Int, on disk: some Storage
    ) throws(LogStoreError) -> [UInt8]? {
        guard try onDisk({ () throws(StorageError) in try disk.exists(path) }) else { return nil }
        let file = try onDisk { () throws(StorageError) in try disk.open(path, .read) }
        let size = try onDisk { () throws(StorageError) in try file.size() }
        guard size <= UInt64(byteCountMax) else {
            throw .damaged(Damage(file: path, offset: 0, "\(size) bytes, at most \(byteCountMax) expected"))
        }
        var bytes = [UInt8](repeating: 0, count: Int(size))
        let count = try onDisk { () throws(StorageError) in
            try bytes.withMutableRawSpan { (span) throws(StorageError) in try file.read(into: &span, at: 0) }
        }
        guard count == bytes.count else {
            throw .damaged(Damage(file: path, offset: UInt64(count), "shorter than its size says"))
        }
        return bytes
    }
}

/// Runs a piece of disk work and names its failure as the log's.
package func onDisk<Result>(
    _ work: () throws(StorageError) -> Result
) throws(LogStoreError) -> Result {
    do { return try work() } catch { throw .storage(error) }
}
