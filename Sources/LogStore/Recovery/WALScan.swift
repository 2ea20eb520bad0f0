/// Reads one write-ahead file from start to the end of its valid frames, and gathers the facts about that
/// end.
///
/// Read-only. Frames are checked in every respect, including the Merkle root they carry.
package struct WALScan<File: StorageFile>: ~Copyable {
    package let record: WALFileRecord
    private let file: File
    private var reader: WALFrameReader<File>

    /// Where the first invalid frame starts; the file's end if there is none.
    package private(set) var endOffset = UInt64(FileHeader.byteCount)
    /// Why the frame there is not valid; nil at the file's end.
    package private(set) var fault: String?
    private var faultyHeader: FrameHeader?
    private var ordinal: UInt64 = 1
    private var previousTotalLength = 0
    /// The highest durable sequence any accepted frame carries.
    package private(set) var durableSequence: UInt64 = 0

    package init(file: File, record: WALFileRecord, geometry: LogGeometry) throws(LogStoreError) {
        self.file = file
        self.record = record
        reader = try WALFrameReader(
            file: file, header: record.header, dataKey: record.dataKey,
            windowBytes: max(geometry.frameBytesMax, 2 * AlignedBuffer.alignment))
    }

    /// Accepts frames until the first that is not valid, carrying `position` forward.
    package mutating func run(_ position: inout ScanPosition) throws(LogStoreError) {
        while endOffset < reader.size {
            var expected = WALFrameReader<File>.Expectation(
                offset: endOffset, sequence: position.nextSequence)
            expected.ordinal = ordinal
            expected.previousTotalLength = previousTotalLength
            expected.timeAfter = position.timeAfter
            expected.root = position.expectedRoot
            let outcome: WALFrameReader<File>.Outcome
            do { outcome = try reader.read(expected) } catch {
                // An unreadable sector is damage like a wrong checksum; what follows decides what it means.
                fault = "unreadable: \(error)"
                return
            }
            switch outcome {
            case .invalid(let reason, let header):
                fault = reason
                faultyHeader = header
                return
            case .frame(let header):
                if let reason = ScanPosition.fault(of: reader.run, in: record.month) {
                    fault = reason
                    faultyHeader = header
                    return
                }
                try accept(header, &position)
            }
        }
    }

    private mutating func accept(_ header: FrameHeader, _ position: inout ScanPosition) throws(LogStoreError)
    {
        do { try position.accept(reader.run) } catch {
            throw .damaged(error.damage(in: record.path, at: endOffset))
        }
        if header.kind == .data {
            record.add(
                WALFileRecord.Frame(
                    firstSequence: header.firstSequence, offset: endOffset, totalLength: header.totalLength),
                endSequence: header.endSequence)
        }
        durableSequence = max(durableSequence, header.durableSequence)
        endOffset += UInt64(header.totalLength)
        ordinal += 1
        previousTotalLength = header.totalLength
    }

    /// Whether the file is as long as it was made.
    package var isFileComplete: Bool { reader.size >= record.header.preallocatedBytes }

    // MARK: What lies behind the end

    /// The bytes from `endOffset` on: which are not zero, and what valid headers of this file they hold.
    package struct Rest: Sendable, Equatable {
        /// Offset after the last byte that is not zero; `endOffset` if all are.
        package var nonZeroEnd: UInt64
        /// Where the first invalid frame would end.
        package var frameEnd: UInt64
        package var laterHeaderDurable: UInt64?
    }

    /// Reads everything behind the end. An unreadable page counts as not zero.
    package mutating func examineRest() -> Rest {
        let frameLength = faultyHeader.map { $0.fileOffset == endOffset ? $0.totalLength : nil } ?? nil
        return Self.rest(
            of: file, record: record, from: endOffset, size: reader.size, frameLength: frameLength)
    }

    /// What lies behind `endOffset` in a file of `size` bytes.
    ///
    /// - Parameter frameLength: of the invalid frame there, if its own header is valid.
    package static func rest(
        of file: File, record: WALFileRecord, from endOffset: UInt64, size: UInt64, frameLength: Int?
    ) -> Rest {
        var rest = Rest(
            nonZeroEnd: endOffset,
            frameEnd: endOffset + UInt64(frameLength ?? FrameHeader.totalLengthMax), laterHeaderDurable: nil)
        var page = AlignedBuffer(byteCount: 256 << 10)
        var offset = endOffset
        while offset < size {
            let count = Self.read(file, at: offset, into: &page)
            guard count > 0 else {
                offset += UInt64(AlignedBuffer.alignment)
                rest.nonZeroEnd = min(offset, size)
                continue
            }
            Self.examine(page.bytes.extracting(0..<count), at: offset, after: endOffset, of: record, &rest)
            offset += UInt64(count)
        }
        return rest
    }

    /// Bytes read, as few as one page if the disk would not give more; 0 if not even that.
    private static func read(_ file: File, at offset: UInt64, into pages: inout AlignedBuffer) -> Int {
        do { return try file.read(into: &pages, at: offset, needing: 1) } catch { return 0 }
    }

    private static func examine(
        _ bytes: RawSpan, at offset: UInt64, after end: UInt64, of record: WALFileRecord, _ rest: inout Rest
    ) {
        if bytes.isZero { return }
        var place = 0
        while place < bytes.byteCount {
            let piece = bytes.extracting(place..<min(place + AlignedBuffer.alignment, bytes.byteCount))
            let pieceOffset = offset + UInt64(place)
            place += piece.byteCount
            if piece.isZero { continue }
            rest.nonZeroEnd = pieceOffset + UInt64(piece.byteCount)
            // A page that is no header is the ordinary case here.
            guard pieceOffset > end, let header = try? FrameHeader(decoding: piece),
                header.fileUUID == record.uuid, header.fileOffset == pieceOffset
            else { continue }
            rest.laterHeaderDurable = max(rest.laterHeaderDurable ?? 0, header.durableSequence)
        }
    }

    /// As `cut`, but nil if the disk does not give the bytes.
    package func readableCut(
        _ rest: Rest, nextSequence: UInt64
    ) throws(LogStoreError) -> ReservedEvent.RecordedCut? {
        do throws(LogStoreError) { return try cut(rest, nextSequence: nextSequence) } catch {
            if case .storage(let error) = error, error.code == ErrorNumber.inputOutput { return nil }
            throw error
        }
    }

    /// Hash and extent of the bytes a recovery leaves aside.
    package func cut(_ rest: Rest, nextSequence: UInt64) throws(LogStoreError) -> ReservedEvent.RecordedCut {
        var hasher = SHA256()
        let range = endOffset..<rest.nonZeroEnd
        let count = try FilePieces.forEach(of: file, in: range) { (piece) throws(LogStoreError) in
            hasher.update(piece)
        }
        guard count == UInt64(range.count) else {
            throw .damaged(Damage(file: file.path, offset: endOffset + count, "the bytes to be cut are gone"))
        }
        return ReservedEvent.RecordedCut(
            fileUUID: record.uuid, offset: endOffset, length: rest.nonZeroEnd - endOffset,
            hash: hasher.finalize(), sequence: nextSequence)
    }
}

/// Where a scan of the log stands: the tree so far and the time of the last event.
package struct ScanPosition: Sendable {
    /// Everything below is read and checked.
    package var nextSequence: UInt64
    /// Leaves from the sealed end on are added as they are read.
    package var frontier: MerkleFrontier
    /// Roots of the 256-leaf subtrees completed by the scan.
    package var completed: [Hash256] = []
    package var lastTime: UInt64
    /// Cuts that epoch starts read so far have recorded.
    package var recordedCuts: [ReservedEvent.RecordedCut] = []
    /// What is recorded of the tree elsewhere.
    package var claims = RootClaims()
    /// Whether the last event read ended a process in order.
    package var endsCleanly = false
    private var timeBelow: UInt64 = 0

    package init(frontier: MerkleFrontier, lastTime: UInt64) {
        self.frontier = frontier
        self.lastTime = lastTime
        nextSequence = frontier.size
    }

    /// The root the next frame must carry; nil while below the sealed end, where the tree is not known.
    package var expectedRoot: Hash256? { nextSequence >= frontier.size ? frontier.root : nil }
    /// The time the next event must follow.
    package var timeAfter: UInt64 { nextSequence >= frontier.size ? lastTime : timeBelow }

    /// Goes on at a file that starts below the sealed end.
    package mutating func rewind(to sequence: UInt64) {
        nextSequence = sequence
        timeBelow = 0
    }

    /// What is wrong with events whose checksums are right: their month, or the contents of reserved ones.
    package static func fault(of run: borrowing EventRun, in month: Month) -> String? {
        guard run.count > 0 else { return nil }
        var cursor = run.makeCursor()
        var firstTime: UInt64?
        var lastTime: UInt64 = 0
        while let event = cursor.next() {
            let header = event.header
            firstTime = firstTime ?? header.time
            lastTime = header.time
            guard header.type >= EventHeader.reservedTypeMin else { continue }
            do throws(DecodingFailure) { _ = try ReservedEvent(event) } catch { return error.description }
        }
        // Times increase, so the ends speak for all.
        for time in [firstTime ?? lastTime, lastTime] where Month(containing: time) != month {
            return "an event of the frame at sequence \(run.firstSequence) has time \(time), not in \(month)"
        }
        return nil
    }

    /// Takes in a checked frame's events.
    package mutating func accept(_ run: borrowing EventRun) throws(DecodingFailure) {
        guard run.count > 0 else { return }
        let known = frontier.size
        nextSequence = run.endSequence
        var cursor = run.makeCursor()
        while let event = cursor.next() {
            timeBelow = event.header.time
            guard event.sequence >= known else { continue }
            frontier.append(leaf: SHA256.leaf(event.bytes), completed: &completed)
            if frontier.size == claims.nextSize { claims.compare(frontier) }
            endsCleanly = false
            if event.header.type >= EventHeader.reservedTypeMin { try note(event) }
        }
        lastTime = max(lastTime, timeBelow)
    }

    private mutating func note(_ event: borrowing EventView) throws(DecodingFailure) {
        switch try ReservedEvent(event) {
        case .epochStart(let start): recordedCuts.append(contentsOf: start.cuts)
        case .cleanEnd: endsCleanly = true
        default: break
        }
    }
}
