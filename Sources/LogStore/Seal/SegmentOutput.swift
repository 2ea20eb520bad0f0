/// The bytes of a segment on their way to its file: buffered, hashed as they go by.
///
/// Used by the sealer's thread.
struct SegmentOutput<File: StorageFile>: ~Copyable {
    private let file: File
    private var buffer: AlignedBuffer
    private var used = 0
    private var fileOffset: UInt64 = 0
    private var hasher = SHA256()

    private static var bufferBytes: Int { 4 << 20 }

    init(file: File) {
        self.file = file
        buffer = AlignedBuffer(byteCount: Self.bufferBytes)
    }

    /// SHA-256 of everything appended so far, which is written by it.
    mutating func hashSoFar() throws(LogStoreError) -> Hash256 {
        try flush()
        return hasher.current
    }

    /// Adds the first `count` of `bytes`.
    mutating func append(_ bytes: [UInt8], count: Int) throws(LogStoreError) {
        var done = 0
        while done < count {
            if used == buffer.byteCount { try flush() }
            let part = min(count - done, buffer.byteCount - used)
            var target = buffer.mutableBytes
            bytes.withRawSpan { target.copy(from: $0.extracting(done..<done + part), at: used) }
            used += part
            done += part
        }
    }

    /// Encodes a block straight into the buffer; returns its length.
    mutating func appendBlock(
        _ run: EventRun, _ encoder: inout BlockEncoder, ordinal: UInt64, fileUUID: LogUUID,
        cipher: AEADCipher?
    ) throws(LogStoreError) -> Int {
        let room = BlockEncoder.blockByteCountMax(rawByteCount: run.bytes.byteCount)
        if buffer.byteCount - used < room { try flush() }
        if buffer.byteCount < room { buffer = AlignedBuffer(byteCount: room) }
        let offset = fileOffset + UInt64(used)
        var all = buffer.mutableBytes
        var target = all._mutatingExtracting(used..<used + room)
        let length = encoder.encode(
            run: run, ordinal: ordinal, fileUUID: fileUUID, fileOffset: offset, cipher: cipher, into: &target)
        used += length
        return length
    }

    private mutating func flush() throws(LogStoreError) {
        guard used > 0 else { return }
        let bytes = buffer.bytes.extracting(0..<used)
        hasher.update(bytes)
        do { try file.write(bytes, at: fileOffset) } catch { throw .storage(error) }
        fileOffset += UInt64(used)
        used = 0
    }

    /// Writes the rest and syncs; returns size and SHA-256 of the whole file.
    consuming func finish() throws(LogStoreError) -> (byteCount: UInt64, hash: Hash256) {
        try flush()
        do { try file.sync() } catch { throw .storage(error) }
        return (fileOffset, hasher.current)
    }
}
