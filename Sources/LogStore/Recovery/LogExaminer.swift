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
    /// Roots that were recorded beside the log.
    var claims: [RootClaim] = []
    /// Where the newest write-ahead file's valid frames end, and what stands there.
    var tail: (place: LogOptions.AcceptedCut, damage: Damage)?
    /// Whether the operator's decision was needed, and met the place.
    var isDecided = false
    /// Where the scrubber goes on.
    var scrubbedEnd: UInt64 = 0

    package init(platform: P, options: ExaminationOptions) {
        self.platform = platform
        self.options = options
        paths = ShardPaths(shard: options.shard)
    }

    var disk: P.Disk { platform.disk }

    func directory(of ledger: LogUUID) -> DirectoryReader<P.Disk> {
        DirectoryReader(disk: disk, paths: paths, ledger: ledger)
    }

    /// Steps R0 (reading) to R4. Throws `refused` with the verdict if nobody may append.
    package mutating func examine() throws(LogStoreError) -> LogExamination {
        let superblock = try readSuperblock()
        evidence.note(superblock.durableSequence, "the superblock")
        claim(superblock.durableSequence, superblock.root, paths.superblock, at: 96, "the superblock")
        let manifests = try readManifests(superblock)
        let sealed = try checkSealed(manifests, superblock)
        evidence.note(sealed.frontier.size, "a sealed segment")
        var walFiles = try readWALHeaders(ledger: superblock.ledger)
        let watermark = try readWatermark(
            ledger: superblock.ledger, isLogEmpty: walFiles.isEmpty && sealed.frontier.size == 0)
        evidence.note(watermark.slot.durableSequence, "the watermark")
        try noteSnapshots(superblock)
        let checkpoint = try noteCheckpoint(superblock)
        let leftovers = try splitSealed(&walFiles, sealedEnd: sealed.frontier.size)
        var position = ScanPosition(frontier: sealed.frontier, lastTime: sealed.lastTime)
        position.claims = RootClaims(claims, sealed: sealed.frontier, manifests: manifests)
        try checkClaims(position)
        let (verdict, cuts) = try scan(walFiles, &position, sealedEnd: sealed.frontier.size)
        if let watermarkRefusal = watermark.refusal { try decide(watermarkRefusal) }
        if let cut = options.acceptedCut, !isDecided {
            throw .invalidRequest("no decision is needed at offset \(cut.offset) of file \(cut.fileUUID)")
        }
        let orphans = try judgeUnlisted(sealed.unlisted, walFiles: walFiles, end: position.nextSequence)
        return LogExamination(
            superblock: superblock, manifests: manifests, walFiles: walFiles, sealedWALFiles: leftovers,
            orphanSegments: orphans, temporaries: try findTemporaries(),
            sealedFrontier: sealed.frontier, position: position, verdict: verdict,
            cuts: cuts, surplusCopies: sealed.surplus, watermarkCounter: watermark.slot.counter,
            checkpoint: checkpoint, repaired: repaired, evidence: evidence, scrubbedEnd: scrubbedEnd)
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

    mutating func claim(
        _ size: UInt64, _ root: Hash256, _ file: StoragePath, at offset: UInt64, _ source: String
    ) {
        claims.append(
            RootClaim(
                size: size, root: root, place: Damage(file: file, offset: offset, source),
                verdict: .corruptCommitted))
    }

    /// Refuses once a recorded root is not the log's: some event at or below its size is not the one that was
    /// there when it was recorded.
    func checkClaims(_ position: ScanPosition) throws(LogStoreError) {
        guard let (claim, root) = position.claims.contradiction else { return }
        let what = "root over \(claim.size) events is \(root), recorded is \(claim.root)"
        throw refusal(
            claim.verdict, sequences: position.claims.suspectSequences,
            damages: [Damage(file: claim.place.file, offset: claim.place.offset, what)],
            "\(claim.place.what) contradicts the log: events before sequence \(claim.size) are not the ones "
                + "that were there")
    }

    /// The valid slot that proves more, with the higher counter of both. One bad slot is reported and
    /// rewritten later; without any, what was acknowledged cannot be known: then a refusal comes along, for
    /// `decide`.
    private mutating func readWatermark(
        ledger: LogUUID, isLogEmpty: Bool
    ) throws(LogStoreError) -> (slot: WatermarkSlot, refusal: Refusal?) {
        let (slots, faults) = try directory(of: ledger).watermark()
        let newest = slots.max {
            ($0.slot.durableSequence, $0.slot.counter) < ($1.slot.durableSequence, $1.slot.counter)
        }
        repaired += faults
        if var newest {
            let slot = newest.slot
            claim(slot.durableSequence, slot.root, paths.watermark, at: newest.offset, "the watermark")
            newest.slot.counter = slots.reduce(0) { max($0, $1.slot.counter) }
            return (newest.slot, nil)
        }
        let slot = WatermarkSlot(
            counter: 0, durableSequence: 0, fileUUID: .zero, endOffset: 0, epoch: 0, root: .zero,
            ledger: ledger)
        if isLogEmpty { return (slot, nil) }
        return (
            slot,
            Refusal(
                .ambiguous, sequences: nil, damages: faults,
                "no valid watermark: what was acknowledged is not known")
        )
    }

    /// Refuses, naming the end of the log, unless an operator has accepted that it ends there.
    private mutating func decide(_ refusal: Refusal) throws(LogStoreError) {
        if let tail, options.acceptedCut == tail.place {
            isDecided = true
            return
        }
        throw self.refusal(
            refusal.verdict, damages: refusal.damages + (tail.map { [$0.damage] } ?? []),
            refusal.explanation)
    }

    /// A snapshot is renamed into place only once its sequence is durable.
    private mutating func noteSnapshots(_ superblock: Superblock) throws(LogStoreError) {
        let directory = paths.snapshots
        for name in try onDisk({ () throws(StorageError) in try disk.list(directory) })
        where name.hasSuffix(ShardPaths.Ending.snapshot) {
            do throws(LogStoreError) {
                let header = try readFileHeader(directory / name)
                guard header.isEncrypted || !superblock.isEncrypted else {
                    throw .damaged(
                        Damage(file: directory / name, offset: 0, "a plain file in an encrypted log"))
                }
                if header.kind == .snapshot && header.ledgerUUID == superblock.ledger {
                    evidence.note(header.firstSequence, "snapshot \(name)")
                }
            } catch .damaged(let damage) {
                // Snapshots are a cache; a bad one is no evidence and no danger.
                repaired.append(damage)
            }
        }
    }

    private func findTemporaries() throws(LogStoreError) -> [StoragePath] {
        var found: [StoragePath] = []
        for directory in [paths.wal, paths.directory, ShardPaths.quarantine] + (try monthDirectories()) {
            for name in try onDisk({ () throws(StorageError) in try disk.list(directory) })
            where name.hasSuffix(ShardPaths.Ending.temporary) {
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
