/// Copies a log as it stands at one moment, while another process may be writing it. Takes no lock on the
/// log and changes nothing in it.
///
///     1  tiles, quarantine; every sealed segment the months' manifests list      long, the log goes on
///     2  evidence: checkpoint, watermark, superblock; then the write-ahead files  the moment
///     3  the manifests once more, and what was sealed in between                  short
///     4  superblock and keyrings, which are at least as new as everything above
///     5  the copy is read back and verified
///     6  `MANIFEST`, by rename; only then is this a backup
///
/// The order is the one every reader beside a writer keeps: a write-ahead file goes only after a manifest
/// lists its events, so what went between 2 and 3 is in a segment that 3 copies. What moved under the copy
/// shows by its checksums or its hash, and is looked for again.
///
/// The end is a place between two frames that is proved durable: a frame is all or nothing, and so is what
/// was appended together. Superblock and watermark are not the bytes that were there, which belong to other
/// moments, but say of this end what they would have said. The lists of keys are copied wrapped as they are.
/// Not copied are caches (snapshots, the attic, the scrubber's record), and any key that opens something by
/// itself: the key-encryption key is never there, and the signing key of a plain log is kept apart.
package struct LogBackup<P: Platform, Target: Storage> {
    private let platform: P
    private let paths: ShardPaths
    private let objects: BackupObjects<Target>
    private let options: Options
    private let progress: VerificationProgress

    package struct Options: Sendable {
        package var shard: UInt32 = 0
        /// With them the copy is verified event by event, not only by checksums, hashes and signatures.
        package var keys = ReadingKeys.none
        /// Threads that verify.
        package var jobs = 1
        /// Believe what an earlier backup stored by its size, and do not read the copy back.
        package var isQuick = false

        package init() {}
    }

    package struct Report: Sendable {
        package var manifest: BackupManifest
        package var copiedFiles = 0
        package var copiedBytes: UInt64 = 0
        /// Stored by an earlier backup already.
        package var keptFiles = 0
        package var keptBytes: UInt64 = 0
        /// nil if the copy was not read back.
        package var verification: VerificationReport?
    }

    /// What a whole run knows, however often it looks.
    private struct Work {
        /// Objects that are there for certain.
        var confirmed: Set<Hash256> = []
        /// What is listed so far.
        var files: [StoragePath: BackupManifest.File] = [:]
        var report: Report
    }

    package init(
        platform: P, target: Target, options: Options,
        progress: VerificationProgress = VerificationProgress()
    ) {
        self.platform = platform
        self.options = options
        self.progress = progress
        objects = BackupObjects(disk: target)
        paths = ShardPaths(shard: options.shard)
    }

    private var disk: P.Disk { platform.disk }

    /// Backs up into the target, which is empty, or holds an older backup of the same log, or what an
    /// interrupted one left.
    ///
    /// - Throws: `locked` if another backup runs into it, `invalidRequest` if it holds anything else or a
    ///   backup of more, `refused` if the copy does not verify, `damaged` if the log does not hold together.
    package func run() throws(LogStoreError) -> Report {
        let lock = try takeLock()
        defer { withExtendedLifetime(lock) {} }
        let earlier = try earlierBackup()
        try objects.prepare()
        var work = Work(
            report: Report(
                manifest: BackupManifest(
                    ledger: .zero, shard: options.shard, madeTime: 0, end: .empty, sealedEnd: 0,
                    checkpointSize: 0, files: [])))
        work.report.manifest = try copy(&work)
        try checkSuccession(from: earlier, to: work.report.manifest)
        if !options.isQuick { work.report.verification = try verify(work.report.manifest) }
        try publish(work.report.manifest)
        return work.report
    }

    // MARK: The target

    private func takeLock() throws(LogStoreError) -> Target.Lock {
        let note = LockHolder(platform.process).note
        do throws(StorageError) { return try objects.disk.lock(ShardPaths.lock, note: note) } catch {
            guard error.code == ErrorNumber.wouldBlock else { throw .storage(error) }
            throw .locked(ShardPaths.lock)
        }
    }

    private func earlierBackup() throws(LogStoreError) -> BackupManifest? {
        if let manifest = try BackupManifest.read(from: objects.disk) { return manifest }
        let ours = [ShardPaths.lock, BackupObjects<Target>.directory, BackupManifest.path.temporary]
        let names = try onDisk { () throws(StorageError) in try objects.disk.list(ShardPaths.root) }
        guard let foreign = names.first(where: { !ours.map(\.name).contains($0) }) else { return nil }
        throw .invalidRequest("the place for the backup holds \(foreign), which no backup made")
    }

    /// A backup is never replaced by one of another log, or of less.
    private func checkSuccession(
        from earlier: BackupManifest?, to now: BackupManifest
    ) throws(LogStoreError) {
        guard let earlier else { return }
        guard earlier.ledger == now.ledger, earlier.shard == now.shard else {
            throw .invalidRequest("the backup there is of ledger \(earlier.ledger), shard \(earlier.shard)")
        }
        guard earlier.end.size < now.end.size || earlier.end == now.end else {
            throw .invalidRequest(
                "the backup there has \(earlier.end.size) events with root \(earlier.end.root), the log "
                    + "has \(now.end.size) with root \(now.end.root): it is the backup that is kept")
        }
    }

    private func publish(_ manifest: BackupManifest) throws(LogStoreError) {
        try objects.settle()
        try onDisk { () throws(StorageError) in
            try AtomicFile.write(manifest.text, to: BackupManifest.path, on: objects.disk)
        }
        try objects.removeAll(but: Set(manifest.files.map(\.hash)))
    }

    private func verify(_ manifest: BackupManifest) throws(LogStoreError) -> VerificationReport {
        var verification = LogVerifier<BackupPlatform<P, Target>, NoIndex>.Options()
        verification.shard = options.shard
        verification.keys = options.keys
        verification.jobs = options.jobs
        return try BackupCheck.run(
            manifest, BackupPlatform(platform, BackupDisk(objects, manifest.files)), verification, progress)
    }

    // MARK: Looking

    private static var attemptsMax: Int { 6 }

    /// Looks until nothing moved under the copy.
    private func copy(_ work: inout Work) throws(LogStoreError) -> BackupManifest {
        var attempt = 1
        while true {
            do throws(LogStoreError) { return try copyOnce(&work) } catch {
                guard attempt < Self.attemptsMax, error.mayHaveMoved else { throw error }
                attempt += 1
            }
        }
    }

    private func copyOnce(_ work: inout Work) throws(LogStoreError) -> BackupManifest {
        let first = try SuperblockStore.read(paths.superblock, on: disk).superblock
        if first.standing == .unfinished, let refusal = first.refusal(expecting: .ordinary) {
            throw .refused(refusal)
        }
        let directory = DirectoryReader(disk: disk, paths: paths, ledger: first.ledger)
        // What it takes long to copy is copied first: the second time it is there.
        _ = try copySealed(directory, &work)
        work.files = [:]
        try copyBeside(&work)
        let checkpoint = try readCheckpoint(LogIdentity(first))
        let (survey, stated) = try surveyTail(directory, first, checkpoint?.point)
        var end = survey.end(stated)
        let tail = try copyTail(survey, upTo: end.size, &work)
        let manifests = try copySealed(directory, &work)
        let sealed = try sealedEnd(manifests)
        if sealed.size >= end.size { end = sealed }
        try checkReach(survey, sealed)
        let kept = try keep(tail, from: sealed.size, to: end.size, &work)
        if let checkpoint, checkpoint.point.size <= end.size {
            try add(paths.checkpoint, checkpoint.note, &work)
        }
        let superblock = try SuperblockStore.read(paths.superblock, on: disk).superblock
        try copyKeys(superblock, &work)
        try addOwn(superblock, manifests, end, kept.last, &work)
        return BackupManifest(
            ledger: superblock.ledger, shard: options.shard, madeTime: platform.wallTime(), end: end,
            sealedEnd: sealed.size, checkpointSize: min(checkpoint?.point.size ?? 0, end.size),
            files: Array(work.files.values))
    }

    /// What is proved durable must be here: a backup of a damaged log would hide the damage.
    private func checkReach(_ survey: TailSurvey<P.Disk>, _ sealed: TreePoint) throws(LogStoreError) {
        guard max(survey.readableEnd, sealed.size) < survey.durableEnd else { return }
        throw .damaged(
            Damage(
                file: survey.files.last?.path ?? paths.wal,
                offset: survey.files.last?.edges.last?.offset ?? 0,
                "\(survey.durableEnd) events are proved durable, \(survey.readableEnd) are readable"))
    }

    /// Evidence first: what it proves durable must be in the files that are read afterwards.
    private func surveyTail(
        _ directory: DirectoryReader<P.Disk>, _ superblock: Superblock, _ checkpoint: TreePoint?
    ) throws(LogStoreError) -> (TailSurvey<P.Disk>, stated: [TreePoint]) {
        var stated = [TreePoint(size: superblock.durableSequence, root: superblock.root)]
        stated += try directory.watermark().slots.map {
            TreePoint(size: $0.slot.durableSequence, root: $0.slot.root)
        }
        if let checkpoint { stated.append(checkpoint) }
        var evidence = DurabilityEvidence()
        for point in stated { evidence.note(point.size, "a recorded root") }
        return (try TailSurvey(directory, after: evidence), stated)
    }

    /// The newest signed checkpoint; one that does not verify is a cache lost.
    private func readCheckpoint(
        _ identity: LogIdentity
    ) throws(LogStoreError) -> (note: [UInt8], point: TreePoint)? {
        guard
            let note = try AtomicFile.read(paths.checkpoint, byteCountMax: SignedNote.byteCountMax, on: disk),
            let checkpoint = try? identity.verifier.checkpoint(note)
        else { return nil }
        return (note, TreePoint(size: checkpoint.size, root: checkpoint.root))
    }

    /// Where the sealed part ends. The months were read one after the other: a seal in between leaves a gap.
    private func sealedEnd(_ manifests: [PartitionManifest]) throws(LogStoreError) -> TreePoint {
        var end = TreePoint.empty
        for manifest in manifests {
            guard let first = manifest.entries.first, let last = manifest.entries.last else { continue }
            guard first.sequences.lowerBound == end.size, first.rootBefore == end.root else {
                throw .damaged(
                    Damage(
                        file: paths.manifest(manifest.month), offset: 128,
                        "starts at sequence \(first.sequences.lowerBound), expected \(end.size)"))
            }
            end = TreePoint(size: last.sequences.upperBound, root: last.rootAfter)
        }
        return end
    }

    // MARK: Copying

    /// Published tiles, and what recoveries and repairs left aside. Tiles come before the evidence: it then
    /// reaches at least as far as they do.
    private func copyBeside(_ work: inout Work) throws(LogStoreError) {
        for directory in [paths.tiles, ShardPaths.quarantine] {
            for path in try files(below: directory) { try add(path, expected: nil, &work) }
        }
    }

    /// Names ending in `.tmp` are nothing yet.
    private func files(below directory: StoragePath) throws(LogStoreError) -> [StoragePath] {
        var found: [StoragePath] = []
        for name in try onDisk({ () throws(StorageError) in try disk.list(directory) })
        where !name.hasSuffix(ShardPaths.Ending.temporary) {
            let path = directory / name
            do throws(StorageError) {
                _ = try disk.open(path, .read)
                found.append(path)
            } catch {
                guard error.code == ErrorNumber.isDirectory else { throw .storage(error) }
                found += try files(below: path)
            }
        }
        return found
    }

    /// Every month's manifest with all it lists.
    private func copySealed(
        _ directory: DirectoryReader<P.Disk>, _ work: inout Work
    ) throws(LogStoreError) -> [PartitionManifest] {
        var manifests: [PartitionManifest] = []
        for month in try directory.months() {
            guard let manifest = try directory.manifest(month) else { continue }
            manifests.append(manifest)
            try add(paths.manifest(month), manifest.encoded, &work)
            if manifest.isClosed { try add(paths.close(month), hash: manifest.statementHash, &work) }
            for entry in manifest.entries {
                if entry.isLocal {
                    let object = ArchivedObject(hash: entry.fileHash, byteCount: entry.byteCount)
                    try add(paths.segment(month, entry.sequences), expected: object, &work)
                } else {
                    try add(paths.stub(month, entry.sequences), expected: nil, &work)
                }
            }
        }
        return manifests
    }

    /// A write-ahead file in the backup: its frames up to a certain one.
    private struct TailPart {
        var source: TailSurvey<P.Disk>.File
        var endOffset: UInt64
        var file: BackupManifest.File
    }

    private func copyTail(
        _ survey: TailSurvey<P.Disk>, upTo end: UInt64, _ work: inout Work
    ) throws(LogStoreError) -> [TailPart] {
        var parts: [TailPart] = []
        for (source, endOffset) in survey.parts(holding: 0..<end) {
            progress.expect(endOffset)
            let object = try objects.copy(source.file, first: endOffset, progress)
            try checkCopy(object, of: source, endOffset: endOffset, end: min(end, source.endSequence))
            work.report.copiedFiles += 1
            work.report.copiedBytes += object.byteCount
            let file = BackupManifest.File(
                path: source.path, byteCount: max(endOffset, source.header.preallocatedBytes),
                storedByteCount: endOffset, hash: object.hash)
            parts.append(TailPart(source: source, endOffset: endOffset, file: file))
        }
        return parts
    }

    /// A file may be sealed and used again while it is copied: the copy must have the frames that were seen.
    private func checkCopy(
        _ object: ArchivedObject, of source: TailSurvey<P.Disk>.File, endOffset: UInt64, end: UInt64
    ) throws(LogStoreError) {
        let copy = try onDisk { () throws(StorageError) in
            try objects.disk.open(objects.path(object.hash), .read)
        }
        let isWhole = object.byteCount == endOffset
        let header = isWhole ? try FileHeader.read(from: copy) : nil
        let isSame = header == source.header
        let last = isSame ? try TailSurvey<Target>.edges(of: copy, source.header).edges.last : nil
        guard last?.offset == endOffset, last?.sequence == end else {
            throw .damaged(
                Damage(file: source.path, offset: 0, "its frames changed while they were copied"))
        }
    }

    /// Lists the write-ahead files that still hold what is not sealed.
    private func keep(
        _ tail: [TailPart], from sealedEnd: UInt64, to end: UInt64, _ work: inout Work
    ) throws(LogStoreError) -> [TailPart] {
        let needed = tail.filter { $0.source.endSequence > sealedEnd && sealedEnd < end }
        if sealedEnd < end, needed.first.map({ $0.source.header.firstSequence > sealedEnd }) ?? true {
            throw .damaged(
                Damage(file: paths.wal, offset: 0, "no file holds sequences from \(sealedEnd) on"))
        }
        for part in needed { work.files[part.file.path] = part.file }
        return needed
    }

    private func copyKeys(_ superblock: Superblock, _ work: inout Work) throws(LogStoreError) {
        guard superblock.isEncrypted else { return }
        let names = try onDisk { () throws(StorageError) in try disk.list(ShardPaths.keys) }
        for name in names where name.hasSuffix(ShardPaths.Ending.keyring) {
            try add(ShardPaths.keys / name, expected: nil, &work)
        }
    }

    /// Superblock and watermark as they would be if the log had stood still at this end.
    private func addOwn(
        _ superblock: Superblock, _ manifests: [PartitionManifest], _ end: TreePoint, _ last: TailPart?,
        _ work: inout Work
    ) throws(LogStoreError) {
        var own = superblock
        own.sequence += 1
        own.previousHash = superblock.hash
        own.durableSequence = end.size
        own.root = end.root
        own.isClean = false
        own.partitions = PartitionTable(folding: manifests.map(\.tableEntry))
        try add(paths.superblock, own.encodedCopies, &work)
        let slot = WatermarkSlot(
            counter: 1, durableSequence: end.size, fileUUID: last?.source.header.fileUUID ?? .zero,
            endOffset: last?.endOffset ?? 0, epoch: superblock.epoch, root: end.root,
            ledger: superblock.ledger)
        try add(paths.watermark, slot.inBothSlots, &work)
    }

    // MARK: One file

    private func add(_ path: StoragePath, _ bytes: [UInt8], _ work: inout Work) throws(LogStoreError) {
        let object = try objects.put(bytes)
        work.confirmed.insert(object.hash)
        list(path, object, &work)
    }

    private func add(_ path: StoragePath, hash: Hash256, _ work: inout Work) throws(LogStoreError) {
        let object = try copy(path, &work)
        guard object.hash == hash else {
            throw .damaged(Damage(file: path, offset: 0, "SHA-256 is \(object.hash), listed is \(hash)"))
        }
        list(path, object, &work)
    }

    /// - Parameter expected: what it must be, where that is known; then one that is there is kept.
    private func add(
        _ path: StoragePath, expected: ArchivedObject?, _ work: inout Work
    ) throws(LogStoreError) {
        guard let expected else { return list(path, try copy(path, &work), &work) }
        if !work.confirmed.contains(expected.hash) {
            if try objects.holds(expected, isReadWhole: !options.isQuick) {
                work.confirmed.insert(expected.hash)
                work.report.keptFiles += 1
                work.report.keptBytes += expected.byteCount
            } else {
                let object = try copy(path, &work)
                guard object == expected else {
                    throw .damaged(
                        Damage(
                            file: path, offset: 0,
                            "\(object.byteCount) bytes of SHA-256 \(object.hash), listed are "
                                + "\(expected.byteCount) of \(expected.hash)"))
                }
            }
        }
        list(path, expected, &work)
    }

    private func copy(_ path: StoragePath, _ work: inout Work) throws(LogStoreError) -> ArchivedObject {
        let file = try onDisk { () throws(StorageError) in try disk.open(path, .read) }
        progress.expect(try onDisk { () throws(StorageError) in try file.size() })
        let object = try objects.copy(file, first: .max, progress)
        work.confirmed.insert(object.hash)
        work.report.copiedFiles += 1
        work.report.copiedBytes += object.byteCount
        return object
    }

    private func list(_ path: StoragePath, _ object: ArchivedObject, _ work: inout Work) {
        work.files[path] = BackupManifest.File(
            path: path, byteCount: object.byteCount, storedByteCount: object.byteCount, hash: object.hash)
    }
}

extension LogStoreError {
    /// Whether it may come from a file that was sealed, renamed or given up while it was copied.
    fileprivate var mayHaveMoved: Bool {
        switch self {
        case .damaged: true
        case .storage(let error): error.code == ErrorNumber.notFound
        default: false
        }
    }
}
