/// Reads one write-ahead file from start to the end of its valid frames, and gathers the facts about that
/// end.
///
/// Read-only. Frames are checked in every respect, including the Merkle root they carry.
package struct WALScan<File: StorageFile>: ~Copyable {
    package let record: WALFileRecord
    private let file: File
    private var walk: FrameWalk<File>
    /// The highest durable sequence any accepted frame carries.
    package private(set) var durableEnd: UInt64 = 0

    package init(file: File, record: WALFileRecord, geometry: LogGeometry) throws(LogStoreError) {
        self.file = file
        self.record = record
        walk = try FrameWalk(
            file: file, header: record.header, reads: .events(record.dataKey),
            windowBytes: max(geometry.frameBytesMax, 2 * AlignedBuffer.alignment))
    }

    /// Where the first invalid frame starts; the file's end if there is none.
    package var endOffset: UInt64 { walk.offset }
    /// Why the frame there is not valid; nil at the file's end.
    package var fault: String? { walk.fault }
    /// Whether the file is as long as it was made.
    package var isFileComplete: Bool { walk.isFileComplete }
    /// Reads everything behind the end.
    package func examineRest() -> FrameWalk<File>.Rest { walk.examineRest() }

    /// Accepts frames until the first that is not valid, carrying `position` forward.
    package mutating func run(_ position: inout ScanPosition) throws(LogStoreError) {
        while let frame = walk.next(timeAfter: position.timeAfter, root: position.expectedRoot) {
            if let reason = ScanPosition.fault(of: walk.run, in: record.month) {
                return walk.refuse(frame, reason)
            }
            do { try position.accept(walk.run) } catch {
                throw .damaged(error.damage(in: record.path, at: walk.offset))
            }
            record.add(frame)
            durableEnd = max(durableEnd, frame.durableSequence)
            walk.accept(frame)
        }
    }

    /// The facts about the end, for a verdict.
    package func facts(
        _ rest: FrameWalk<File>.Rest, successor: FileHeader?, _ position: ScanPosition, provenEnd: UInt64
    ) -> TailFacts {
        TailFacts(
            walk, rest, successor: successor, root: position.expectedRoot, provenEnd: provenEnd)
    }

    // MARK: What is cut

    /// As `cut`, but nil if the disk does not give the bytes.
    package func readableCut(
        _ rest: FrameWalk<File>.Rest, nextSequence: UInt64
    ) throws(LogStoreError) -> ReservedEvent.RecordedCut? {
        do throws(LogStoreError) { return try cut(rest, nextSequence: nextSequence) } catch {
            if case .storage(let error) = error, error.code == ErrorNumber.inputOutput { return nil }
            throw error
        }
    }

    /// Hash and extent of the bytes a recovery leaves aside.
    package func cut(_ rest: FrameWalk<File>.Rest, nextSequence: UInt64) throws(LogStoreError)
        -> ReservedEvent.RecordedCut
    {
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
    /// The log's own acts read so far, from the sealed end on.
    package var recorded = RecordedActs()
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

    /// What is wrong with events whose checksums are right: their month, or the contents of acts.
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
        guard let act = try ReservedEvent(event) else { return }
        recorded.note(act)
        switch act {
        case .epochStart(let start): recordedCuts.append(contentsOf: start.cuts)
        case .cleanEnd: endsCleanly = true
        default: break
        }
    }
}
