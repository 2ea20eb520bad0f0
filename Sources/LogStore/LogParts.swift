import Synchronization

/// The working parts of an open log and the steps each thread repeats.
///
/// Every step is a plain call, so that a simulation can take them one by one in any order.
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
    private let watermark: WatermarkWriter<P.Disk>
    private let committer: Mutex<Committer<LocalSink<P>>>
    private let sealer: Mutex<Sealer<P, Index>>
    package let pace: SealingPace
    private let checkpointer: Checkpointer<P>
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
                root: examination.position.frontier.root, epoch: incarnation))
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
        pace = SealingPace(exchange: exchange)
        sealer = Mutex(
            Sealer(
                platform: platform, paths: paths, geometry: options.geometry, keys: opening.keys,
                catalog: catalog, superblocks: superblocks, segments: source.segments, preparer: preparer,
                tree: tree, index: index, frontier: examination.sealedFrontier,
                pace: pace))
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

    // MARK: R7

    /// Prepares this process's own file and makes its first event durable: the epoch start, naming what was
    /// cut.
    package func startEpoch(
        _ examination: LogExamination, time: UInt64, isOperatorDecision: Bool
    ) throws(LogStoreError) {
        let time = try ownTime(atOrAfter: time)
        while try prepare(mayUseReserve: true) != .ready {}
        // A log that stays quiet past a month's end shall find that month's key.
        prepareKeysAhead(at: time)
        try noteKeyring()
        let position = examination.position
        let start = ReservedEvent.EpochStart(
            incarnation: incarnation, epoch: incarnation, recoveredSequence: position.nextSequence,
            root: position.frontier.root, isOperatorDecision: isOperatorDecision,
            cuts: Array(examination.cuts.map(\.cut).suffix(ReservedEvent.cutsMax)))
        _ = try append([.epochStart(start)], time: time)
        while try commit() {}
        try recordWatermark()
    }

    /// The time of LogStore's next own event. It may follow the last event into the time no caller reaches,
    /// but a clock does not bring it there.
    private func ownTime(atOrAfter time: UInt64) throws(LogStoreError) -> UInt64 {
        let next = exchange.position.lastTime + 1
        guard time <= max(next, EventHeader.callerTimeMax), next <= EventHeader.timeMax else {
            throw .invalidRequest("time \(max(time, next)) is beyond \(EventHeader.callerTimeMax)")
        }
        return max(time, next)
    }

    /// Appends LogStore's own events, one group each: a group may not span months.
    package func append(_ acts: [ReservedEvent], time: UInt64) throws(LogStoreError) -> Range<UInt64> {
        var buffer = EventBuffer(capacity: EventHeader.eventBytesMax)
        var range: Range<UInt64>?
        for act in acts {
            buffer.removeAll()
            let time = try ownTime(atOrAfter: time)
            let fits = act.payload.withRawSpan {
                buffer.appendAny(
                    type: act.type, schema: ReservedEvent.schema, flags: 0, time: time, payload: $0)
            }
            invariant(fits, "an own event of \(act.payload.count) bytes")
            let sequences = try appendWithRoom(buffer, isOwnAct: true)
            range = (range?.lowerBound ?? sequences.lowerBound)..<sequences.upperBound
        }
        guard let range else { invariantViolated("no acts to append") }
        return range
    }

    /// Appends, waiting while the log is busy; without threads it takes the steps that lift the limit itself.
    /// Throws `busy` if there is nothing to wait for.
    package func appendWithRoom(
        _ group: borrowing EventBuffer, isOwnAct: Bool = false
    ) throws(LogStoreError) -> Range<UInt64> {
        while true {
            let seen = exchange.room.current
            do { return try exchange.append(group, isOwnAct: isOwnAct) } catch .busy(let reason, let hint) {
                guard hasThreads else {
                    try liftLimit(reason, hint)
                    continue
                }
                if reason == .sealingBehind && !options.sealsInBackground {
                    throw .busy(reason: reason, retryAfterMilliseconds: hint)
                }
                exchange.waitForRoom(since: seen, milliseconds: hint)
            }
        }
    }

    /// Without threads nobody else would lift the limit.
    private func liftLimit(_ reason: LogStoreError.BusyReason, _ hint: Int) throws(LogStoreError) {
        switch reason {
        case .frameFull: _ = try commit()
        case .nextFileNotReady:
            // What has gathered may leave room in the file, or take the file that is ready.
            _ = try commit()
            _ = try prepare()
        case .sealingBehind:
            if try !seal() { throw .busy(reason: reason, retryAfterMilliseconds: hint) }
        }
    }

    // MARK: Steps

    /// Commits one frame if anything has gathered.
    package func commit() throws(LogStoreError) -> Bool {
        try committer.withLock { (committer) throws(LogStoreError) in try committer.step() }
    }

    /// Records acknowledged events as durable, if no later frame did.
    package func markIdle() throws(LogStoreError) {
        try committer.withLock { (committer) throws(LogStoreError) in try committer.markIdle() }
    }

    package var needsIdleMarker: Bool { committer.withLock { $0.needsIdleMarker } }

    /// Does one step of preparing the next file.
    package func prepare(
        mayUseReserve: Bool = false
    ) throws(LogStoreError) -> FilePreparer<P>.Progress {
        do {
            let progress = try preparer.step(mayUseReserve: mayUseReserve)
            if preparer.announce() { exchange.nextFileIsReady() }
            return progress
        } catch {
            // A full device is for whoever appends to know; any other trouble is an alarm, tried again soon.
            if case .storageFull = error {
                exchange.nextFileFailed(error)
            } else {
                exchange.nextFileFailed(.busy(reason: .nextFileNotReady, retryAfterMilliseconds: 1000))
            }
            throw error
        }
    }

    /// Makes sure this month and the next have keys, so that no commit waits for the keyring.
    package func prepareKeys() throws(LogStoreError) {
        try addKeys(at: exchange.position.lastTime)
        try noteKeyring()
    }

    /// The same as background work, which may fail: a full device must not end the log here. Says whether the
    /// keys are there.
    @discardableResult
    package func prepareKeysAhead(at time: UInt64) -> Bool {
        do throws(LogStoreError) { try addKeys(at: time) } catch {
            backgroundFailed(.keys, error)
            return false
        }
        backgroundRecovered(.keys)
        return true
    }

    private func addKeys(at time: UInt64) throws(LogStoreError) {
        let month = Month(containing: time)
        for month in [month, Month(containing: month.end)] where try keys.prepare(month) {
            exchange.post(
                .keyringWritten(generation: keys.generation, keyID: keys.wrapping?.id ?? .zero))
        }
    }

    /// Makes the superblock name the keyring in force, if it does not yet.
    package func noteKeyring() throws(LogStoreError) {
        if superblocks.value.keyringGeneration != keys.generation {
            let generation = keys.generation
            try superblocks.update { $0.keyringGeneration = generation }
        }
    }

    /// Seals one segment if closed files give one; posts the act.
    package func seal() throws(LogStoreError) -> Bool {
        // Also after a failure: files may have gone before it.
        defer { catalog.withBacklog(exchange.setBacklog) }
        let entry = try sealer.withLock { (sealer) throws(LogStoreError) in try sealer.sealNext() }
        guard let entry else { return false }
        exchange.post(
            .segmentSealed(
                ReservedEvent.SealedRange(
                    month: Month(containing: entry.firstTime), uuid: entry.uuid, sequences: entry.sequences,
                    fileHash: entry.fileHash, rootAfter: entry.rootAfter)))
        return true
    }

    // MARK: Archive

    /// Copies a month's segments to an archive; returns how many were new.
    package func archive(_ month: Month, to archive: some Archive) throws(LogStoreError) -> Int {
        try sealer.withLock { (sealer) throws(LogStoreError) in try sealer.archive(month, to: archive) }
    }

    /// Gives up a month's local copies; returns how many.
    package func evict(
        _ month: Month, from archive: some Archive, retention: Retention
    ) throws(LogStoreError) -> Int {
        let now = Month(containing: exchange.position.lastTime)
        let count = try sealer.withLock { (sealer) throws(LogStoreError) in
            try sealer.evict(month, from: archive, retention: retention, now: now)
        }
        if count > 0, let manifest = catalog.manifest(month) {
            exchange.post(
                .monthEvicted(month: month, segmentCount: UInt32(count), generation: manifest.generation))
        }
        return count
    }

    /// Brings a month's segments back; returns how many.
    package func restore(_ month: Month, from archive: some Archive) throws(LogStoreError) -> Int {
        try sealer.withLock { (sealer) throws(LogStoreError) in try sealer.restore(month, from: archive) }
    }

    /// Re-reads the next sealed segment. Damage stops the log: acknowledged data is not what it was.
    package func scrub() throws(LogStoreError) -> Scrubber<P>.Progress? {
        do throws(LogStoreError) { return try scrubber.step() } catch {
            if case .damaged = error {
                exchange.stop(error)
                progress.stop()
            }
            throw error
        }
    }

    package func rotateKeys(to new: KeyEncryptionKey) throws(LogStoreError) {
        try keys.rotate(to: new)
        let generation = keys.generation
        try superblocks.update { $0.keyringGeneration = generation }
        exchange.post(.keyringWritten(generation: generation, keyID: new.id))
    }

    /// Signs a checkpoint of everything durable, unless only LogStore's own acts came since the last one.
    package func checkpoint() throws(LogStoreError) -> Checkpoint? {
        let point = progress.lastPoint
        try watermark.record(point)
        guard let checkpoint = try checkpointer.sign(point) else { return nil }
        exchange.post(.checkpointSigned(size: checkpoint.size, root: checkpoint.root))
        return checkpoint
    }

    /// Published tiles that were wrong and have been written anew since the log was opened.
    package var repairedTiles: [Damage] { checkpointer.repairedTiles }

    /// Has the next checkpoint look at every published tile again: a proof met a wrong one.
    package func distrustTiles() { checkpointer.distrustTiles() }

    /// Closes every month that is over and sealed.
    package func closeMonths() throws(LogStoreError) {
        for month in sealer.withLock({ $0.closableMonths }) { try closeMonth(month) }
    }

    /// Closes one month; closed already is fine.
    package func closeMonth(_ month: Month) throws(LogStoreError) {
        let closed = try sealer.withLock { (sealer) throws(LogStoreError) in try sealer.closeMonth(month) }
        guard let closed else { return }
        exchange.post(
            .monthClosed(
                month: month, endSequence: closed.statement.sequences.upperBound,
                root: closed.statement.rootAfter, statement: closed.hash))
        _ = try checkpoint()
    }

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

    package func recordWatermark() throws(LogStoreError) { try watermark.record(progress.lastPoint) }

    /// Notes in the superblock how far the log is durable, as after a roll.
    package func recordSuperblock(isClean: Bool = false) throws(LogStoreError) {
        let point = progress.lastPoint
        try superblocks.update {
            $0.durableSequence = point.sequence
            $0.root = point.root
            $0.epoch = point.epoch
            $0.keyringGeneration = keys.generation
            $0.isClean = isClean
        }
    }

    /// The orderly end, once no thread works any more: what LogStore still has to say, `cleanEnd`, and the
    /// last writes.
    package func end(time: UInt64) throws(LogStoreError) {
        if let failure = exchange.failure { throw failure }
        let acts = exchange.takeActs() + [.cleanEnd(incarnation: incarnation)]
        _ = try append(acts, time: time)
        while try commit() {}
        try markIdle()
        try recordWatermark()
        try recordSuperblock(isClean: true)
    }
}
