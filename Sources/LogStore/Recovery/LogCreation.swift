/// Makes an empty log. The superblock comes last: a directory without one, and without log files, is not a
/// log yet, and a crash at any point before is followed by simply creating again.
package enum LogCreation {
    /// Creates directories, keys, watermark and superblock; returns the superblock.
    package static func run<P: Platform>(
        platform: P, options: LogOptions
    ) throws(LogStoreError) -> Superblock {
        let paths = ShardPaths(shard: options.shard)
        try refuseIfNotEmpty(platform.disk, paths)
        try makeDirectories(platform.disk, paths)
        let (keys, ledger) = try makeKeys(platform, options)
        try makeWatermark(platform.disk, paths, ledger)
        let superblock = Superblock(
            sequence: 1, previousHash: .zero, ledger: ledger, node: platform.makeUUID(), incarnation: 0,
            durableSequence: 0, epoch: 0, root: MerkleFrontier.emptyRoot,
            keyringGeneration: keys.generation, isClean: false, shard: options.shard,
            verifyingKey: keys.signingKey.verifyingKey.bytes, partitions: .empty)
        try onDisk { () throws(StorageError) in
            try AtomicFile.write(superblock.encodedCopies, to: paths.superblock, on: platform.disk)
        }
        return superblock
    }

    /// A missing superblock beside log files is damage, not an invitation to start over.
    private static func refuseIfNotEmpty(_ disk: some Storage, _ paths: ShardPaths) throws(LogStoreError) {
        let files = try onDisk { () throws(StorageError) in
            try disk.list(paths.wal).filter { $0.hasSuffix(ShardPaths.Ending.wal) } + disk.list(paths.log)
        }
        let found = files.isEmpty ? try traceOfLife(disk, paths) : files[0]
        guard let trace = found else { return }
        throw .refused(
            Refusal(
                .corruptSuperblock, sequences: nil,
                damages: [Damage(file: paths.superblock, offset: 0, "missing")],
                "the superblock is missing, but a log was here (\(trace))"))
    }

    /// What only a log that has had events leaves; nil if there is nothing that an interrupted creation would
    /// not leave too.
    private static func traceOfLife(
        _ disk: some Storage, _ paths: ShardPaths
    ) throws(LogStoreError) -> String? {
        if try hasDurableEvents(disk, paths) { return paths.watermark.name }
        return try onDisk { () throws(StorageError) in
            if try disk.exists(paths.checkpoint) { return paths.checkpoint.name }
            var directories = [paths.tiles, paths.snapshots]
            // What a cut has left aside names no shard: it is this one's if there is no other.
            let shards = try disk.list(ShardPaths.root).filter { $0.hasPrefix("shard-") }
            if shards.allSatisfy({ $0 == paths.directory.name }) { directories.append(ShardPaths.quarantine) }
            for directory in directories {
                if let name = try disk.list(directory).first(where: {
                    !$0.hasSuffix(ShardPaths.Ending.temporary)
                }) {
                    return (directory / name).description
                }
            }
            return nil
        }
    }

    /// Whether the watermark is anything but the one `makeWatermark` leaves, which appears whole or not at
    /// all.
    private static func hasDurableEvents(
        _ disk: some Storage, _ paths: ShardPaths
    ) throws(LogStoreError) -> Bool {
        let size = WatermarkSlot.byteCount * WatermarkSlot.slotCount
        do throws(LogStoreError) {
            guard let bytes = try AtomicFile.read(paths.watermark, byteCountMax: size, on: disk) else {
                return false
            }
            guard bytes.count == size else { return true }
            for start in stride(from: 0, to: size, by: WatermarkSlot.byteCount) {
                // A slot that does not decode is no fresh creation either: somebody has lived here.
                let slot = try? bytes.withRawSpan { (span) throws(DecodingFailure) in
                    try WatermarkSlot(decoding: span.extracting(start..<start + WatermarkSlot.byteCount))
                }
                guard let slot, slot.durableSequence == 0 else { return true }
            }
            return false
        } catch .damaged { return true }
    }

    static func makeDirectories(_ disk: some Storage, _ paths: ShardPaths) throws(LogStoreError) {
        try onDisk { () throws(StorageError) in
            for directory in [ShardPaths.keys, ShardPaths.quarantine, paths.directory] {
                try disk.createDirectory(directory)
            }
            try disk.syncDirectory(ShardPaths.root)
            for directory in [paths.wal, paths.log, paths.tiles] { try disk.createDirectory(directory) }
            try disk.syncDirectory(paths.directory)
        }
    }

    private static func makeKeys<P: Platform>(
        _ platform: P, _ options: LogOptions
    ) throws(LogStoreError) -> (LogKeys<P>, ledger: LogUUID) {
        let key = options.keyEncryptionKey
        if let key, let ledger = try LogKeys<P>.ledgerOfInterruptedCreation(on: platform.disk, key: key) {
            let keys = try LogKeys.load(
                platform: platform, ledger: ledger, generation: 1, key: key, forWriting: true)
            return (keys, ledger)
        }
        let ledger = platform.makeUUID()
        return (try LogKeys.create(platform: platform, ledger: ledger, key: key), ledger)
    }

    /// Both slots from the start, so that an empty slot is never legal later.
    static func makeWatermark(
        _ disk: some Storage, _ paths: ShardPaths, _ ledger: LogUUID
    ) throws(LogStoreError) {
        let slot = WatermarkSlot(
            counter: 1, durableSequence: 0, fileUUID: .zero, endOffset: 0, epoch: 0,
            root: MerkleFrontier.emptyRoot, ledger: ledger)
        try onDisk { () throws(StorageError) in
            try AtomicFile.write(slot.inBothSlots, to: paths.watermark, on: disk)
        }
    }
}
