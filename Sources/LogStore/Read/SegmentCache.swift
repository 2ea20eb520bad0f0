import Synchronization

/// Opened segments, most recently used last; at most 256 descriptors. Shared by all readers of a log.
package final class SegmentCache<Disk: Storage>: Sendable {
    private let disk: Disk
    private let paths: ShardPaths
    private let ledger: LogUUID
    private let verifyingKey: VerifyingKey
    private let encryption: LogEncryption
    /// Tells whether a missing file was evicted or restored meanwhile.
    private let catalog: LogCatalog?
    private let files: Mutex<[SegmentFile<Disk.File>]>

    package static var filesMax: Int { 256 }

    package init(
        disk: Disk, paths: ShardPaths, ledger: LogUUID, verifyingKey: VerifyingKey,
        encryption: LogEncryption, catalog: LogCatalog? = nil
    ) {
        self.catalog = catalog
        self.disk = disk
        self.paths = paths
        self.ledger = ledger
        self.verifyingKey = verifyingKey
        self.encryption = encryption
        files = Mutex([])
    }

    /// The segment a manifest lists, opened and checked, or as it was opened before. Of an evicted one the
    /// stub: it has a footer and no blocks.
    package func open(
        _ entry: PartitionManifest.Entry, _ month: Month
    ) throws(LogStoreError) -> SegmentFile<Disk.File> {
        if let known = touch(entry) { return known }
        let path = entry.isLocal ? paths.segment(month, entry.sequences) : paths.stub(month, entry.sequences)
        let opened: SegmentFile<Disk.File>
        do throws(LogStoreError) {
            opened = try SegmentFile(
                disk: disk, path: path, entry: entry, ledger: ledger, verifyingKey: verifyingKey,
                encryption: encryption)
        } catch {
            // The caller may have looked before the file was given up or came back.
            if let now = catalog?.current(entry, month), now.isLocal != entry.isLocal {
                return try open(now, month)
            }
            throw Self.unreadable(error, path)
        }
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

    private func touch(_ entry: PartitionManifest.Entry) -> SegmentFile<Disk.File>? {
        files.withLock { files in
            guard
                let index = files.lastIndex(where: {
                    $0.header.fileUUID == entry.uuid && $0.hasBlocks == entry.isLocal
                })
            else { return nil }
            let file = files.remove(at: index)
            files.append(file)
            return file
        }
    }

    /// Forgets a file that is about to go.
    package func close(_ uuid: LogUUID) { files.withLock { $0.removeAll { $0.header.fileUUID == uuid } } }
}
