/// Reads files piece by piece, each whole pages long. Used by one thread.
package enum FilePieces {
    package static var pieceBytes: Int { 1 << 20 }

    /// Calls `body` with the bytes of `range`, which starts at a page if the file is open past the page
    /// cache; stops early only where the file ends.
    ///
    /// - Returns: how many bytes there were.
    @discardableResult
    package static func forEach(
        of file: some StorageFile, in range: Range<UInt64> = 0..<UInt64.max,
        _ body: (RawSpan) throws(LogStoreError) -> Void
    ) throws(LogStoreError) -> UInt64 {
        let wanted = Int(min(UInt64(pieceBytes), range.upperBound - range.lowerBound))
        let pages = (wanted + AlignedBuffer.alignment - 1) / AlignedBuffer.alignment
        guard pages > 0 else { return 0 }
        var buffer = AlignedBuffer(byteCount: pages * AlignedBuffer.alignment)
        var offset = range.lowerBound
        while offset < range.upperBound {
            let got: Int
            do throws(StorageError) { got = try file.read(into: &buffer, at: offset) } catch {
                throw LogStoreError.storage(error)
            }
            let count = Int(min(UInt64(got), range.upperBound - offset))
            guard count > 0 else { break }
            try body(buffer.bytes.extracting(0..<count))
            offset += UInt64(count)
            guard got == buffer.byteCount else { break }
        }
        return offset - range.lowerBound
    }

    /// CRC-32C of `range`, and how many bytes of it there were.
    package static func checksum(
        of file: some StorageFile, in range: Range<UInt64>
    ) throws(LogStoreError) -> (crc: UInt32, byteCount: UInt64) {
        var crc: UInt32 = 0
        let byteCount = try forEach(of: file, in: range) { (piece) throws(LogStoreError) in
            crc = CRC32C.of(piece, seed: crc)
        }
        return (crc, byteCount)
    }

    /// SHA-256 and size of a whole file.
    package static func hash(of file: some StorageFile) throws(LogStoreError) -> ArchivedObject {
        var hasher = SHA256()
        let byteCount = try forEach(of: file) { (piece) throws(LogStoreError) in hasher.update(piece) }
        return ArchivedObject(hash: hasher.finalize(), byteCount: byteCount)
    }
}

extension StorageFile {
    /// Fills the whole buffer from `offset`; returns how many bytes there were.
    package func read(into buffer: inout AlignedBuffer, at offset: UInt64) throws(StorageError) -> Int {
        var target = buffer.mutableBytes
        return try read(into: &target, at: offset)
    }

    /// Fills the buffer from `offset`, or, if a bad sector lies in it, only the pages of its first `count`
    /// bytes: what is not wanted yet must not hide what is. Returns how many bytes there were.
    package func read(
        into buffer: inout AlignedBuffer, at offset: UInt64, needing count: Int
    ) throws(StorageError) -> Int {
        do { return try read(into: &buffer, at: offset) } catch {
            let pages = (count + AlignedBuffer.alignment - 1) / AlignedBuffer.alignment
            let wanted = min(pages * AlignedBuffer.alignment, buffer.byteCount)
            guard error.code == ErrorNumber.inputOutput, wanted < buffer.byteCount else { throw error }
            var target = buffer.mutableBytes
            var part = target._mutatingExtracting(0..<wanted)
            return try read(into: &part, at: offset)
        }
    }
}
