/// Reads files piece by piece, in whole pages, so that they may be open past the page cache. Used by one
/// thread.
package enum FilePieces {
    package static var pieceBytes: Int { 1 << 20 }

    /// Calls `body` with the bytes of `range`, which starts at a page; stops early only where the file ends.
    ///
    /// - Returns: how many bytes there were.
    @discardableResult
    package static func forEach(
        of file: some StorageFile, in range: Range<UInt64> = 0..<UInt64.max,
        _ body: (RawSpan) throws(LogStoreError) -> Void
    ) throws(LogStoreError) -> UInt64 {
        var buffer = AlignedBuffer(byteCount: pieceBytes)
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
            guard got == pieceBytes else { break }
        }
        return offset - range.lowerBound
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
}
