/// Reads a log in order from any sequence, across sealed segments and write-ahead files alike.
///
///     var reader = log.makeReader(from: 0)
///     while try reader.next() {                    // one frame or block at a time
///         var cursor = reader.run.makeCursor()
///         while let event = cursor.next() { … }    // spans into the reader's buffer: no copy, no allocation
///     }
///
/// `next` is false at the end of what is durable; call it again later to follow the tail. Every frame and
/// block is checked (checksums, authenticity, place, order) before its events are seen; whether they are the
/// ones the signed roots promise is for `LogVerifier` to say. Used by one thread.
public struct LogReader<Disk: Storage>: ~Copyable {
    private enum Place {
        case nowhere
        case segment
        case wal
    }

    private let source: LogSource<Disk>
    private let windowBytes: Int
    private var segmentReader: SegmentReader<Disk.File>
    private var segment: SegmentFile<Disk.File>?
    private var walReader: WALFrameReader<Disk.File>
    private var walRecord: WALFileRecord?
    private var place = Place.nowhere
    /// The next sequence to read.
    public private(set) var position: UInt64
    private var runStart: UInt64

    /// - Parameter windowBytes: how much is read at a time; small for single events, large for scans.
    package init(source: LogSource<Disk>, from sequence: UInt64, windowBytes: Int) {
        self.source = source
        self.windowBytes = windowBytes
        segmentReader = SegmentReader(windowBytes: windowBytes)
        walReader = WALFrameReader(windowBytes: windowBytes)
        position = sequence
        runStart = sequence
    }

    /// The events read by the last successful `next`, from the wanted sequence on.
    public var run: EventRun {
        @_lifetime(borrow self)
        borrowing get {
            switch place {
            case .segment: segmentReader.run.dropping(below: runStart)
            case .wal: walReader.run.dropping(below: runStart)
            case .nowhere: invariantViolated("no run was read")
            }
        }
    }

    /// Goes on at `sequence`.
    public mutating func seek(to sequence: UInt64) {
        position = sequence
        place = .nowhere
    }

    /// Reads the frame or block that holds the next event; false if no more is readable now.
    public mutating func next() throws(LogStoreError) -> Bool {
        place = .nowhere
        guard position < source.readableEnd else { return false }
        do throws(LogStoreError) { try readRun() } catch {
            // Beside a writer in another process what we know may be out of date, and what looks damaged
            // only moved.
            guard error.mayBeOutOfDate, try source.lookAgain() else { throw error }
            (walRecord, segment) = (nil, nil)
            guard position < source.readableEnd else { return false }
            try readRun()
        }
        return true
    }

    private mutating func readRun() throws(LogStoreError) {
        switch source.catalog.locate(position) {
        case .segment(let entry, let month): try readBlock(entry, month)
        case .wal(let record): try readFrame(record)
        case nil:
            throw .notReadable(sequence: position, reason: "no file here holds it")
        }
    }

    private mutating func readBlock(
        _ entry: PartitionManifest.Entry, _ month: Month
    ) throws(LogStoreError) {
        // A stub gives way once the segment is back; an open segment stays readable after its file is gone.
        if segment?.header.fileUUID != entry.uuid || (entry.isLocal && segment?.hasBlocks == false) {
            let opened = try source.segments.open(entry, month)
            segmentReader.open(opened)
            segment = opened
        }
        guard let segment else { invariantViolated("no segment after opening one") }
        try segmentReader.readBlock(segment.tail.shape.blockNumber(of: position))
        let end = segmentReader.run.endSequence
        advance(.segment, to: end)
    }

    private mutating func advance(_ place: Place, to end: UInt64) {
        self.place = place
        runStart = position
        position = end
    }

    /// A file may be sealed and recycled under a reader; then its frames are not valid any more, and the
    /// catalog names the segment that took its place.
    private mutating func readFrame(_ record: WALFileRecord) throws(LogStoreError) {
        let damage: Damage
        do throws(LogStoreError) {
            return try readFrameOnce(record)
        } catch .damaged(let found) {
            damage = found
        } catch .storage(let error) where error.code == ErrorNumber.notFound {
            damage = Damage(file: record.path, offset: 0, "\(error)")
        }
        walRecord = nil
        guard case .segment(let entry, let month) = source.catalog.locate(position) else {
            // Once more with fresh bytes: the window may have held pages read before they were written.
            do throws(LogStoreError) { return try readFrameOnce(record) } catch {
                throw LogStoreError.damaged(damage)
            }
        }
        try readBlock(entry, month)
    }

    private mutating func readFrameOnce(_ record: WALFileRecord) throws(LogStoreError) {
        guard let frame = record.frame(containing: position) else {
            invariantViolated("sequence \(position) is in no frame of \(record.path)")
        }
        if walRecord !== record {
            let file = try onDisk { () throws(StorageError) in try source.disk.open(record.path, .read) }
            try walReader.open(file: file, header: record.header, dataKey: record.dataKey)
            walRecord = record
        }
        let outcome: WALFrameReader<Disk.File>.Outcome
        do throws(StorageError) {
            outcome = try walReader.read(.init(offset: frame.offset, sequence: frame.firstSequence))
        } catch { throw LogStoreError.storage(error) }
        switch outcome {
        case .invalid(let reason, _): throw .damaged(Damage(file: record.path, offset: frame.offset, reason))
        case .frame(let header): advance(.wal, to: header.endSequence)
        }
    }

    /// Waits until `next` would give more; false if the log stopped or the time passed. A read-only log is
    /// looked at again every few milliseconds, and false may also mean that looking failed.
    public func waitForMore(timeoutNanoseconds: Int64 = -1) -> Bool {
        source.wait(beyond: position, timeoutNanoseconds: timeoutNanoseconds)
    }
}

extension LogStoreError {
    /// Whether a reader that knows files from an earlier look may have met what changed since.
    fileprivate var mayBeOutOfDate: Bool {
        switch self {
        case .damaged, .notReadable, .wrongKey: true
        case .storage(let error): error.code == ErrorNumber.notFound
        default: false
        }
    }
}
