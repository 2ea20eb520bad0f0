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
    /// Where the scrubber goes on.
    var scrubbedEnd: UInt64 = 0

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
            repaired: repaired, evidence: evidence, scrubbedEnd: scrubbedEnd)
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
}
