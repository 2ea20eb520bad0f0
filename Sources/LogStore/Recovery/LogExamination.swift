/// What reading the whole directory says, without changing a byte: recovery steps R0 to R4, and what `open`
/// would then do. Also the answer of `holdfast log recover --dry-run`.
package struct LogExamination: Sendable {
    package var superblock: Superblock
    package var manifests: [PartitionManifest]
    /// Write-ahead files not wholly sealed, oldest first.
    package var walFiles: [WALFileRecord]
    /// Write-ahead files whose every event is sealed: left over by a crash before their removal.
    package var sealedWALFiles: [StoragePath]
    /// Sealed files no manifest lists, whose range the write-ahead files still hold: left over likewise.
    package var orphanSegments: [StoragePath]
    package var temporaries: [StoragePath]
    /// The tree at the sealed end.
    package var sealedFrontier: MerkleFrontier
    /// The end of the log: tree, next sequence, time.
    package var position: ScanPosition
    package var verdict: Verdict
    /// Bytes to be left aside that no event records yet.
    package var cuts: [PendingCut]
    /// Local copies of evicted segments, or stubs of local ones: left by a crash in evicting or restoring.
    package var surplusCopies: [StoragePath]
    /// The highest watermark counter seen.
    package var watermarkCounter: UInt64
    /// Redundant copies found bad; rewritten by the next open.
    package var repaired: [Damage]
    package var evidence: DurabilityEvidence

    /// Files that a crash left behind and the next open removes.
    package var leftovers: [StoragePath] { orphanSegments + surplusCopies + sealedWALFiles }

    /// A cut to quarantine and record.
    package struct PendingCut: Sendable, Equatable {
        package var path: StoragePath
        package var cut: ReservedEvent.RecordedCut
    }
}

/// The highest count of events anything outside the write-ahead frames proves durable, and what says so.
package struct DurabilityEvidence: Sendable, Equatable {
    package private(set) var durableSequence: UInt64 = 0
    package private(set) var source = "nothing"

    package init() {}

    package mutating func note(_ sequence: UInt64, _ source: @autoclosure () -> String) {
        guard sequence > durableSequence else { return }
        durableSequence = sequence
        self.source = source()
    }
}

/// How to examine: what the caller knows and decides.
package struct ExaminationOptions: Sendable {
    package var shard: UInt32 = 0
    package var geometry = LogGeometry.production
    package var encryption = LogEncryption.off
    /// Read write-ahead files past the page cache, as `open` must.
    package var readsDirectly = true
    /// An operator's decision after a dry run: this file, cut exactly here.
    package var acceptedCut: LogOptions.AcceptedCut?

    package init() {}
}

/// Carries out an examination, step by step.
package struct LogExaminer<P: Platform> {
    let platform: P
    let paths: ShardPaths
    let options: ExaminationOptions
    var repaired: [Damage] = []
    var evidence = DurabilityEvidence()

    package init(platform: P, options: ExaminationOptions) {
        self.platform = platform
        self.options = options
        paths = ShardPaths(shard: options.shard)
    }

    var disk: P.Disk { platform.disk }

    /// Steps R0 (reading) to R4. Throws `refused` with the verdict if nobody may append.
    package mutating func examine() throws(LogStoreError) -> LogExamination {
        let superblock = try readSuperblock()
        evidence.note(superblock.durableSequence, "the superblock")
        let manifests = try readManifests(superblock)
        let sealed = try checkSealed(manifests, superblock)
        evidence.note(sealed.frontier.size, "a sealed segment")
        var walFiles = try readWALHeaders(ledger: superblock.ledger)
        let watermark = try readWatermark(
            ledger: superblock.ledger, isLogEmpty: walFiles.isEmpty && sealed.frontier.size == 0)
        evidence.note(watermark.durableSequence, "the watermark")
        try noteSnapshots(ledger: superblock.ledger)
        try noteCheckpoint(superblock)
        let leftovers = try splitSealed(&walFiles, sealedEnd: sealed.frontier.size)
        var position = ScanPosition(frontier: sealed.frontier, lastTime: sealed.lastTime)
        let (verdict, cuts) = try scan(walFiles, &position, sealedEnd: sealed.frontier.size)
        let orphans = try judgeUnlisted(sealed.unlisted, walFiles: walFiles, end: position.nextSequence)
        return LogExamination(
            superblock: superblock, manifests: manifests, walFiles: walFiles, sealedWALFiles: leftovers,
            orphanSegments: orphans, temporaries: try findTemporaries(),
            sealedFrontier: sealed.frontier, position: position, verdict: verdict,
            cuts: cuts, surplusCopies: sealed.surplus, watermarkCounter: watermark.counter,
            repaired: repaired, evidence: evidence)
    }

    // MARK: R0

    private mutating func readSuperblock() throws(LogStoreError) -> Superblock {
        let (winner, faults) = try SuperblockStore.read(paths.superblock, on: disk)
        guard winner.shard == options.shard else {
            throw refusal(
                .corruptSuperblock,
                damages: [Damage(file: paths.superblock, offset: 156, "of shard \(winner.shard)")],
                "the superblock belongs to another shard")
        }
        if let refusal = try StaleSuperblock.refusal(winner, paths, on: disk) { throw .refused(refusal) }
        repaired += faults
        return winner
    }

    func refusal(
        _ verdict: Verdict, sequences: Range<UInt64>? = nil, damages: [Damage] = [], _ explanation: String
    ) -> LogStoreError {
        .refused(Refusal(verdict, sequences: sequences, damages: damages, explanation))
    }

    // MARK: Evidence

    /// The valid slot with the higher counter. One bad slot is reported and rewritten later; without any,
    /// what was acknowledged cannot be known.
    private mutating func readWatermark(
        ledger: LogUUID, isLogEmpty: Bool
    ) throws(LogStoreError) -> WatermarkSlot {
        let path = paths.watermark
        let size = WatermarkSlot.byteCount * WatermarkSlot.slotCount
        var faults: [Damage] = []
        var bytes: [UInt8] = []
        do throws(LogStoreError) {
            bytes = try AtomicFile.read(path, byteCountMax: size, on: disk) ?? []
        } catch .damaged(let damage) {
            faults.append(damage)
        }
        var best: WatermarkSlot?
        for index in 0..<WatermarkSlot.slotCount {
            let range = index * WatermarkSlot.byteCount..<(index + 1) * WatermarkSlot.byteCount
            do throws(DecodingFailure) {
                guard range.upperBound <= bytes.count else {
                    throw DecodingFailure("slot \(index) is missing")
                }
                let slot = try bytes.withRawSpan { (span) throws(DecodingFailure) in
                    try WatermarkSlot(decoding: span.extracting(range))
                }
                guard slot.ledger == ledger else {
                    throw DecodingFailure("watermark of ledger \(slot.ledger), expected \(ledger)")
                }
                if slot.counter > best?.counter ?? 0 { best = slot }
            } catch {
                faults.append(error.damage(in: path, at: UInt64(range.lowerBound)))
            }
        }
        repaired += faults
        if let best { return best }
        guard isLogEmpty || options.acceptedCut != nil else {
            throw refusal(
                .ambiguous, damages: faults, "no valid watermark: what was acknowledged is not known")
        }
        return WatermarkSlot(
            counter: 0, durableSequence: 0, fileUUID: .zero, endOffset: 0, epoch: 0, root: .zero,
            ledger: ledger)
    }

    /// A snapshot is renamed into place only once its sequence is durable.
    private mutating func noteSnapshots(ledger: LogUUID) throws(LogStoreError) {
        let directory = paths.directory / "snap"
        for name in try onDisk({ () throws(StorageError) in try disk.list(directory) })
        where name.hasSuffix(".snap") {
            do {
                let header = try readFileHeader(directory / name)
                if header.kind == .snapshot && header.ledgerUUID == ledger {
                    evidence.note(header.firstSequence, "snapshot \(name)")
                }
            } catch LogStoreError.damaged(let damage) {
                // Snapshots are a cache; a bad one is no evidence and no danger.
                repaired.append(damage)
            }
        }
    }

    private func findTemporaries() throws(LogStoreError) -> [StoragePath] {
        var found: [StoragePath] = []
        for directory in [paths.wal, paths.directory, ShardPaths.quarantine] + (try monthDirectories()) {
            for name in try onDisk({ () throws(StorageError) in try disk.list(directory) })
            where name.hasSuffix(".tmp") {
                found.append(directory / name)
            }
        }
        return found
    }

    func monthDirectories() throws(LogStoreError) -> [StoragePath] {
        try onDisk { () throws(StorageError) in try disk.list(paths.log) }
            .filter { Month($0) != nil }.map { paths.log / $0 }
    }

    // MARK: R4

    func readFileHeader(_ path: StoragePath) throws(LogStoreError) -> FileHeader {
        try FileHeader.read(from: try onDisk { () throws(StorageError) in try disk.open(path, .read) })
    }

    /// Every `.wal` in order, its header checked against its name. A header is synced before the file gets
    /// its name, so an invalid one is never a torn write.
    private func readWALHeaders(ledger: LogUUID) throws(LogStoreError) -> [WALFileRecord] {
        var records: [WALFileRecord] = []
        for name in try onDisk({ () throws(StorageError) in try disk.list(paths.wal) }) {
            guard let parsed = ShardPaths.parseWALName(name) else { continue }
            let path = paths.wal / name
            let header: FileHeader
            do { header = try readFileHeader(path) } catch LogStoreError.damaged(let damage) {
                throw refusal(
                    .corruptCommitted, sequences: parsed.firstSequence..<parsed.firstSequence + 1,
                    damages: [damage], "a write-ahead file has no valid header")
            }
            guard header.kind == .wal, header.ledgerUUID == ledger, header.shard == options.shard,
                header.firstSequence == parsed.firstSequence
            else {
                throw refusal(
                    .corruptCommitted, sequences: parsed.firstSequence..<parsed.firstSequence + 1,
                    damages: [
                        Damage(
                            file: path, offset: 0,
                            "the header is of \(header.ledgerUUID) at \(header.firstSequence)")
                    ],
                    "a write-ahead file is not what its name says")
            }
            let key = try header.wrappedDataKey.withRawSpan { (wrapped) throws(LogStoreError) in
                try options.encryption.dataKey(monthKeyID: header.monthKeyID, wrapped: wrapped, file: path)
            }
            records.append(WALFileRecord(path: path, header: header, dataKey: key))
        }
        return records
    }

    /// Takes out the files whose whole range is sealed: those whose successor starts at or below the sealed
    /// end.
    private func splitSealed(
        _ walFiles: inout [WALFileRecord], sealedEnd: UInt64
    ) throws(LogStoreError) -> [StoragePath] {
        let count = zip(walFiles, walFiles.dropFirst()).prefix { $1.firstSequence <= sealedEnd }.count
        let leftovers = walFiles.prefix(count).map(\.path)
        walFiles.removeFirst(count)
        if let first = walFiles.first, first.firstSequence > sealedEnd {
            throw refusal(
                .corruptCommitted, sequences: sealedEnd..<first.firstSequence,
                damages: [
                    Damage(file: first.path, offset: 0, "the oldest file starts at \(first.firstSequence)")
                ],
                "write-ahead files are missing")
        }
        return leftovers
    }

    private mutating func scan(
        _ walFiles: [WALFileRecord], _ position: inout ScanPosition, sealedEnd: UInt64
    ) throws(LogStoreError) -> (Verdict, [LogExamination.PendingCut]) {
        var cuts: [LogExamination.PendingCut] = []
        var verdict = Verdict.cleanEnd
        for (index, record) in walFiles.enumerated() {
            if index == 0 {
                position.rewind(to: record.firstSequence)
                if record.firstSequence == sealedEnd { try checkRoot(of: record, position) }
            }
            let successor = index + 1 < walFiles.count ? walFiles[index + 1] : nil
            let mode: OpenMode = options.readsDirectly ? .readDirect : .read
            let file = try onDisk { () throws(StorageError) in try disk.open(record.path, mode) }
            var scan = try WALScan(file: file, record: record, geometry: options.geometry)
            try scan.run(&position)
            let (outcome, cut) = try judge(&scan, position, successor: successor)
            if let cut { cuts.append(LogExamination.PendingCut(path: record.path, cut: cut)) }
            if outcome == .tornTail { verdict = .tornTail }
            if successor != nil { record.close() }
        }
        if walFiles.isEmpty, evidence.durableSequence > position.nextSequence {
            throw refusal(
                .corruptCommitted, sequences: position.nextSequence..<evidence.durableSequence,
                damages: [Damage(file: paths.wal, offset: 0, "no file ends in .wal")],
                "no write-ahead file is left, but \(evidence.source) proves more events durable")
        }
        let recorded = position.recordedCuts
        return (verdict, cuts.filter { !recorded.contains($0.cut) })
    }

    private func checkRoot(of record: WALFileRecord, _ position: ScanPosition) throws(LogStoreError) {
        guard record.header.rootAtFirst == position.frontier.root else {
            throw refusal(
                .corruptCommitted, sequences: record.firstSequence..<record.firstSequence + 1,
                damages: [Damage(file: record.path, offset: 96, "root \(record.header.rootAtFirst)")],
                "the oldest write-ahead file does not continue the sealed log, whose root is \(position.frontier.root)"
            )
        }
    }

    private mutating func judge(
        _ scan: inout WALScan<P.Disk.File>, _ position: ScanPosition, successor: WALFileRecord?
    ) throws(LogStoreError) -> (TailVerdict, ReservedEvent.RecordedCut?) {
        let record = scan.record
        let rest = scan.examineRest()
        evidence.note(scan.durableSequence, "a frame of \(record.path)")
        if let later = rest.laterHeaderDurable { evidence.note(later, "a later frame of \(record.path)") }
        var facts = TailFacts(nextSequence: position.nextSequence, provenDurable: evidence.durableSequence)
        facts.successor = successor.map { next in
            let continues =
                next.firstSequence == position.nextSequence && next.header.previousFileUUID == record.uuid
                && position.expectedRoot.map { $0 == next.header.rootAtFirst } ?? true
            return continues ? .continues : .contradicts(firstSequence: next.firstSequence)
        }
        facts.hasLaterHeader = rest.laterHeaderDurable != nil
        facts.isRestZero = rest.nonZeroEnd == scan.endOffset
        facts.isRestWithinFrame = rest.nonZeroEnd <= rest.frameEnd
        facts.isFileComplete = scan.isFileComplete
        facts.isCutAccepted =
            options.acceptedCut == LogOptions.AcceptedCut(fileUUID: record.uuid, offset: scan.endOffset)
        let damage = Damage(file: record.path, offset: scan.endOffset, scan.fault ?? "the file ends")
        let verdict = TailVerdict(facts)
        switch verdict {
        case .cleanEnd: return (verdict, nil)
        case .tornTail: return (verdict, try scan.cut(rest, nextSequence: position.nextSequence))
        case .continued:
            return (
                verdict,
                facts.isRestZero ? nil : try scan.cut(rest, nextSequence: position.nextSequence)
            )
        case .corruptCommitted(let sequences, let why):
            throw refusal(.corruptCommitted, sequences: sequences, damages: [damage], why)
        case .ambiguous(let why):
            throw refusal(.ambiguous, damages: [damage], why)
        }
    }
}
