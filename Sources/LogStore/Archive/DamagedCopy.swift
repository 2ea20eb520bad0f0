/// What a damaged file still gave, kept in `quarantine/` before another file takes its place.
///
/// Pages that the device did not give are zeros in the copy, and listed in a text file beside it, a line of
/// offset and length each. Both are named by the hash of the copy: keeping the same bytes again, after a
/// crash, keeps them once.
package struct DamagedCopy: Sendable, Equatable {
    package var path: StoragePath
    /// Byte ranges that were not readable.
    package var unreadable: [Range<UInt64>]

    /// Copies what is at `source`; nil if nothing is.
    package static func make(
        of source: StoragePath, uuid: LogUUID, on disk: some Storage
    ) throws(LogStoreError) -> DamagedCopy? {
        guard try onDisk({ () throws(StorageError) in try disk.exists(source) }) else { return nil }
        let temporary = ShardPaths.unkept
        let (file, copy) = try onDisk { () throws(StorageError) in
            try disk.createDirectory(ShardPaths.quarantine)
            try disk.syncDirectory(ShardPaths.root)
            if try disk.exists(temporary) { try disk.remove(temporary) }
            return (try disk.open(source, .readDirect), try disk.open(temporary, .create))
        }
        let (hash, unreadable) = try copyReadable(from: file, to: copy)
        let kept = DamagedCopy(path: ShardPaths.quarantined(uuid, hash: hash), unreadable: unreadable)
        try kept.name(temporary, copy, on: disk)
        return kept
    }

    /// Gives the finished copy its name, unless the same bytes have it already.
    private func name<Disk: Storage>(
        _ temporary: StoragePath, _ copy: Disk.File, on disk: Disk
    ) throws(LogStoreError) {
        try onDisk { () throws(StorageError) in
            if try disk.exists(path) { return try disk.remove(temporary) }
            if !unreadable.isEmpty {
                let lines = unreadable.map { "\($0.lowerBound) \($0.count)\n" }.joined()
                try AtomicFile.write(
                    Array(lines.utf8), to: ShardPaths.unreadable(path), on: disk)
            }
            try copy.sync()
            try disk.rename(temporary, to: path)
            try disk.syncDirectory(path.parent)
        }
    }

    private static func copyReadable(
        from source: some StorageFile, to copy: some StorageFile
    ) throws(LogStoreError) -> (hash: Hash256, unreadable: [Range<UInt64>]) {
        let size = try onDisk { () throws(StorageError) in try source.size() }
        var buffer = AlignedBuffer(byteCount: FilePieces.pieceBytes)
        var unreadable: [Range<UInt64>] = []
        var hasher = SHA256()
        var offset: UInt64 = 0
        while offset < size {
            let count = Int(min(UInt64(buffer.byteCount), size - offset))
            do throws(StorageError) {
                try read(source, at: offset, count: count, into: &buffer, &unreadable)
                try copy.write(buffer.bytes.extracting(0..<count), at: offset)
            } catch { throw .storage(error) }
            hasher.update(buffer.bytes.extracting(0..<count))
            offset += UInt64(count)
        }
        return (hasher.finalize(), unreadable)
    }

    /// Reads one piece, page by page if the device does not give it whole.
    private static func read(
        _ file: some StorageFile, at offset: UInt64, count: Int, into buffer: inout AlignedBuffer,
        _ unreadable: inout [Range<UInt64>]
    ) throws(StorageError) {
        do throws(StorageError) {
            _ = try file.read(into: &buffer, at: offset)
            return
        } catch { guard error.code == ErrorNumber.inputOutput else { throw error } }
        for start in stride(from: 0, to: count, by: AlignedBuffer.alignment) {
            let place = offset + UInt64(start)
            var target = buffer.mutableBytes
            do throws(StorageError) {
                var page = target._mutatingExtracting(start..<start + AlignedBuffer.alignment)
                _ = try file.read(into: &page, at: place)
            } catch {
                guard error.code == ErrorNumber.inputOutput else { throw error }
                target.zero(start..<start + AlignedBuffer.alignment)
                let end = place + UInt64(min(AlignedBuffer.alignment, count - start))
                if let last = unreadable.last, last.upperBound == place {
                    unreadable[unreadable.count - 1] = last.lowerBound..<end
                } else {
                    unreadable.append(place..<end)
                }
            }
        }
    }
}
