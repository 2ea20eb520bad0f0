/// Puts sealed segments whose local copy is damaged back from an archive, byte for byte.
///
/// The log is not opened, so it also works where opening is refused, and without keys: the manifest's hash
/// says what a segment must be. For each damaged one, every step durable before the next:
///
///     1  the archive tells hash and size of its copy, and they are the manifest's
///     2  the copy is fetched under a temporary name, synced, and read back from the device
///     3  what the damaged file still gives is copied to `quarantine/`, synced and named
///     4  one rename gives the fetched file the damaged one's name; the directory is synced
///     5  the scrubber's note of the damage goes
///
/// Before 4 a crash leaves the damaged file in its place and at most spare ones: two in `.tmp`, which the
/// next open removes, and the copy in quarantine, which the next repair finds by its name. After 4 it leaves
/// the good one, or, as long as the directory is not synced, either. The damaged file is copied aside and not
/// renamed, because between two renames the segment would have no file at all. A note that is still there
/// costs the next open one reading of the segment, and goes then.
package struct LogRepair<P: Platform> {
    private let platform: P
    private let paths: ShardPaths
    private let options: Options

    /// Which segments are read whole.
    package enum Selection: Sendable, Equatable {
        /// Every one that is here.
        case all
        /// What an open reads or was told of: the newest, and what the scrubber noted. Of the others the
        /// tail.
        case quick
        /// Those that hold these sequences.
        case holding([UInt64])
    }

    /// What to look at, and whether to change anything.
    package struct Options: Sendable {
        package var shard: UInt32 = 0
        /// Without it an encrypted segment is judged by its hash alone, which is all that repairing needs.
        package var key: KeyEncryptionKey?
        package var selection = Selection.all
        /// Say what would be done; takes no lock.
        package var isDryRun = false

        package init() {}
    }

    /// What was looked at and what came of it.
    package struct Report: Sendable {
        package var checkedCount = 0
        package var checkedBytes: UInt64 = 0
        /// The damaged segments, in order.
        package var damaged: [Repair] = []
    }

    /// One damaged segment.
    package struct Repair: Sendable {
        package var file: StoragePath
        package var sequences: Range<UInt64>
        package var damage: Damage
        package var outcome: Outcome
    }

    package enum Outcome: Sendable, Equatable {
        /// A dry run: the archive holds a good copy.
        case repairable
        /// The good copy is in its place. `kept` is nil if there was no file to keep.
        case repaired(kept: DamagedCopy?)
        /// The damaged file is as it was.
        case failed(LogStoreError)
    }

    /// What is repaired on: a directory as a moment left it.
    private struct Log {
        var superblock: Superblock
        var manifests: [PartitionManifest]
        var scrubbed: ScrubRecord?

        func lists(_ entry: PartitionManifest.Entry, in month: Month) -> Bool {
            manifests.contains { $0.month == month && $0.entries.contains(entry) }
        }
    }

    /// A segment to look at.
    private struct Candidate {
        var entry: PartitionManifest.Entry
        var month: Month
        var isReadWhole: Bool
    }

    package init(platform: P, options: Options) {
        self.platform = platform
        self.options = options
        paths = ShardPaths(shard: options.shard)
    }

    private var disk: P.Disk { platform.disk }

    /// Checks, and repairs what is damaged. A segment that cannot be repaired does not keep the others from
    /// it.
    ///
    /// - Throws: `locked` beside a writer, `refused` if superblock or manifests are not sound, `wrongKey`,
    ///   `notReadable` for a chosen sequence that no local segment holds.
    package func run(
        from archive: some Archive, progress: VerificationProgress = VerificationProgress()
    ) throws(LogStoreError) -> Report {
        let lock = options.isDryRun ? nil : try LogLock.take(on: platform)
        defer { withExtendedLifetime(lock) {} }
        if !options.isDryRun { try Leftovers.settle(in: paths, on: disk) }
        var log = try look()
        let scrubber = try makeScrubber(log)
        let candidates = try choose(from: log)
        progress.expect(candidates.reduce(0) { $0 + $1.entry.byteCount })
        var report = Report()
        for candidate in candidates {
            let damage = try damage(of: candidate, scrubber)
            progress.did(bytes: candidate.entry.byteCount)
            report.checkedCount += 1
            report.checkedBytes += candidate.entry.byteCount
            if let damage {
                // Beside a writer it may have been evicted while it was read.
                if options.isDryRun, try !look().lists(candidate.entry, in: candidate.month) { continue }
                let repair = repair(candidate, damage, archive, log.superblock.ledger)
                report.damaged.append(repair)
                guard case .repaired = repair.outcome else { continue }
            }
            if candidate.isReadWhole || damage != nil { try clearNote(about: candidate.entry, in: &log) }
        }
        return report
    }

    // MARK: Looking

    private func look() throws(LogStoreError) -> Log {
        let superblock = try SuperblockStore.read(paths.superblock, on: disk).superblock
        if let refusal = try StaleSuperblock.refusal(superblock, paths, on: disk) { throw .refused(refusal) }
        var examination = ExaminationOptions()
        examination.shard = options.shard
        var examiner = LogExaminer(platform: platform, options: examination)
        let manifests = try examiner.readManifests(superblock)
        return Log(
            superblock: superblock, manifests: manifests,
            scrubbed: try examiner.readScrubRecord(superblock.ledger))
    }

    private func makeScrubber(_ log: Log) throws(LogStoreError) -> Scrubber<P> {
        let superblock = log.superblock
        guard let verifyingKey = VerifyingKey(bytes: superblock.verifyingKey) else {
            throw .damaged(Damage(file: paths.superblock, offset: 160, "the public key is not a key"))
        }
        var encryption = LogEncryption.off
        if superblock.isEncrypted {
            encryption = .locked
            if let key = options.key {
                encryption = try LogKeys.load(
                    platform: platform, ledger: superblock.ledger, generation: superblock.keyringGeneration,
                    key: key, forWriting: false
                ).encryption
            }
        } else if options.key != nil {
            throw .wrongKey("a key was given, but this log is not encrypted")
        }
        return Scrubber(
            platform: platform, paths: paths,
            catalog: LogCatalog(manifests: log.manifests, walFiles: []), ledger: superblock.ledger,
            verifyingKey: verifyingKey, encryption: encryption)
    }

    private func choose(from log: Log) throws(LogStoreError) -> [Candidate] {
        let local = log.manifests.flatMap { manifest in
            manifest.entries.filter(\.isLocal).map { (entry: $0, month: manifest.month) }
        }
        switch options.selection {
        case .all: return local.map { Candidate(entry: $0.entry, month: $0.month, isReadWhole: true) }
        case .quick:
            let newest = local.last?.entry.uuid
            return local.map { entry, month in
                let isSuspect = entry.uuid == newest || log.scrubbed?.damaged == entry.sequences
                return Candidate(entry: entry, month: month, isReadWhole: isSuspect)
            }
        case .holding(let sequences):
            var chosen: [Candidate] = []
            for sequence in sequences {
                guard let (entry, month) = local.first(where: { $0.entry.sequences.contains(sequence) })
                else {
                    throw .notReadable(sequence: sequence, reason: "no sealed segment that is here holds it")
                }
                if chosen.contains(where: { $0.entry.uuid == entry.uuid }) { continue }
                chosen.append(Candidate(entry: entry, month: month, isReadWhole: true))
            }
            return chosen
        }
    }

    private func damage(
        of candidate: Candidate, _ scrubber: Scrubber<P>
    ) throws(LogStoreError) -> Damage? {
        do throws(LogStoreError) {
            if candidate.isReadWhole {
                try scrubber.check(candidate.entry, candidate.month)
            } else {
                try scrubber.checkTail(candidate.entry, candidate.month)
            }
            return nil
        } catch {
            guard case .damaged(let damage) = error else { throw error }
            return damage
        }
    }

    // MARK: Repairing

    private func repair(
        _ candidate: Candidate, _ damage: Damage, _ archive: some Archive, _ ledger: LogUUID
    ) -> Repair {
        let (entry, month) = (candidate.entry, candidate.month)
        var outcome = Outcome.repairable
        do throws(LogStoreError) {
            let fetch = SegmentFetch(disk: disk, paths: paths, ledger: ledger)
            try fetch.requireCopy(of: entry, month, in: archive)
            if !options.isDryRun { outcome = .repaired(kept: try replace(entry, month, fetch, archive)) }
        } catch { outcome = .failed(error) }
        return Repair(
            file: paths.segment(month, entry.sequences), sequences: entry.sequences, damage: damage,
            outcome: outcome)
    }

    private func replace(
        _ entry: PartitionManifest.Entry, _ month: Month, _ fetch: SegmentFetch<P.Disk>,
        _ archive: some Archive
    ) throws(LogStoreError) -> DamagedCopy? {
        let target = paths.segment(month, entry.sequences)
        let fetched = try fetch.download(entry, month, from: archive)
        let kept: DamagedCopy?
        do throws(LogStoreError) { kept = try DamagedCopy.make(of: target, uuid: entry.uuid, on: disk) } catch
        {
            fetch.discard(fetched)
            throw error
        }
        try fetch.place(fetched, at: target)
        return kept
    }

    /// What the scrubber noted about a segment that is good now is not true any more. Where it goes on stays:
    /// at this very segment.
    private func clearNote(
        about entry: PartitionManifest.Entry, in log: inout Log
    ) throws(LogStoreError) {
        guard !options.isDryRun, let record = log.scrubbed, record.damaged == entry.sequences else { return }
        let cleared = ScrubRecord(ledger: record.ledger, next: record.next)
        try onDisk { () throws(StorageError) in
            try AtomicFile.write(cleared.encoded, to: paths.scrub, on: disk)
        }
        log.scrubbed = cleared
    }
}
