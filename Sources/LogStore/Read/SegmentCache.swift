import Synchronization

/// Opened segments, most recently used last; at most 256 descriptors. Shared by all readers of a log.
package final class SegmentCache<Disk: Storage>: Sendable {
    private let disk: Disk
    private let paths: ShardPaths
    private let ledger: LogUUID
    private let verifyingKey: VerifyingKey
    private let encryption: LogEncryption
    private let files: Mutex<[SegmentFile<Disk.File>]>

    package static var filesMax: Int { 256 }

    package init(
        disk: Disk, paths: ShardPaths, ledger: LogUUID, verifyingKey: VerifyingKey, encryption: LogEncryption
    ) {
        self.disk = disk
        self.paths = paths
        self.ledger = ledger
        self.verifyingKey = verifyingKey
        self.encryption = encryption
        files = Mutex([])
    }

    /// The segment a manifest lists, opened and checked, or as it was opened before.
    package func open(
        _ entry: PartitionManifest.Entry, _ month: Month
    ) throws(LogStoreError) -> SegmentFile<Disk.File> {
        if let known = touch(entry.uuid) { return known }
        guard entry.isLocal else {
            throw .notReadable(
                sequence: entry.sequences.lowerBound, reason: "segment \(entry.uuid) is only in the archive")
        }
        let opened: SegmentFile<Disk.File>
        do throws(LogStoreError) {
            opened = try SegmentFile(
                disk: disk, path: paths.segment(month, entry.sequences), entry: entry, ledger: ledger,
                verifyingKey: verifyingKey, encryption: encryption)
        } catch { throw Self.unreadable(error, paths.segment(month, entry.sequences)) }
        files.withLock { files in
            if files.count >= Self.filesMax { files.removeFirst() }
            files.append(opened)
        }
        return opened
    }

    /// A read error in a sealed file is treated like a checksum failure.
    private static func unreadable(_ error: LogStoreError, _ path: StoragePath) -> LogStoreError {
        guard case .storage(let storage) = error,
            storage.code == ErrorNumber.inputOutput || storage.code == ErrorNumber.notFound
        else { return error }
        return .damaged(Damage(file: path, offset: storage.offset ?? 0, "\(storage)"))
    }

    private func touch(_ uuid: LogUUID) -> SegmentFile<Disk.File>? {
        files.withLock { files in
            guard let index = files.lastIndex(where: { $0.header.fileUUID == uuid }) else { return nil }
            let file = files.remove(at: index)
            files.append(file)
            return file
        }
    }

    /// Forgets a file that is about to go.
    package func close(_ uuid: LogUUID) { files.withLock { $0.removeAll { $0.header.fileUUID == uuid } } }
}
