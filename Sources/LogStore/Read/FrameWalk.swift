/// Goes through the frames of a write-ahead file in order, as far as they are valid, and tells what lies
/// behind the last: recovery, read-only logs, the verifier and the inspector read files this way, and each
/// judges for itself what it finds.
///
///     while let frame = walk.next(…) {    // walk.offset is where it stands, walk.run its events
///         walk.accept(frame)              // or refuse it, and go no further
///     }
///
/// Every frame must continue the one before it in place, order and length. Used by one thread.
package struct FrameWalk<File: StorageFile>: ~Copyable {
    private let file: File
    package let header: FileHeader
    private let looks: Int
    private var reader: WALFrameReader<File>
    /// Where the frames accepted so far end.
    package private(set) var offset: UInt64
    /// Sequence after the last event accepted.
    package private(set) var nextSequence: UInt64
    /// What the next frame must say of itself and of the one before; nil if the frames before were not read.
    private var ordinal: UInt64?
    private var previousTotalLength: Int?
    /// What the file's first frame must carry if only seen from outside: nobody else knows its root.
    private var firstRoot: Hash256?
    /// Why what stands at `offset` was not accepted; nil at the file's end.
    package private(set) var fault: String?
    /// The header of what was not accepted, if that at least is valid and belongs to this file.
    package private(set) var faultyHeader: FrameHeader?
    /// Whether the disk did not give the bytes at `offset`.
    package private(set) var isUnreadable = false

    /// - Parameters:
    ///   - reads: events, which takes the file's key, or frames from outside.
    ///   - record: frames it has already are not read again.
    ///   - looks: how often to look at what is not valid, where a writer may be busy with it.
    package init(
        file: File, header: FileHeader, reads depth: WALFrameReader<File>.Depth,
        after record: WALFileRecord? = nil, windowBytes: Int, looks: Int = 1
    ) throws(LogStoreError) {
        self.file = file
        self.header = header
        self.looks = looks
        reader = WALFrameReader(windowBytes: windowBytes)
        try reader.open(file: file, header: header, reads: depth)
        offset = record?.endOffset ?? UInt64(FileHeader.byteCount)
        nextSequence = record?.endSequence ?? header.firstSequence
        if offset == UInt64(FileHeader.byteCount) { (ordinal, previousTotalLength) = (1, 0) }
        if case .outside = depth { firstRoot = header.rootAtFirst }
    }

    /// Size of the file in bytes.
    package var size: UInt64 { reader.size }

    /// Whether the file is as long as it was made.
    package var isFileComplete: Bool { size >= header.preallocatedBytes }

    /// The events of the frame `next` gave.
    package var run: EventRun {
        @_lifetime(borrow self)
        borrowing get { reader.run }
    }

    /// The frame at `offset`, to be accepted or refused; nil if it is not valid, or the file ends.
    ///
    /// - Parameters:
    ///   - timeAfter: what its events' times must be above; 0 when unknown.
    ///   - root: what it must carry, where that is known.
    package mutating func next(timeAfter: UInt64 = 0, root: Hash256? = nil) -> FrameHeader? {
        guard offset < size else { return nil }
        var expected = WALFrameReader<File>.Expectation(offset: offset, sequence: nextSequence)
        expected.ordinal = ordinal
        expected.previousTotalLength = previousTotalLength
        expected.timeAfter = timeAfter
        expected.root = root ?? firstRoot
        for look in 1...looks {
            if look > 1 { reader.forgetWindow() }
            do throws(StorageError) {
                switch try reader.read(expected) {
                case .frame(let header):
                    (fault, faultyHeader) = (nil, nil)
                    return header
                case .invalid(let reason, let header): (fault, faultyHeader) = (reason, header)
                }
            } catch {
                // An unreadable sector is damage like a wrong checksum; what follows decides what it means.
                (fault, faultyHeader, isUnreadable) = ("unreadable: \(error)", nil, true)
                return nil
            }
        }
        return nil
    }

    /// Goes on behind the frame `next` gave.
    package mutating func accept(_ frame: FrameHeader) {
        offset += UInt64(frame.totalLength)
        nextSequence = frame.endSequence
        ordinal = ordinal.map { $0 + 1 }
        previousTotalLength = frame.totalLength
        firstRoot = nil
    }

    /// Ends the valid frames before the one `next` gave.
    package mutating func refuse(_ frame: FrameHeader, _ reason: String) {
        (fault, faultyHeader) = (reason, frame)
    }

    // MARK: What lies behind

    /// The bytes from `offset` on: which are not zero, and what valid headers of this file they hold.
    package struct Rest: Sendable, Equatable {
        /// Offset after the last byte that is not zero; `offset` if all are.
        package var nonZeroEnd: UInt64
        /// Where the frame that was not accepted would end.
        package var frameEnd: UInt64
        package var laterDurableEnd: UInt64?
    }

    /// Reads everything behind the valid frames. An unreadable page counts as not zero.
    package func examineRest() -> Rest {
        let frameLength = faultyHeader.flatMap { $0.fileOffset == offset ? $0.totalLength : nil }
        var rest = Rest(
            nonZeroEnd: offset, frameEnd: offset + UInt64(frameLength ?? FrameHeader.totalLengthMax),
            laterDurableEnd: nil)
        var pages = AlignedBuffer(byteCount: 256 << 10)
        var place = offset
        while place < size {
            let count = Self.read(file, at: place, into: &pages)
            guard count > 0 else {
                place += UInt64(AlignedBuffer.alignment)
                rest.nonZeroEnd = min(place, size)
                continue
            }
            examine(pages.bytes.extracting(0..<count), at: place, &rest)
            place += UInt64(count)
        }
        return rest
    }

    /// Bytes read, as few as one page if the disk would not give more; 0 if not even that.
    private static func read(_ file: File, at offset: UInt64, into pages: inout AlignedBuffer) -> Int {
        do { return try file.read(into: &pages, at: offset, needing: 1) } catch { return 0 }
    }

    private func examine(_ bytes: RawSpan, at start: UInt64, _ rest: inout Rest) {
        if bytes.isZero { return }
        var place = 0
        while place < bytes.byteCount {
            let page = bytes.extracting(place..<min(place + AlignedBuffer.alignment, bytes.byteCount))
            let pageOffset = start + UInt64(place)
            place += page.byteCount
            if page.isZero { continue }
            rest.nonZeroEnd = pageOffset + UInt64(page.byteCount)
            // A page that is no header is the ordinary case here.
            guard pageOffset > offset, let found = try? FrameHeader(decoding: page),
                found.fileUUID == header.fileUUID, found.fileOffset == pageOffset
            else { continue }
            rest.laterDurableEnd = max(rest.laterDurableEnd ?? 0, found.durableSequence)
        }
    }
}
