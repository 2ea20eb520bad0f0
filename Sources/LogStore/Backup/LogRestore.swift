/// Makes a log of a backup, in an empty directory: the whole of it, or as it was at an earlier moment.
///
///     whole            every file byte for byte, the superblock last
///     cut, unsigned    what is sealed byte for byte, the events behind it written anew up to the cut
///     fork             a new ledger: every event up to the cut written anew, then `forked`
///
/// The backup is verified first, as the log it is, with the keys that are given; every file's hash is
/// compared while it is copied. History that was signed, by a checkpoint or the tail of a segment, cannot be
/// cut under the same name: two checkpoints of one ledger would contradict each other. So such a restore is
/// a fork or nothing. A fork has its own id, origin and files; it keeps the parent's keys, wrapped as they
/// were, for events may be bound to secrets; and nobody appends to it until it is promoted.
///
/// Until the end the directory is no log: without a superblock, or with one that says "unfinished".
package struct LogRestore<P: Platform, Source: Storage, Index: EventIndex> {
    private let platform: P
    private let objects: BackupObjects<Source>
    private let index: Index
    private let options: Options
    private let progress: VerificationProgress

    /// Up to where to restore.
    package enum End: Sendable, Equatable {
        case whole
        /// No event with this sequence or a later one.
        case sequence(UInt64)
        /// No event after this time, nanoseconds since the Unix epoch.
        case time(UInt64)
    }

    package struct Options: Sendable {
        package var end = End.whole
        /// Make a new ledger.
        package var forks = false
        /// Needed for whatever is written anew, if the log is encrypted.
        package var key: KeyEncryptionKey?
        /// Of a plain log, whose backup is without it.
        package var signingSeed: [UInt8]?
        /// The newest checkpoint that somebody holds, as signed.
        package var knownCheckpoint: [UInt8]?
        package var geometry = LogGeometry.production
        /// Threads that verify.
        package var jobs = 1

        package init() {}
    }

    package struct Report: Sendable {
        package var ledger: LogUUID
        package var shard: UInt32
        /// What was restored of the backup; a fork has one event more.
        package var end: TreePoint
        /// What it was made of.
        package var backup: BackupManifest
        /// The ledger this one continues, if it is a fork.
        package var parent: LogUUID?
        /// What was asked for lay inside a group of events, so it ends before it.
        package var movedFrom: UInt64?
        /// The log cannot be opened until its signing key is put in its place.
        package var lacksSigningKey = false
        package var verification: VerificationReport
    }

    /// The backup as a log, once it is verified.
    private struct Opened {
        var manifest: BackupManifest
        var superblock: Superblock
        var platform: BackupPlatform<P, Source>
        var verification: VerificationReport
        /// Up to where it is known to be signed, by what is in it or by whoever holds a checkpoint.
        var signedEnd: UInt64
    }

    /// Where to cut, and whether it was asked for elsewhere.
    private struct Cut {
        var end: UInt64
        var movedFrom: UInt64?
    }

    package init(
        platform: P, source: Source, index: Index, options: Options,
        progress: VerificationProgress = VerificationProgress()
    ) {
        self.platform = platform
        self.index = index
        self.options = options
        self.progress = progress
        objects = BackupObjects(disk: source)
    }

    private var disk: P.Disk { platform.disk }

    /// - Throws: `invalidRequest` if the directory is not empty, or the cut would contradict what was signed
    ///   and no fork is wanted; `notReadable` if the backup does not reach so far, or events are only in an
    ///   archive; `refused` or `damaged` if the backup is not what was written; `wrongKey`.
    package func run() throws(LogStoreError) -> Report {
        let names = try onDisk { () throws(StorageError) in try disk.list(ShardPaths.root) }
        guard names.isEmpty else {
            throw .invalidRequest("a restore goes into an empty directory; this one holds \(names[0])")
        }
        let backup = try open()
        let cut = try chooseCut(backup)
        let isWhole = cut.end == backup.manifest.end.size
        if cut.end < backup.signedEnd && !options.forks {
            throw .invalidRequest(
                "the log is signed up to \(backup.signedEnd) events; what ends at \(cut.end) would "
                    + "contradict that under the same name: it has to be a fork")
        }
        if options.forks { return try fork(backup, cut) }
        return isWhole ? try copyWhole(backup, cut) : try copyCut(backup, cut)
    }

    // MARK: The backup

    private func open() throws(LogStoreError) -> Opened {
        guard let manifest = try BackupManifest.read(from: objects.disk) else {
            throw .storage(
                StorageError(.open, BackupManifest.path, code: ErrorNumber.notFound))
        }
        let view = BackupPlatform(platform, BackupDisk(objects, manifest.files))
        var verification = LogVerifier<BackupPlatform<P, Source>, NoIndex>.Options()
        verification.shard = manifest.shard
        verification.keys = options.key.map { .keyEncryptionKey($0) } ?? .none
        verification.jobs = options.jobs
        progress.expect(manifest.files.reduce(0) { $0 + $1.storedByteCount })
        let report = try BackupCheck.run(manifest, view, verification, progress)
        let paths = ShardPaths(shard: manifest.shard)
        let superblock = try SuperblockStore.read(paths.superblock, on: view.disk).superblock
        let known = try knownSize(LogIdentity(superblock))
        return Opened(
            manifest: manifest, superblock: superblock, platform: view, verification: report,
            signedEnd: max(manifest.signedEnd, known))
    }

    private func knownSize(_ identity: LogIdentity) throws(LogStoreError) -> UInt64 {
        guard let note = options.knownCheckpoint else { return 0 }
        do throws(VerificationFailure) { return try identity.verifier.checkpoint(note).size } catch {
            throw .invalidRequest("the checkpoint given is not one of this ledger: \(error)")
        }
    }

    private func chooseCut(_ backup: Opened) throws(LogStoreError) -> Cut {
        let whole = backup.manifest.end.size
        let wanted: UInt64
        switch options.end {
        case .whole: return Cut(end: whole)
        case .sequence(let sequence): wanted = sequence
        case .time(let time): wanted = try GroupEdges(source: try read(backup).source).count(upTo: time)
        }
        guard wanted <= whole else {
            throw .notReadable(sequence: wanted, reason: "the backup ends at \(whole)")
        }
        if wanted == whole { return Cut(end: whole) }
        let end = try GroupEdges(source: try read(backup).source).last(upTo: wanted)
        guard end > 0 else { throw .invalidRequest("nothing would be left: not even the first group") }
        return Cut(end: end, movedFrom: end == wanted ? nil : wanted)
    }

    private func read(
        _ backup: Opened
    ) throws(LogStoreError) -> ReadOnlyLog<BackupPlatform<P, Source>> {
        if backup.superblock.isEncrypted, options.key == nil {
            throw .wrongKey("what is cut is written anew: that takes the key-encryption key")
        }
        return try ReadOnlyLog(
            platform: backup.platform, shard: backup.manifest.shard,
            keys: options.key.map { .keyEncryptionKey($0) } ?? .none, geometry: options.geometry)
    }

    // MARK: Whole

    private func copyWhole(_ backup: Opened, _ cut: Cut) throws(LogStoreError) -> Report {
        let paths = ShardPaths(shard: backup.manifest.shard)
        try copy(backup.manifest.files.filter { $0.path != paths.superblock }, paths)
        let hasKey = try placeSigningKey(backup.superblock)
        try placeSuperblock(backup.manifest, paths)
        return report(backup, cut, backup.manifest.end, ledger: backup.manifest.ledger, lacksKey: !hasKey)
    }

    /// The log is there when its superblock is: at once, and not before its bytes are known to be right.
    private func placeSuperblock(_ manifest: BackupManifest, _ paths: ShardPaths) throws(LogStoreError) {
        var bytes: [UInt8] = []
        for file in manifest.files where file.path == paths.superblock {
            try forEachPiece(of: file) { (piece, _) throws(LogStoreError) in bytes += piece.array() }
        }
        try onDisk { () throws(StorageError) in try AtomicFile.write(bytes, to: paths.superblock, on: disk) }
    }

    /// Puts the signing key of a plain log in its place; false if it was needed and not given.
    private func placeSigningKey(_ superblock: Superblock) throws(LogStoreError) -> Bool {
        guard !superblock.isEncrypted else { return true }
        guard let seed = options.signingSeed else { return false }
        guard seed.count == SecretKey.byteCount,
            SigningKey(seed: SecretKey(copying: seed)).verifyingKey.bytes == superblock.verifyingKey
        else { throw .wrongKey("the signing key given is not the one this log signs with") }
        try onDisk { () throws(StorageError) in
            try AtomicFile.write(seed, to: ShardPaths.signingKey, on: disk)
        }
        return true
    }

    // MARK: Cut

    /// Everything up to the cut is unsigned behind the sealed part: the same ledger, with a shorter tail.
    private func copyCut(_ backup: Opened, _ cut: Cut) throws(LogStoreError) -> Report {
        let paths = ShardPaths(shard: backup.manifest.shard)
        let log = try read(backup)
        // Tiles are made again; the rest says more than will be there.
        let left = [paths.superblock, paths.watermark, paths.checkpoint]
        let places = [paths.wal, paths.tiles].map { "\($0)/" }
        let files = backup.manifest.files.filter { file in
            !left.contains(file.path) && !places.contains { file.path.description.hasPrefix($0) }
        }
        try copy(files, paths)
        guard try placeSigningKey(backup.superblock) else {
            throw .wrongKey("a plain log is cut with its signing key, which its backup is without")
        }
        var oracle = RootOracle(source: log.source, sealedEnd: log.source.catalog.sealedEnd)
        let sealed = try point(backup.manifest.sealedEnd, &oracle)
        let end = try point(cut.end, &oracle)
        try begin(backup.superblock, at: sealed, paths)
        let refill = try LogRefill(
            platform: platform, shard: paths.shard, key: options.key, geometry: options.geometry, index: index
        )
        try refill.append(from: log.source, upTo: cut.end, progress)
        try copy(backup.manifest.files.filter { $0.path == paths.checkpoint }, paths)
        try check(refill, end)
        try refill.parts.recordWatermark()
        try verify(paths.shard)
        try refill.finish(as: backup.superblock.standing)
        return report(backup, cut, end, ledger: backup.manifest.ledger)
    }

    /// Superblock and watermark of a log that ends where its sealed part does.
    private func begin(
        _ superblock: Superblock, at sealed: TreePoint, _ paths: ShardPaths
    ) throws(LogStoreError) {
        var own = superblock
        own.durableSequence = sealed.size
        own.root = sealed.root
        own.standing = .unfinished
        let slot = WatermarkSlot(
            counter: 1, durableSequence: sealed.size, fileUUID: .zero, endOffset: 0, epoch: own.epoch,
            root: sealed.root, ledger: own.ledger)
        try onDisk { () throws(StorageError) in
            try AtomicFile.write(slot.inBothSlots, to: paths.watermark, on: disk)
            try AtomicFile.write(own.encodedCopies, to: paths.superblock, on: disk)
        }
    }

    // MARK: Fork

    private func fork(_ backup: Opened, _ cut: Cut) throws(LogStoreError) -> Report {
        try checkHashes(backup.manifest.files)
        let log = try read(backup)
        for entry in log.source.catalog.manifests.flatMap(\.entries)
        where !entry.isLocal && entry.sequences.lowerBound < cut.end {
            throw .notReadable(
                sequence: entry.sequences.lowerBound,
                reason: "its month is only in an archive, and a fork writes every event anew")
        }
        var oracle = RootOracle(source: log.source, sealedEnd: log.source.catalog.sealedEnd)
        let end = try point(cut.end, &oracle)
        let heir = try LogCreation.runFork(
            of: backup.superblock, keyring: try keyring(backup), key: options.key, platform: platform)
        let refill = try LogRefill(
            platform: platform, shard: heir.shard, key: options.key, geometry: options.geometry, index: index)
        try refill.append(from: log.source, upTo: cut.end, progress)
        try check(refill, end)
        try refill.recordFork(of: backup.manifest.ledger, at: end)
        try refill.parts.recordWatermark()
        try verify(heir.shard)
        try refill.finish(as: .unpromoted)
        var report = report(backup, cut, end, ledger: heir.ledger)
        report.parent = backup.manifest.ledger
        return report
    }

    private func keyring(_ backup: Opened) throws(LogStoreError) -> Keyring? {
        guard backup.superblock.isEncrypted, let key = options.key else { return nil }
        return try KeyringStore(disk: backup.platform.disk).load(
            with: key, ledger: backup.manifest.ledger, atLeast: backup.superblock.keyringGeneration
        ).keyring
    }

    private func point(
        _ size: UInt64, _ oracle: inout RootOracle<BackupDisk<Source>>
    ) throws(LogStoreError) -> TreePoint {
        guard let root = try oracle.root(over: size) else {
            invariantViolated("roots are asked for in ascending order")
        }
        return TreePoint(size: size, root: root)
    }

    private func check(_ refill: LogRefill<P, Index>, _ end: TreePoint) throws(LogStoreError) {
        guard refill.tree != end else { return }
        throw .damaged(
            Damage(
                file: BackupManifest.path, offset: 0,
                "restored were \(refill.tree.size) events with root \(refill.tree.root), expected were "
                    + "\(end.size) with \(end.root)"))
    }

    /// What was written anew is read again.
    private func verify(_ shard: UInt32) throws(LogStoreError) {
        var verification = LogVerifier<P, Index>.Options()
        verification.shard = shard
        verification.keys = options.key.map { .keyEncryptionKey($0) } ?? .none
        verification.jobs = options.jobs
        var verifier = LogVerifier(platform: platform, index: index, options: verification)
        let report = try verifier.run()
        guard report.damages.isEmpty else {
            throw .refused(
                Refusal(
                    report.verdict, sequences: nil, damages: report.damages.map(\.damage),
                    "what was restored does not hold together"))
        }
    }

    // MARK: Files

    /// Copies files into their places, comparing sizes and hashes, and makes them durable.
    private func copy(_ files: [BackupManifest.File], _ paths: ShardPaths) throws(LogStoreError) {
        try LogCreation.makeDirectories(disk, paths)
        var directories: Set<String> = []
        for file in files {
            try makeDirectories(file.path.parent)
            try copy(file)
            directories.insert(file.path.parent.description)
        }
        for directory in directories.sorted() {
            try onDisk { () throws(StorageError) in try disk.syncDirectory(StoragePath(directory)) }
        }
    }

    private func copy(_ file: BackupManifest.File) throws(LogStoreError) {
        let copy = try onDisk { () throws(StorageError) in try disk.open(file.path, .create) }
        try forEachPiece(of: file) { (piece, offset) throws(LogStoreError) in
            do throws(StorageError) { try copy.write(piece, at: offset) } catch {
                throw LogStoreError.storage(error)
            }
        }
        try onDisk { () throws(StorageError) in
            if file.byteCount > file.storedByteCount { try copy.truncate(to: file.byteCount) }
            try copy.sync()
        }
    }

    private func checkHashes(_ files: [BackupManifest.File]) throws(LogStoreError) {
        for file in files { try forEachPiece(of: file) { (_, _) throws(LogStoreError) in } }
    }

    private func forEachPiece(
        of file: BackupManifest.File, _ body: (RawSpan, UInt64) throws(LogStoreError) -> Void
    ) throws(LogStoreError) {
        let stored = try onDisk { () throws(StorageError) in
            try objects.disk.open(objects.path(file.hash), .read)
        }
        var hasher = SHA256()
        var offset: UInt64 = 0
        try FilePieces.forEach(of: stored) { (piece) throws(LogStoreError) in
            hasher.update(piece)
            try body(piece, offset)
            offset += UInt64(piece.byteCount)
            progress.did(bytes: UInt64(piece.byteCount))
        }
        let found = ArchivedObject(hash: hasher.finalize(), byteCount: offset)
        guard found != file.object else { return }
        throw .damaged(
            Damage(
                file: file.path, offset: 0,
                "its copy in the backup has \(found.byteCount) bytes of SHA-256 \(found.hash), listed are "
                    + "\(file.storedByteCount) of \(file.hash)"))
    }

    private func makeDirectories(_ directory: StoragePath) throws(LogStoreError) {
        if try onDisk({ () throws(StorageError) in try disk.exists(directory) }) { return }
        try makeDirectories(directory.parent)
        try onDisk { () throws(StorageError) in
            try disk.createDirectory(directory)
            try disk.syncDirectory(directory.parent)
        }
    }

    private func report(
        _ backup: Opened, _ cut: Cut, _ end: TreePoint, ledger: LogUUID, lacksKey: Bool = false
    ) -> Report {
        Report(
            ledger: ledger, shard: backup.manifest.shard, end: end, backup: backup.manifest, parent: nil,
            movedFrom: cut.movedFrom, lacksSigningKey: lacksKey, verification: backup.verification)
    }
}
