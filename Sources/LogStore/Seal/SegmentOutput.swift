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
            bytes.withRawSpan { buffer.copy(from: $0.extracting(done..<done + part), at: used) }
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
        let length = Self.encode(
            run, &encoder, ordinal, fileUUID, offset, cipher, &buffer, used..<used + room)
        used += length
        return length
    }

    private static func encode(
        _ run: EventRun, _ encoder: inout BlockEncoder, _ ordinal: UInt64, _ fileUUID: LogUUID,
        _ offset: UInt64, _ cipher: AEADCipher?, _ buffer: inout AlignedBuffer, _ range: Range<Int>
    ) -> Int {
        var all = buffer.mutableBytes
        var target = all._mutatingExtracting(range)
        return encoder.encode(
            run: run, ordinal: ordinal, fileUUID: fileUUID, fileOffset: offset, cipher: cipher, into: &target)
    }

    private mutating func flush() throws(LogStoreError) {
        guard used > 0 else { return }
        do throws(StorageError) {
            try Self.write(buffer, 0..<used, to: file, at: fileOffset, &hasher)
        } catch { throw .storage(error) }
        fileOffset += UInt64(used)
        used = 0
    }

    private static func write(
        _ buffer: borrowing AlignedBuffer, _ range: Range<Int>, to file: File, at offset: UInt64,
        _ hasher: inout SHA256
    ) throws(StorageError) {
        let bytes = buffer.bytes.extracting(range)
        hasher.update(bytes)
        try file.write(bytes, at: offset)
    }

    /// Writes the rest and syncs; returns size and SHA-256 of the whole file.
    consuming func finish() throws(LogStoreError) -> (byteCount: UInt64, hash: Hash256) {
        try flush()
        do { try file.sync() } catch { throw .storage(error) }
        return (fileOffset, hasher.current)
    }
}
