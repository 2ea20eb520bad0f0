// Write-ahead files: every frame in order, then what the end of each file means.

extension LogVerifier {
    /// Where the check of the write-ahead files stands.
    private struct Position {
        var sequence: UInt64
        /// The tree over `sequence` events, or more while in files whose beginning is sealed; nil once
        /// unknown.
        var tree: MerkleFrontier?
        var lastTime: UInt64
        let sealedEnd: UInt64

        /// The root a frame at `sequence` must carry, where that is known.
        var expectedRoot: Hash256? { tree.flatMap { $0.size == sequence ? $0.root : nil } }
    }

    func checkWAL(_ pass: inout Pass) throws(LogStoreError) {
        let sealedEnd = pass.manifests.last { !$0.entries.isEmpty }?.entries.last?.sequences.upperBound ?? 0
        var headers = try readHeaders(&pass)
        let leftovers = zip(headers, headers.dropFirst()).prefix { $1.header.firstSequence <= sealedEnd }
            .count
        for file in headers.prefix(leftovers) {
            pass.report.notes.append("\(file.path) is wholly sealed; the next open removes it")
        }
        headers.removeFirst(leftovers)
        var position = Position(
            sequence: headers.first?.header.firstSequence ?? sealedEnd, tree: try sealedTree(pass, sealedEnd),
            lastTime: 0, sealedEnd: sealedEnd)
        if position.sequence > sealedEnd {
            pass.find(
                .corruptCommitted, paths.wal, at: 0,
                "the oldest file starts at sequence \(position.sequence)",
                sequences: sealedEnd..<position.sequence)
            position.tree = nil
        }
        for (number, file) in headers.enumerated() {
            let successor = number + 1 < headers.count ? headers[number + 1].header : nil
            try checkFile(file, successor: successor, &position, &pass)
        }
        if headers.isEmpty, pass.evidence.durableSequence > sealedEnd {
            pass.find(
                .corruptCommitted, paths.wal, at: 0,
                "no write-ahead file is left, but \(pass.evidence.source) proves more events durable",
                sequences: sealedEnd..<pass.evidence.durableSequence)
        }
        pass.report.size = max(position.sequence, sealedEnd)
        pass.report.root =
            position.tree?.size == pass.report.size
            ? position.tree?.root : pass.knownRoots[pass.report.size]
    }

    /// A write-ahead file whose header is valid, and its key if that was given.
    private struct OpenWAL {
        var path: StoragePath
        var header: FileHeader
        var record: WALFileRecord?
    }

    private func readHeaders(_ pass: inout Pass) throws(LogStoreError) -> [OpenWAL] {
        var files: [OpenWAL] = []
        for name in try onDisk({ () throws(StorageError) in try disk.list(paths.wal) }) {
            guard let parsed = ShardPaths.parseWALName(name) else { continue }
            let path = paths.wal / name
            pass.report.counts.files += 1
            let file = try onDisk { () throws(StorageError) in try disk.open(path, .read) }
            do throws(LogStoreError) {
                let header = try FileHeader.read(from: file)
                guard header.kind == .wal, header.ledgerUUID == pass.superblock.ledger,
                    header.shard == options.shard, header.firstSequence == parsed.firstSequence
                else {
                    throw .damaged(
                        Damage(
                            file: path, offset: 0,
                            "the header is of ledger \(header.ledgerUUID), sequence \(header.firstSequence)"))
                }
                var open = OpenWAL(path: path, header: header, record: nil)
                do throws(LogStoreError) {
                    let key = try header.wrappedDataKey.withRawSpan { (wrapped) throws(LogStoreError) in
                        try pass.encryption.dataKey(
                            monthKeyID: header.monthKeyID, wrapped: wrapped, file: path)
                    }
                    open.record = WALFileRecord(path: path, header: header, dataKey: key)
                } catch .wrongKey { pass.report.lockedFiles.append(path) }
                files.append(open)
            } catch .damaged(let damage) {
                pass.find(
                    .corruptCommitted, damage.file, at: damage.offset, damage.what,
                    sequences: parsed.firstSequence..<parsed.firstSequence + 1)
            }
        }
        return files
    }

    /// The tree over everything sealed; nil if the newest segment cannot be opened.
    private func sealedTree(_ pass: Pass, _ end: UInt64) throws(LogStoreError) -> MerkleFrontier? {
        guard end > 0 else { return MerkleFrontier() }
        guard let manifest = pass.manifests.last(where: { !$0.entries.isEmpty }),
            let entry = manifest.entries.last
        else { return nil }
        do throws(LogStoreError) {
            let footer = try SegmentFile(
                disk: disk, path: paths.segment(manifest.month, entry.sequences), entry: entry,
                ledger: pass.superblock.ledger, verifyingKey: pass.identity.verifyingKey.key,
                encryption: pass.encryption
            ).footer
            return footer.tiles.extend(footer.frontier)
        } catch {
            switch error {
            // Told already where the segment itself was checked.
            case .damaged, .wrongKey: return nil
            case .storage(let storage)
            where storage.code == ErrorNumber.notFound || storage.code == ErrorNumber.inputOutput:
                return nil
            default: throw error
            }
        }
    }

    // MARK: One file

    /// Where the valid frames of a file end.
    private struct End {
        var offset = UInt64(FileHeader.byteCount)
        var fault: String?
        /// Length of the invalid frame there, if its own header is valid.
        var frameLength: Int?
        var size: UInt64 = 0
    }

    private func checkFile(
        _ wal: OpenWAL, successor: FileHeader?, _ position: inout Position, _ pass: inout Pass
    ) throws(LogStoreError) {
        let file = try onDisk { () throws(StorageError) in try disk.open(wal.path, .read) }
        if wal.header.firstSequence != position.sequence {
            // Told where the file before ends; go on from here without a tree.
            position.sequence = wal.header.firstSequence
            position.tree = nil
        }
        if let root = position.expectedRoot, root != wal.header.rootAtFirst {
            pass.find(
                .corruptCommitted, wal.path, at: 96, "root \(wal.header.rootAtFirst), expected \(root)",
                sequences: wal.header.firstSequence..<wal.header.firstSequence + 1)
            position.tree = nil
        }
        let end: End
        if let record = wal.record {
            end = try readFrames(of: record, file, &position, &pass)
            pass.walFiles.append(record)
            if successor != nil { record.close() }
        } else {
            end = try walkFrames(of: wal, file, &position, &pass)
        }
        progress.expect(end.offset)
        progress.did(bytes: end.offset)
        pass.report.counts.bytes += end.offset
        judge(end, of: wal, file, successor: successor, position, &pass)
    }

    /// With the key: every frame in every respect. A writer may be busy at the end: look again before
    /// judging.
    private func readFrames(
        of record: WALFileRecord, _ file: P.Disk.File, _ position: inout Position, _ pass: inout Pass
    ) throws(LogStoreError) -> End {
        var end = End()
        var ordinal: UInt64 = 1
        var previousTotalLength = 0
        var reader = try WALFrameReader(
            file: file, header: record.header, dataKey: record.dataKey, windowBytes: 1 << 20)
        var counter = EventCounter(index: index, describes: true, month: record.header.partition)
        var patience = 3
        end.size = reader.size
        while end.offset < reader.size {
            var expected = WALFrameReader<P.Disk.File>.Expectation(
                offset: end.offset, sequence: position.sequence)
            expected.ordinal = ordinal
            expected.previousTotalLength = previousTotalLength
            expected.timeAfter = position.sequence >= position.sealedEnd ? position.lastTime : 0
            expected.root = position.expectedRoot
            let outcome: WALFrameReader<P.Disk.File>.Outcome
            do { outcome = try reader.read(expected) } catch {
                end.fault = "unreadable: \(error)"
                break
            }
            switch outcome {
            case .invalid(let reason, let header):
                patience -= 1
                if patience > 0 {
                    try reader.open(file: file, header: record.header, dataKey: record.dataKey)
                    continue
                }
                (end.fault, end.frameLength) = (reason, header.flatMap { length(of: $0, at: end.offset) })
            case .frame(let header):
                patience = 3
                if header.kind == .data {
                    pass.knownRoots[header.firstSequence] = header.rootBefore
                    record.add(
                        WALFileRecord.Frame(
                            firstSequence: header.firstSequence, offset: end.offset,
                            totalLength: header.totalLength), endSequence: header.endSequence)
                    take(reader.run, of: record, at: end.offset, &counter, &position, &pass)
                }
                pass.evidence.note(header.durableSequence, "a frame of \(record.path)")
                end.offset += UInt64(header.totalLength)
                ordinal += 1
                previousTotalLength = header.totalLength
                position.sequence = header.endSequence
                continue
            }
            break
        }
        mergeTotals(counter.totals, of: record.header, position, .recomputed, &pass)
        return end
    }

    private func length(of header: FrameHeader, at offset: UInt64) -> Int? {
        header.fileOffset == offset ? header.totalLength : nil
    }

    /// Events below the sealed end were counted where they are sealed.
    private func take(
        _ run: borrowing EventRun, of record: WALFileRecord, at offset: UInt64,
        _ counter: inout EventCounter<Index>, _ position: inout Position, _ pass: inout Pass
    ) {
        counter.beginBlock()
        var cursor = run.makeCursor()
        while let event = cursor.next() {
            guard event.sequence >= position.sealedEnd else { continue }
            counter.add(event)
            if event.header.type >= EventHeader.reservedTypeMin { note(event, record.path, offset, &pass) }
        }
        for leaf in counter.leaves { position.tree?.append(leaf: leaf) }
        if let fault = counter.fault {
            pass.find(
                .corruptCommitted, record.path, at: offset, fault,
                sequences: run.firstSequence..<run.endSequence)
        }
        if !counter.leaves.isEmpty { position.lastTime = counter.totals.lastTime }
        pass.report.counts.eventsHashed += UInt64(counter.leaves.count)
        progress.did(events: UInt64(counter.leaves.count))
    }

    private func note(
        _ event: borrowing EventView, _ path: StoragePath, _ offset: UInt64, _ pass: inout Pass
    ) {
        do throws(DecodingFailure) {
            guard let act = try ReservedEvent(event) else { return }
            pass.acts.append(RecordedAct(sequence: event.sequence, act: act, file: path))
        } catch {
            pass.find(
                .corruptCommitted, path, at: offset, error.description,
                sequences: event.sequence..<event.sequence + 1)
        }
    }

    /// Without the key: headers, checksums, padding, and what the headers say of each other.
    private func walkFrames(
        of wal: OpenWAL, _ file: P.Disk.File, _ position: inout Position, _ pass: inout Pass
    ) throws(LogStoreError) -> End {
        var walk = try FrameWalk(file: file, header: wal.header)
        var end = End()
        end.size = walk.size
        var patience = 3
        loop: while true {
            switch try walk.next() {
            case .end: break loop
            case .invalid(let reason, let header):
                patience -= 1
                if patience > 0 { continue }
                (end.fault, end.frameLength) = (reason, header.flatMap { length(of: $0, at: walk.offset) })
                break loop
            case .frame(let header):
                patience = 3
                pass.knownRoots[header.firstSequence] = header.rootBefore
                pass.evidence.note(header.durableSequence, "a frame of \(wal.path)")
            }
        }
        end.offset = walk.offset
        position.sequence = walk.nextSequence
        position.tree = nil
        mergeTotals(ControlTotals(), of: wal.header, position, .incomplete, &pass)
        return end
    }

    private func mergeTotals(
        _ totals: ControlTotals, of header: FileHeader, _ position: Position,
        _ amounts: VerificationReport.MonthSummary.Amounts, _ pass: inout Pass
    ) {
        let first = max(header.firstSequence, position.sealedEnd)
        guard let month = Month(number: header.partition), position.sequence > first else { return }
        var summary =
            pass.totals[header.partition]
            ?? VerificationReport.MonthSummary(month: month, sequences: first..<first)
        let end = max(summary.sequences.upperBound, position.sequence)
        summary.sequences = min(summary.sequences.lowerBound, first)..<end
        summary.totals.merge(totals)
        summary.amounts = summary.amounts.worse(amounts)
        pass.totals[header.partition] = summary
    }

    // MARK: The end of a file

    private func judge(
        _ end: End, of wal: OpenWAL, _ file: P.Disk.File, successor: FileHeader?, _ position: Position,
        _ pass: inout Pass
    ) {
        let record = wal.record ?? WALFileRecord(path: wal.path, header: wal.header, dataKey: nil)
        let rest = WALScan<P.Disk.File>.rest(
            of: file, record: record, from: end.offset, size: end.size, frameLength: end.frameLength)
        if let later = rest.laterHeaderDurable { pass.evidence.note(later, "a later frame of \(wal.path)") }
        var facts = TailFacts(nextSequence: position.sequence, provenDurable: pass.evidence.durableSequence)
        facts.successor = successor.map { next in
            let continues =
                next.firstSequence == position.sequence && next.previousFileUUID == wal.header.fileUUID
                && position.expectedRoot.map { $0 == next.rootAtFirst } ?? true
            return continues ? .continues : .contradicts(firstSequence: next.firstSequence)
        }
        facts.hasLaterHeader = rest.laterHeaderDurable != nil
        facts.isRestZero = rest.nonZeroEnd == end.offset
        facts.isRestWithinFrame = rest.nonZeroEnd <= rest.frameEnd
        facts.isFileComplete = end.size >= wal.header.preallocatedBytes
        let fault = end.fault ?? "the file ends"
        switch TailVerdict(facts) {
        case .cleanEnd: break
        case .continued:
            guard !facts.isRestZero else { break }
            pass.report.notes.append(
                "\(wal.path) at offset \(end.offset): "
                    + "\(rest.nonZeroEnd - end.offset) bytes were cut by a recovery"
            )
        case .tornTail:
            pass.report.notes.append(
                "\(wal.path) at offset \(end.offset): a torn write of \(rest.nonZeroEnd - end.offset) bytes, "
                    + "never acknowledged (\(fault)); the next open cuts it")
        case .corruptCommitted(let sequences, let why):
            pass.find(.corruptCommitted, wal.path, at: end.offset, "\(why); \(fault)", sequences: sequences)
        case .ambiguous(let why):
            pass.find(.ambiguous, wal.path, at: end.offset, "\(why); \(fault)")
        }
    }
}
