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
        let copies = (0..<Superblock.copyCount).flatMap { superblock.encode(copy: $0) }
        try onDisk { () throws(StorageError) in
            try AtomicFile.write(copies, to: paths.superblock, on: platform.disk)
        }
        return superblock
    }

    /// A missing superblock beside log files is damage, not an invitation to start over.
    private static func refuseIfNotEmpty(_ disk: some Storage, _ paths: ShardPaths) throws(LogStoreError) {
        let files = try onDisk { () throws(StorageError) in
            try disk.list(paths.wal).filter { $0.hasSuffix(".wal") } + disk.list(paths.log)
        }
        guard files.isEmpty else {
            throw .refused(
                Refusal(
                    .corruptSuperblock, sequences: nil,
                    damages: [Damage(file: paths.superblock, offset: 0, "missing")],
                    "the superblock is missing, but there are log files (\(files[0]))"))
        }
    }

    private static func makeDirectories(_ disk: some Storage, _ paths: ShardPaths) throws(LogStoreError) {
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
    private static func makeWatermark(
        _ disk: some Storage, _ paths: ShardPaths, _ ledger: LogUUID
    ) throws(LogStoreError) {
        var bytes = [UInt8](repeating: 0, count: WatermarkSlot.byteCount * WatermarkSlot.slotCount)
        bytes.withMutableRawSpan { span in
            for counter in 1...WatermarkSlot.slotCount {
                let slot = WatermarkSlot(
                    counter: UInt64(counter), durableSequence: 0, fileUUID: .zero, endOffset: 0, epoch: 0,
                    root: MerkleFrontier.emptyRoot, ledger: ledger)
                let start = counter % WatermarkSlot.slotCount * WatermarkSlot.byteCount
                var page = span._mutatingExtracting(start..<start + WatermarkSlot.byteCount)
                slot.encode(into: &page)
            }
        }
        try onDisk { () throws(StorageError) in try AtomicFile.write(bytes, to: paths.watermark, on: disk) }
    }
}
