import Synchronization

/// A log opened for reading only: beside a running writer, after a refused open, or on an auditor's desk.
///
/// Takes no lock and changes nothing. It believes only what is proved durable: a sequence is readable if a
/// later valid frame, an idle marker, the watermark, the superblock or a sealed segment says so; never a bare
/// last frame. Damage is collected, not fatal: everything that is whole is served.
public final class ReadOnlyLog<P: Platform>: Sendable {
    package let platform: P
    package let paths: ShardPaths
    package let superblock: Superblock
    package let identity: LogIdentity
    package let source: LogSource<P.Disk>
    private let encryption: LogEncryption
    private let geometry: LogGeometry
    private let findings: Mutex<(damages: [Damage], lockedFiles: [StoragePath])>

    /// How the log's keys are had.
    public enum Keys: Sendable {
        /// None: what is encrypted cannot be read; chains, signatures and hashes can be checked.
        case none
        /// The operator's key-encryption key.
        case keyEncryptionKey(KeyEncryptionKey)
        /// Month keys from an auditor's grant.
        case grant(MonthKeys)
    }

    /// Opens the shard's directory. Throws if there is no superblock quorum, the key is wrong, or the disk
    /// fails.
    public init(platform: P, shard: UInt32 = 0, keys: Keys, geometry: LogGeometry = .production)
        throws(LogStoreError)
    {
        self.platform = platform
        self.geometry = geometry
        paths = ShardPaths(shard: shard)
        superblock = try SuperblockStore.read(paths.superblock, on: platform.disk).superblock
        identity = LogIdentity(superblock)
        encryption = try Self.unlock(keys, platform, superblock)
        let segments = SegmentCache(
            disk: platform.disk, paths: paths, ledger: superblock.ledger,
            verifyingKey: identity.verifyingKey.key, encryption: encryption)
        source = LogSource(
            disk: platform.disk, catalog: LogCatalog(manifests: [], walFiles: []), segments: segments,
            progress: nil)
        findings = Mutex(([], []))
        try refresh()
    }

    private static func unlock(
        _ keys: Keys, _ platform: P, _ superblock: Superblock
    ) throws(LogStoreError) -> LogEncryption {
        switch keys {
        case .none: return superblock.encryptionWithoutKeys
        case .grant(let granted): return superblock.isEncrypted ? .on(granted) : .off
        case .keyEncryptionKey(let key):
            return try LogKeys.load(
                platform: platform, ledger: superblock.ledger, generation: superblock.keyringGeneration,
                key: key, forWriting: false
            ).encryption
        }
    }

    /// Everything found damaged or missing so far.
    public var damages: [Damage] { findings.withLock { $0.damages } }

    /// Write-ahead files the given keys do not open.
    public var lockedFiles: [StoragePath] { findings.withLock { $0.lockedFiles } }

    /// Count of events that are readable, if nothing in between is damaged.
    public var limit: UInt64 { source.limit }

    /// Reads from `sequence` on.
    public func makeReader(from sequence: UInt64, windowBytes: Int = 1 << 20) -> LogReader<P.Disk> {
        LogReader(source: source, from: sequence, windowBytes: windowBytes)
    }

    /// Looks at the directory again: what the writer has added since is readable afterwards.
    public func refresh() throws(LogStoreError) {
        var indexer = WALIndexer(
            platform: platform, paths: paths, geometry: geometry, encryption: encryption,
            superblock: superblock)
        // The writer may seal and remove a file between our listing and our opening it: look again then.
        for attempt in 0..<5 {
            do throws(LogStoreError) {
                try indexer.run(known: source.catalog.walFiles, provenBefore: source.limit)
                break
            } catch .storage(let error) where error.code == ErrorNumber.notFound && attempt < 4 {
                continue
            }
        }
        source.catalog.replace(manifests: indexer.manifests, walFiles: indexer.walFiles)
        source.setLimit(indexer.provenLimit)
        let (damages, locked) = (indexer.damages, indexer.lockedFiles)
        findings.withLock { $0 = (damages, locked) }
    }
}
