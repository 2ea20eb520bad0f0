/// Finds what a directory holds without judging whether one may append: manifests, frames, evidence.
///
/// Unlike `LogExaminer` it goes on after damage, so that the rest can be served, and it does not check Merkle
/// roots, which is `LogVerifier`'s work.
struct WALIndexer<P: Platform> {
    let platform: P
    let paths: ShardPaths
    let geometry: LogGeometry
    let encryption: LogEncryption
    let superblock: Superblock
    private(set) var manifests: [PartitionManifest] = []
    private(set) var walFiles: [WALFileRecord] = []
    private(set) var damages: [Damage] = []
    /// Files the given keys do not open.
    private(set) var lockedFiles: [StoragePath] = []
    private var evidence = DurabilityEvidence()
    /// Sequence after the last event in a valid frame or segment.
    private var readableEnd: UInt64 = 0
    /// Where each file begins, in order; without a record if the given keys do not open it.
    private var firstSequences: [(path: StoragePath, first: UInt64, record: WALFileRecord?)] = []

    init(
        platform: P, paths: ShardPaths, geometry: LogGeometry, encryption: LogEncryption,
        superblock: Superblock
    ) {
        self.platform = platform
        self.paths = paths
        self.geometry = geometry
        self.encryption = encryption
        self.superblock = superblock
    }

    private var directory: DirectoryReader<P.Disk> {
        DirectoryReader(disk: platform.disk, paths: paths, ledger: superblock.ledger)
    }

    /// How far the log may be believed: what is readable and proved durable.
    var provenEnd: UInt64 { min(readableEnd, evidence.durableEnd) }

    /// Reads the directory. Frames of files in `known` are not read again.
    ///
    /// Beside a writer the order matters: a write-ahead file goes only after a manifest lists its events, so
    /// write-ahead files are read first and manifests last; what went in between, a manifest covers.
    ///
    /// - Parameter provenBefore: what an earlier look has proved; frames that proved it are not read again.
    mutating func run(known: [WALFileRecord], provenBefore: UInt64) throws(LogStoreError) {
        manifests = []
        walFiles = []
        damages = []
        lockedFiles = []
        evidence = DurabilityEvidence()
        evidence.note(superblock.durableSequence, "the superblock")
        evidence.note(provenBefore, "an earlier look")
        firstSequences = []
        try noteWatermark()
        for name in try directory.list(paths.wal) {
            guard let parsed = ShardPaths.parseWALName(name) else { continue }
            try readFile(paths.wal / name, firstSequence: parsed.firstSequence, known: known)
        }
        try forgetDamageOfVanishedFiles()
        try readManifests()
        readableEnd = manifests.last { !$0.entries.isEmpty }?.entries.last?.sequences.upperBound ?? 0
        evidence.note(readableEnd, "a sealed segment")
        judgeContinuity()
    }

    /// A file that was sealed and recycled while we read it had its bytes zeroed: no damage.
    private mutating func forgetDamageOfVanishedFiles() throws(LogStoreError) {
        var standing: [Damage] = []
        for damage in damages {
            let isThere = try onDisk { () throws(StorageError) in try platform.disk.exists(damage.file) }
            if isThere { standing.append(damage) }
        }
        damages = standing
    }

    /// Names the sequences between files that nothing holds, and finds where the readable log ends.
    private mutating func judgeContinuity() {
        for (path, first, record) in firstSequences {
            if first > readableEnd {
                damages.append(
                    Damage(file: path, offset: 0, "sequences \(readableEnd)..<\(first) are missing"))
            }
            if let record { readableEnd = max(readableEnd, record.endSequence) }
        }
    }

    private mutating func readManifests() throws(LogStoreError) {
        for month in try directory.months() {
            do throws(LogStoreError) {
                if let manifest = try directory.manifest(month) { manifests.append(manifest) }
            } catch .damaged(let damage) { damages.append(damage) }
        }
    }

    private mutating func noteWatermark() throws(LogStoreError) {
        let watermark = try directory.watermark()
        for (_, slot) in watermark.slots { evidence.note(slot.durableSequence, "the watermark") }
        damages += watermark.faults
    }

    private mutating func readFile(
        _ path: StoragePath, firstSequence: UInt64, known: [WALFileRecord]
    ) throws(LogStoreError) {
        let file: P.Disk.File
        do throws(StorageError) { file = try platform.disk.open(path, .read) } catch {
            // Sealed and recycled since it was listed.
            if error.code == ErrorNumber.notFound { return }
            throw .storage(error)
        }
        let header: FileHeader
        do throws(LogStoreError) {
            header = try directory.walHeader(of: file, firstSequence: firstSequence)
        } catch .damaged(let damage) {
            damages.append(damage)
            return
        }
        let record: WALFileRecord
        if let old = known.first(where: { $0.uuid == header.fileUUID }) {
            record = old
        } else {
            guard let made = try makeRecord(path, header) else {
                firstSequences.append((path, header.firstSequence, nil))
                return
            }
            record = made
        }
        if let last = walFiles.last { last.close() }
        walFiles.append(record)
        firstSequences.append((path, header.firstSequence, record))
        try readFrames(of: record, file)
    }

    /// nil, and noted, if the file's month key is not among those given, or the file is plain and must not
    /// be.
    private mutating func makeRecord(
        _ path: StoragePath, _ header: FileHeader
    ) throws(LogStoreError) -> WALFileRecord? {
        do throws(LogStoreError) {
            let key = try header.dataKey(with: encryption, file: path)
            return WALFileRecord(path: path, header: header, dataKey: key)
        } catch .wrongKey {
            lockedFiles.append(path)
        } catch .damaged(let damage) {
            damages.append(damage)
        }
        return nil
    }

    /// Accepts frames from where the record ends to the first that is not valid.
    private mutating func readFrames(of record: WALFileRecord, _ file: P.Disk.File) throws(LogStoreError) {
        var walk = try FrameWalk(
            file: file, header: record.header, reads: .events(record.dataKey), after: record,
            windowBytes: geometry.frameBytesMax)
        while let frame = walk.next() {
            evidence.note(frame.durableSequence, "a later frame")
            record.add(frame)
            walk.accept(frame)
        }
        if walk.isUnreadable, let fault = walk.fault {
            damages.append(Damage(file: record.path, offset: walk.offset, fault))
        }
    }
}
