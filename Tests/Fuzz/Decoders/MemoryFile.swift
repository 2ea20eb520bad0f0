import LogStore

/// A file that is an array; it can only be read.
final class MemoryFile: StorageFile {
    let path = StoragePath("input")
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func size() throws(StorageError) -> UInt64 { UInt64(bytes.count) }

    func read(into target: inout MutableRawSpan, at offset: UInt64) throws(StorageError) -> Int {
        guard offset < UInt64(bytes.count) else { return 0 }
        let start = Int(offset)
        let count = min(target.byteCount, bytes.count - start)
        bytes.withRawSpan { target.copy(from: $0.extracting(start..<start + count), at: 0) }
        return count
    }

    func write(_ bytes: RawSpan, at offset: UInt64) throws(StorageError) { throw refusal(.write) }
    func sync() throws(StorageError) { throw refusal(.sync) }
    func allocate(_ size: UInt64) throws(StorageError) { throw refusal(.allocate) }
    func truncate(to size: UInt64) throws(StorageError) { throw refusal(.truncate) }

    private func refusal(_ operation: StorageError.Operation) -> StorageError {
        StorageError(operation, path, code: 30)  // EROFS
    }
}
