import LogStore
import Projections

/// Writes a snapshot's bytes into a file, block by block: gathered, sealed, checksummed. Used by one thread.
///
/// Past the page cache: what nobody reads before the next start shall not drive out what is read, and pages
/// cost more than the copy into them.
final class SnapshotWriter<File: StorageFile>: SnapshotSink {
    private let file: File
    private let fileUUID: LogUUID
    private let cipher: AEADCipher?
    private var nonces = NonceGuard()
    private var plain: [UInt8]
    private var stored: [UInt8]
    private var filled = 0
    /// Stored blocks side by side, on their way in whole pages.
    private var pages: AlignedBuffer
    private var pagesFilled = 0
    private var pagesOffset: UInt64 = 0
    private var ordinal: UInt64 = 0
    private var offset = UInt64(FileHeader.byteCount)
    private var bodyByteCount: UInt64 = 0
    /// Why the disk refused, if it did.
    private(set) var failure: StorageError?

    private static var pagesMax: Int { 4 << 20 }

    /// - Parameters:
    ///   - file: opened for `.commit`.
    ///   - header: its first page.
    init(file: File, header: FileHeader, key: SecretKey?) {
        self.file = file
        fileUUID = header.fileUUID
        cipher = key.map { AEADCipher(key: $0) }
        plain = [UInt8](repeating: 0, count: SnapshotBlock.lengthMax)
        stored = [UInt8](repeating: 0, count: SnapshotBlock.storedMax)
        pages = AlignedBuffer(byteCount: Self.pagesMax)
        var page = [UInt8](repeating: 0, count: FileHeader.byteCount)
        page.withMutableRawSpan { header.encode(into: &$0) }
        page.withRawSpan { pages.copy(from: $0, at: 0) }
        pagesFilled = FileHeader.byteCount
    }

    /// Bytes of the file so far.
    var byteCount: UInt64 { offset }

    func write(_ bytes: RawSpan) throws(SnapshotFailure) {
        bodyByteCount += UInt64(bytes.byteCount)
        try gather(bytes)
    }

    private func gather(_ bytes: RawSpan) throws(SnapshotFailure) {
        var taken = 0
        while taken < bytes.byteCount {
            let count = min(bytes.byteCount - taken, plain.count - filled)
            let part = bytes.extracting(taken..<taken + count)
            plain.withMutableRawSpan { $0.copy(from: part, at: filled) }
            filled += count
            taken += count
            if filled == plain.count { try writeBlock(.body) }
        }
    }

    /// The first block, before anything else.
    func begin(_ preamble: SnapshotPreamble) throws(SnapshotFailure) {
        try preamble.bytes.withRawSpan { (bytes) throws(SnapshotFailure) in try gather(bytes) }
        try writeBlock(.preamble)
    }

    /// The last block: how many bytes the body has.
    func end() throws(SnapshotFailure) {
        if filled > 0 { try writeBlock(.body) }
        var last = [UInt8](repeating: 0, count: 8)
        last.withMutableRawSpan { $0.set(bodyByteCount, at: 0) }
        try last.withRawSpan { (bytes) throws(SnapshotFailure) in try gather(bytes) }
        try writeBlock(.end)
        try flush()
        do throws(StorageError) { try file.truncate(to: offset) } catch { throw fail(error) }
    }

    private func writeBlock(_ kind: SnapshotBlock.Kind) throws(SnapshotFailure) {
        let head = SnapshotBlock(kind: kind, ordinal: ordinal, length: filled)
        let size = SnapshotBlock.byteCount + filled + (cipher == nil ? 0 : AEADCipher.tagByteCount)
        stored.withMutableRawSpan { span in
            head.encode(into: &span)
            plain.withRawSpan { seal($0.extracting(0..<filled), head, into: &span) }
            span.set(SnapshotBlock.checksum(of: span.bytes.extracting(0..<size)), at: 0)
        }
        try store(size)
        offset += UInt64(size)
        ordinal += 1
        filled = 0
    }

    /// Puts the block at hand behind those before it.
    private func store(_ size: Int) throws(SnapshotFailure) {
        var taken = 0
        while taken < size {
            let count = min(size - taken, pages.byteCount - pagesFilled)
            stored.withRawSpan { pages.copy(from: $0.extracting(taken..<taken + count), at: pagesFilled) }
            pagesFilled += count
            taken += count
            if pagesFilled == pages.byteCount { try flush() }
        }
    }

    /// Writes what is gathered, in whole pages: behind the end is what was written before, to be cut off.
    private func flush() throws(SnapshotFailure) {
        let unit = AlignedBuffer.alignment
        let size = (pagesFilled + unit - 1) / unit * unit
        do throws(StorageError) {
            try file.write(pages.bytes.extracting(0..<size), at: pagesOffset)
        } catch { throw fail(error) }
        pagesOffset += UInt64(size)
        pagesFilled = 0
    }

    private func fail(_ error: StorageError) -> SnapshotFailure {
        failure = error
        return SnapshotFailure("\(error)")
    }

    private func seal(_ contents: RawSpan, _ head: SnapshotBlock, into target: inout MutableRawSpan) {
        guard let cipher else { return target.copy(from: contents, at: SnapshotBlock.byteCount) }
        let nonce = Nonce(.snapshot, head.ordinal)
        nonces.use(nonce)
        let authenticated = SnapshotBlock.authenticated(file: fileUUID, target.bytes)
        var room = target._mutatingExtracting(SnapshotBlock.byteCount..<target.byteCount)
        authenticated.withRawSpan { cipher.seal(contents, nonce: nonce, authenticating: $0, into: &room) }
    }
}
