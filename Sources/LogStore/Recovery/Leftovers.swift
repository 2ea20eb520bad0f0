/// What the process before left in caches, names included.
enum Leftovers {
    /// Makes it durable before anything is concluded from it: a killed process may have written what it did
    /// not sync. Else a superblock could come to name events, a manifest or a key, or a repair to rely on a
    /// file, that a power cut then takes back.
    static func settle(in paths: ShardPaths, on disk: some Storage) throws(LogStoreError) {
        do throws(StorageError) {
            let logs = try disk.list(paths.wal).filter { $0.hasSuffix(ShardPaths.Ending.wal) }.map {
                paths.wal / $0
            }
            for path in logs + [paths.superblock, paths.watermark] where try disk.exists(path) {
                try disk.open(path, .write).sync()
            }
            let months = try disk.list(paths.log).filter { Month($0) != nil }.map { paths.log / $0 }
            let above = [ShardPaths.root, ShardPaths.keys, ShardPaths.quarantine]
            for directory in months + [paths.log, paths.wal, paths.directory] + above
            where try disk.exists(directory) {
                try disk.syncDirectory(directory)
            }
        } catch { throw .storage(error) }
    }
}
