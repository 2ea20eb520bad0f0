/// Opens a log for writing: recovery steps R0 to R7, in order, as a list one can read aloud.
///
/// Runs on the caller's thread; the caller becomes the appending thread.
package struct LogOpening<P: Platform> {
    private let platform: P
    private let options: LogOptions
    private let paths: ShardPaths

    /// Everything a running log starts from.
    package struct Result {
        package let lock: P.Disk.Lock
        package let keys: LogKeys<P>
        package let superblocks: SuperblockStore<P.Disk>
        package let examination: LogExamination
        package let spares: [StoragePath]
        package let watermark: WatermarkWriter<P.Disk>
        /// Acts of the process before that are not in the log yet.
        package let lostActs: [ReservedEvent]
    }

    package init(platform: P, options: LogOptions) {
        self.platform = platform
        self.options = options
        paths = ShardPaths(shard: options.shard)
    }

    private var disk: P.Disk { platform.disk }

    package func run() throws(LogStoreError) -> Result {
        let lock = try LogLock.take(on: platform)
        try Leftovers.settle(in: paths, on: disk)
        let (before, faults) = try readOrCreateSuperblock()
        if let refusal = before.refusal(expecting: options.standing) { throw .refused(refusal) }
        let keys = try LogKeys.load(
            platform: platform, ledger: before.ledger, generation: before.keyringGeneration,
            key: options.keyEncryptionKey, forWriting: true)
        try checkSigningKey(keys, before)
        if let refusal = try StaleSuperblock.refusal(before, paths, on: disk) { throw .refused(refusal) }
        let superblocks = try claim(before)
        var examination = try examine(keys.encryption)
        // Claiming has rewritten the bad copies, and loading the bad keyring, before the examination looked.
        examination.repaired = faults + keys.repaired + examination.repaired
        try settleManifests(examination, keys, superblocks)
        let spares = try removeLeftovers(examination)
        try removeBadScrubRecord(examination)
        try quarantine(examination.cuts)
        let watermark = try openWatermark(examination)
        let lost = try LostActs.find(platform, examination, before: before, keys: keys)
        return Result(
            lock: lock, keys: keys, superblocks: superblocks, examination: examination, spares: spares,
            watermark: watermark, lostActs: lost)
    }

    // MARK: R0

    /// A scrub record that cannot be read is a cache lost: scrubbing begins anew. Told once.
    private func removeBadScrubRecord(_ examination: LogExamination) throws(LogStoreError) {
        guard examination.repaired.contains(where: { $0.file == paths.scrub }) else { return }
        try onDisk { () throws(StorageError) in
            try disk.remove(paths.scrub)
            try disk.syncDirectory(paths.directory)
        }
    }

    private func readOrCreateSuperblock() throws(LogStoreError) -> (Superblock, faults: [Damage]) {
        let isMissing = try onDisk { () throws(StorageError) in try !disk.exists(paths.superblock) }
        if isMissing && options.createsIfMissing {
            return (try LogCreation.run(platform: platform, options: options), [])
        }
        let (superblock, faults) = try SuperblockStore.read(paths.superblock, on: disk)
        return (superblock, faults)
    }

    /// What a wrong key signs is refused for ever after: the key must be the one the superblock publishes.
    private func checkSigningKey(_ keys: LogKeys<P>, _ superblock: Superblock) throws(LogStoreError) {
        guard keys.signingKey.verifyingKey.bytes == superblock.verifyingKey else {
            throw .keyringDamaged(
                "the signing key below \(ShardPaths.keys) is not the one the superblock names")
        }
    }

    /// Counts this open, durably, before anything else is written: no file of this process can be mistaken
    /// for one of another. Rewrites bad copies along the way.
    private func claim(_ before: Superblock) throws(LogStoreError) -> SuperblockStore<P.Disk> {
        let file = try onDisk { () throws(StorageError) in try disk.open(paths.superblock, .write) }
        try SuperblockStore<P.Disk>.restoreCopies(of: before, in: file)
        let superblocks = SuperblockStore<P.Disk>(file: file, current: before)
        try superblocks.update {
            $0.incarnation += 1
            $0.isClean = false
        }
        return superblocks
    }

    // MARK: R1 to R4

    private func examine(_ encryption: LogEncryption) throws(LogStoreError) -> LogExamination {
        var examination = ExaminationOptions()
        examination.shard = options.shard
        examination.geometry = options.geometry
        examination.encryption = encryption
        examination.acceptedCut = options.acceptedCut
        var examiner = LogExaminer(platform: platform, options: examination)
        return try examiner.examine()
    }

    /// Manifests may be a generation ahead of the superblock, keyrings likewise: note them.
    private func settleManifests(
        _ examination: LogExamination, _ keys: LogKeys<P>, _ superblocks: SuperblockStore<P.Disk>
    ) throws(LogStoreError) {
        let partitions = PartitionTable(folding: examination.manifests.map(\.tableEntry))
        try superblocks.update {
            $0.partitions = partitions
            $0.keyringGeneration = keys.generation
            $0.durableSequence = examination.position.nextSequence
            $0.root = examination.position.frontier.root
        }
    }

    // MARK: R2

    /// Removes what a crash left half done; keeps spare files up to the limit, to be zeroed anew before use.
    private func removeLeftovers(_ examination: LogExamination) throws(LogStoreError) -> [StoragePath] {
        var spares: [StoragePath] = []
        do throws(StorageError) {
            for path in examination.temporaries {
                if spares.count < FilePreparer<P>.sparesMax, path.parent == paths.wal, try isWholeSpare(path)
                {
                    spares.append(path)
                } else {
                    try disk.remove(path)
                }
            }
            for path in examination.leftovers { try disk.remove(path) }
            let removed = examination.temporaries + examination.leftovers
            for directory in Set(removed.map(\.parent.description)).sorted() {
                try disk.syncDirectory(StoragePath(directory))
            }
        } catch { throw .storage(error) }
        return spares
    }

    private func isWholeSpare(_ path: StoragePath) throws(StorageError) -> Bool {
        try disk.open(path, .read).size() == UInt64(options.geometry.walBytes)
    }

    // MARK: R5

    /// Copies the bytes that are left aside. The file they are in is not changed.
    private func quarantine(_ cuts: [LogExamination.PendingCut]) throws(LogStoreError) {
        for pending in cuts {
            let target = ShardPaths.quarantined(pending.cut)
            let isKept = try onDisk { () throws(StorageError) in try disk.exists(target) }
            if !isKept { try copy(pending, to: target) }
        }
    }

    private func copy(_ pending: LogExamination.PendingCut, to target: StoragePath) throws(LogStoreError) {
        let cut = pending.cut
        let temporary = target.temporary
        let (source, copy) = try onDisk { () throws(StorageError) in
            (try disk.open(pending.path, .readDirect), try disk.open(temporary, .create))
        }
        var length: UInt64 = 0
        try FilePieces.forEach(of: source, in: cut.offset..<cut.offset + cut.length) {
            (piece) throws(LogStoreError) in
            do throws(StorageError) { try copy.write(piece, at: length) } catch {
                throw LogStoreError.storage(error)
            }
            length += UInt64(piece.byteCount)
        }
        invariant(length == cut.length, "\(length) bytes of a cut of \(cut.length)")
        try onDisk { () throws(StorageError) in
            try copy.sync()
            try disk.rename(temporary, to: target)
            try disk.syncDirectory(target.parent)
        }
    }

    private func openWatermark(_ examination: LogExamination) throws(LogStoreError) -> WatermarkWriter<P.Disk>
    {
        let ledger = examination.superblock.ledger
        if try onDisk({ () throws(StorageError) in try !disk.exists(paths.watermark) }) {
            try onDisk { () throws(StorageError) in
                try AtomicFile.write(
                    [UInt8](repeating: 0, count: WatermarkSlot.byteCount * WatermarkSlot.slotCount),
                    to: paths.watermark, on: disk)
            }
        }
        let file = try onDisk { () throws(StorageError) in try disk.open(paths.watermark, .write) }
        return WatermarkWriter(file: file, ledger: ledger, counter: examination.watermarkCounter)
    }
}
