/// The right to write to a log's directory: one process at a time.
package enum LogLock {
    /// Takes it, or says that another process has it.
    package static func take<Disk: Storage>(on disk: Disk) throws(LogStoreError) -> Disk.Lock {
        do throws(StorageError) { return try disk.lock(ShardPaths.lock, note: "holdfast\n") } catch {
            if error.code == ErrorNumber.wouldBlock { throw .locked(ShardPaths.lock) }
            throw .storage(error)
        }
    }
}
