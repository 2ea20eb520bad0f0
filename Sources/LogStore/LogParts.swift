import Synchronization

/// The working parts of an open log, put together, and what troubles them.
package final class LogParts<P: Platform, Index: EventIndex>: Sendable {
    package let platform: P
    package let options: LogOptions
    package let paths: ShardPaths
    package let index: Index
    package let keys: LogKeys<P>
    package let superblocks: SuperblockStore<P.Disk>
    package let catalog: LogCatalog
    package let tree: LogTree
    package let exchange: FrameExchange
    package let progress: DurableProgress
    package let preparer: FilePreparer<P>
    let watermark: WatermarkWriter<P.Disk>
    let committer: Mutex<Committer<LocalSink<P>>>
    let sealer: Mutex<Sealer<P, Index>>
    package let pace: SealingPace
    let checkpointer: Checkpointer<P>
    package let scrubber: Scrubber<P>
    /// What readers of this log share.
    package let source: LogSource<P.Disk>
    /// The names it signs under.
    package let identity: LogIdentity
    /// Held as long as any thread or step can write.
    private let lock: P.Disk.Lock
    private let threadsRun = Atomic<Bool>(false)
    private let alarms = Mutex([LogStoreError?](repeating: nil, count: BackgroundWork.allCases.count))
    /// Which open of this shard this is.
    package let incarnation: UInt64

    package init(
        platform: P, options: LogOptions, index: Index, opening: LogOpening<P>.Result
    ) throws(LogStoreError) {
        let examination = opening.examination
        let superblock = opening.superblocks.value
        self.platform = platform
        self.options = options
        self.index = index
        lock = opening.lock
        paths = ShardPaths(shard: options.shard)
        keys = opening.keys
        superblocks = opening.superblocks
        watermark = opening.watermark
        incarnation = superblock.incarnation
        // No process appends to a file it did not create: whatever was found may be sealed.
        for record in examination.walFiles { record.close() }
        catalog = LogCatalog(manifests: examination.manifests, walFiles: examination.walFiles)
        tree = LogTree(frontier: examination.position.frontier, completed: examination.position.completed)
        var isEncrypted = false
        if case .on = opening.keys.encryption { isEncrypted = true }
        exchange = FrameExchange(
            geometry: options.geometry, nextSequence: examination.position.nextSequence,
            lastTime: examination.position.lastTime, isEncrypted: isEncrypted)
        progress = DurableProgress(
            DurableProgress.Point(
                sequence: examination.position.nextSequence,
                fileUUID: examination.walFiles.last?.uuid ?? .zero, endOffset: 0,
                root: examination.position.frontier.root, epoch: incarnation),
            onAdvance: options.onDurable)
        identity = LogIdentity(superblock)
        let segments = SegmentCache(
            disk: platform.disk, paths: paths, ledger: superblock.ledger,
            verifyingKey: identity.verifyingKey.key, encryption: opening.keys.encryption, catalog: catalog)
        source = LogSource(disk: platform.disk, catalog: catalog, segments: segments, progress: progress)
        preparer = FilePreparer(
            platform: platform, paths: paths, geometry: options.geometry, spares: opening.spares)
        let sink = LocalSink(
            platform: platform, paths: paths, geometry: options.geometry,
            identity: LocalSink<P>.Identity(
                ledger: superblock.ledger, shard: options.shard, incarnation: incarnation,
                epoch: incarnation),
            keys: opening.keys, superblocks: superblocks, exchange: exchange, preparer: preparer,
            catalog: catalog, previousFileUUID: examination.walFiles.last?.uuid ?? .zero)
        committer = Mutex(
            Committer(
                exchange: exchange, progress: progress, tree: tree, sink: sink, geometry: options.geometry,
                epoch: incarnation))
        pace = SealingPace(exchange: exchange, clock: { platform.monotonicTime() })
        sealer = Mutex(
            Sealer(
                platform: platform, paths: paths, geometry: options.geometry, keys: opening.keys,
                catalog: catalog, superblocks: superblocks, segments: source.segments, preparer: preparer,
                tree: tree, index: index, frontier: examination.sealedFrontier,
                pace: pace, announce: { [exchange] in exchange.post($0) }))
        scrubber = Scrubber(
            platform: platform, paths: paths, catalog: catalog, ledger: superblock.ledger,
            verifyingKey: identity.verifyingKey.key, encryption: opening.keys.encryption,
            next: examination.scrubbedEnd)
        checkpointer = Checkpointer(
            platform: platform, paths: paths, superblock: superblock, keys: opening.keys, source: source,
            tree: tree, published: examination.checkpoint)
        catalog.withBacklog(exchange.setBacklog)
    }

    /// Whether threads take the steps; else whoever waits for one takes it himself.
    package var hasThreads: Bool { threadsRun.load(ordering: .acquiring) }
    package func noteThreads(run: Bool) { threadsRun.store(run, ordering: .releasing) }

    // MARK: Alarms

    /// Work that may fail without danger to the log, for now: it is tried again, and status shows it.
    package enum BackgroundWork: Int, Sendable, CaseIterable {
        case preparing, keys, sealing, proofs
    }

    package func backgroundFailed(_ work: BackgroundWork, _ error: LogStoreError) {
        alarms.withLock { $0[work.rawValue] = error }
    }

    package func backgroundRecovered(_ work: BackgroundWork) { alarms.withLock { $0[work.rawValue] = nil } }

    /// The last failure of each kind of background work that has not succeeded since.
    package var currentAlarms: [(work: BackgroundWork, error: LogStoreError)] {
        alarms.withLock { alarms in
            BackgroundWork.allCases.compactMap { work in alarms[work.rawValue].map { (work, $0) } }
        }
    }
}
