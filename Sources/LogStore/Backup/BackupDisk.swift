/// A backup as the directory it was made of, for whoever reads logs. Nothing can be changed.
package struct BackupDisk<Disk: Storage>: Storage {
    package typealias File = BackupFile<Disk.File>
    package typealias Lock = Disk.Lock

    private let objects: BackupObjects<Disk>
    private let files: [StoragePath: BackupManifest.File]
    /// What each directory holds, sorted.
    private let names: [StoragePath: [String]]

    package init(_ objects: BackupObjects<Disk>, _ files: [BackupManifest.File]) {
        self.objects = objects
        self.files = Dictionary(files.map { ($0.path, $0) }) { first, _ in first }
        var names: [StoragePath: Set<String>] = [:]
        for file in files {
            var path = file.path
            while !path.description.isEmpty {
                names[path.parent, default: []].insert(path.name)
                path = path.parent
            }
        }
        self.names = names.mapValues { $0.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
    }

    package func open(_ path: StoragePath, _ mode: OpenMode) throws(StorageError) -> File {
        guard mode == .read || mode == .readDirect else { throw refusal(.open, path) }
        guard let file = files[path] else {
            throw StorageError(.open, path, code: ErrorNumber.notFound)
        }
        return BackupFile(file, try objects.disk.open(objects.path(file.hash), mode))
    }

    package func list(_ directory: StoragePath) throws(StorageError) -> [String] { names[directory] ?? [] }

    package func exists(_ path: StoragePath) throws(StorageError) -> Bool {
        files[path] != nil || names[path] != nil
    }

    /// Everything is durable that is there.
    package func syncDirectory(_ directory: StoragePath) throws(StorageError) {}

    package func createDirectory(_ path: StoragePath) throws(StorageError) {
        throw refusal(.createDirectory, path)
    }
    package func rename(_ source: StoragePath, to target: StoragePath) throws(StorageError) {
        throw refusal(.rename, source)
    }
    package func remove(_ path: StoragePath) throws(StorageError) { throw refusal(.remove, path) }
    package func freeBytes() throws(StorageError) -> UInt64 { 0 }
    package func lock(_ path: StoragePath, note: String) throws(StorageError) -> Disk.Lock {
        throw refusal(.lock, path)
    }

    private func refusal(_ operation: StorageError.Operation, _ path: StoragePath) -> StorageError {
        StorageError(operation, path, code: ErrorNumber.readOnly)
    }
}

/// A file of a backup: the stored bytes, and the zeros behind them.
package final class BackupFile<Base: StorageFile>: StorageFile {
    package let path: StoragePath
    private let base: Base
    private let byteCount: UInt64
    private let storedByteCount: UInt64

    init(_ file: BackupManifest.File, _ base: Base) {
        path = file.path
        byteCount = file.byteCount
        storedByteCount = file.storedByteCount
        self.base = base
    }

    package func size() throws(StorageError) -> UInt64 { byteCount }

    package func read(into target: inout MutableRawSpan, at offset: UInt64) throws(StorageError) -> Int {
        guard offset < byteCount else { return 0 }
        let wanted = Int(min(UInt64(target.byteCount), byteCount - offset))
        var count = 0
        if offset < storedByteCount {
            let stored = Int(min(UInt64(wanted), storedByteCount - offset))
            count = min(try base.read(into: &target, at: offset), stored)
            // An object that is shorter than it was: the file ends there, and whoever reads it says so.
            if count < stored { return count }
        }
        target.zero(count..<wanted)
        return wanted
    }

    package func write(_ bytes: RawSpan, at offset: UInt64) throws(StorageError) { throw refusal(.write) }
    package func sync() throws(StorageError) { throw refusal(.sync) }
    package func allocate(_ size: UInt64) throws(StorageError) { throw refusal(.allocate) }
    package func truncate(to size: UInt64) throws(StorageError) { throw refusal(.truncate) }

    private func refusal(_ operation: StorageError.Operation) -> StorageError {
        StorageError(operation, path, code: ErrorNumber.readOnly)
    }
}

/// A machine whose disk is a backup.
package struct BackupPlatform<Base: Platform, Stored: Storage>: Platform {
    private let base: Base
    package let disk: BackupDisk<Stored>

    package init(_ base: Base, _ disk: BackupDisk<Stored>) {
        self.base = base
        self.disk = disk
    }

    package var process: ProcessIdentity { base.process }
    package func wallTime() -> UInt64 { base.wallTime() }
    package func monotonicTime() -> UInt64 { base.monotonicTime() }
    package func fillRandom(_ bytes: inout MutableRawSpan) { base.fillRandom(&bytes) }
}
