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
        if headers.isEmpty, pass.evidence.durableEnd > sealedEnd {
            pass.find(
                .corruptCommitted, paths.wal, at: 0,
                "no write-ahead file is left, but \(pass.evidence.source) proves more events durable",
                sequences: sealedEnd..<pass.evidence.durableEnd)
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
        let directory = directory(of: pass)
        var files: [OpenWAL] = []
        for name in try directory.list(paths.wal) {
            guard let parsed = ShardPaths.parseWALName(name) else { continue }
            let path = paths.wal / name
            pass.report.counts.files += 1
            let file = try onDisk { () throws(StorageError) in try disk.open(path, .read) }
            do throws(LogStoreError) {
                let header = try directory.walHeader(of: file, firstSequence: parsed.firstSequence)
                var open = OpenWAL(path: path, header: header, record: nil)
                do throws(LogStoreError) {
                    let key = try header.dataKey(with: pass.encryption, file: path)
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
        // A writer may be busy at the end: look again before judging.
        var walk = try FrameWalk(
            file: file, header: wal.header, reads: wal.record.map { .events($0.dataKey) } ?? .outside,
            windowBytes: 1 << 20, looks: 3)
        readFrames(of: wal, &walk, &position, &pass)
        if let record = wal.record {
            pass.walFiles.append(record)
            if successor != nil { record.close() }
        }
        progress.expect(walk.offset)
        progress.did(bytes: walk.offset)
        pass.report.counts.bytes += walk.offset
        judge(walk, of: wal, successor: successor, position, &pass)
    }

    /// With the key every frame in every respect; without it headers, checksums, padding, and what the
    /// headers say of each other.
    private func readFrames(
        of wal: OpenWAL, _ walk: inout FrameWalk<P.Disk.File>, _ position: inout Position, _ pass: inout Pass
    ) {
        var counter = EventCounter(index: index, describes: true, month: wal.header.partition)
        while let frame = walk.next(
            timeAfter: position.sequence >= position.sealedEnd ? position.lastTime : 0,
            root: position.expectedRoot)
        {
            pass.knownRoots[frame.firstSequence] = frame.rootBefore
            pass.evidence.note(frame.durableSequence, "a frame of \(wal.path)")
            if let record = wal.record, frame.kind == .data {
                record.add(frame)
                take(walk.run, of: record, at: walk.offset, &counter, &position, &pass)
            }
            walk.accept(frame)
            position.sequence = walk.nextSequence
        }
        if wal.record == nil { position.tree = nil }
        mergeTotals(
            counter.totals, of: wal.header, position, wal.record == nil ? .incomplete : .recomputed, &pass)
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
        _ walk: borrowing FrameWalk<P.Disk.File>, of wal: OpenWAL, successor: FileHeader?,
        _ position: Position, _ pass: inout Pass
    ) {
        let end = walk.offset
        let rest = walk.examineRest()
        if let later = rest.laterDurableEnd { pass.evidence.note(later, "a later frame of \(wal.path)") }
        let facts = TailFacts(
            walk, rest, successor: successor, root: position.expectedRoot,
            provenEnd: pass.evidence.durableEnd)
        let fault = walk.fault ?? "the file ends"
        switch TailVerdict(facts) {
        case .cleanEnd: break
        case .continued:
            guard !facts.isRestZero else { break }
            pass.report.notes.append(
                "\(wal.path) at offset \(end): "
                    + "\(rest.nonZeroEnd - end) bytes were cut by a recovery"
            )
        case .tornTail:
            pass.report.notes.append(
                "\(wal.path) at offset \(end): a torn write of \(rest.nonZeroEnd - end) bytes, "
                    + "never acknowledged (\(fault)); the next open cuts it")
        case .corruptCommitted(let sequences, let why):
            pass.find(.corruptCommitted, wal.path, at: end, "\(why); \(fault)", sequences: sequences)
        case .ambiguous(let why):
            pass.find(.ambiguous, wal.path, at: end, "\(why); \(fault)")
        }
    }
}
