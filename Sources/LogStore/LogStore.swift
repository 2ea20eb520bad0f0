import Synchronization

/// The append-only log of one shard: the only truth of the ledger.
///
///     let log = try LogStore.open(platform: LinuxPlatform(disk: disk), options: options, index: index)
///     var group = EventBuffer(capacity: 64 << 10)
///     guard group.append(type: 1, schema: 1, time: now, payload: bytes) else { … }  // the group is full
///     let sequences = try log.append(group)        // in memory, in order
///     log.waitUntilDurable(sequences.upperBound)   // on stable storage: now it may be acknowledged
///
/// **Threads.** One thread at a time appends: the one that opened the log, or whom it hands the log to.
/// Everything else may be called from any thread. Inside, a committer writes and syncs, a preparer zeroes the
/// next file, a watermark thread records progress, and a sealer turns closed files into segments at idle
/// priority.
///
/// **Failure.** A failed write or sync is final: what was not acknowledged is unknown until the next open,
/// and `onStop` ends the process.
public final class LogStore<P: Platform, Index: EventIndex>: Sendable {
    package let parts: LogParts<P, Index>
    private let threads: Mutex<LogThreads<P, Index>?>
    /// What opening found and did.
    public let report: OpeningReport

    /// Opens the log for writing, recovering it first. Returns once the epoch start is durable.
    ///
    /// - Parameter time: nanoseconds since the Unix epoch for the first event; a time at or before the last
    ///   event's becomes one nanosecond after it. Without it the wall clock counts, if it is at most an hour
    ///   after the last event: a clock that is wrong must not take the log's time along, for it never goes
    ///   back.
    /// - Throws: `refused` with a verdict if nobody may append (the log is readable through `ReadOnlyLog`),
    ///   `locked`, `wrongKey`, `keyringDamaged`, `storageFull`, `storage`.
    public static func open(
        platform: P, options: LogOptions, index: Index, time: UInt64? = nil
    ) throws(LogStoreError) -> LogStore {
        options.geometry.validate()
        let opening = try LogOpening(platform: platform, options: options).run()
        let parts = try LogParts(platform: platform, options: options, index: index, opening: opening)
        try parts.startEpoch(
            opening, time: time ?? parts.clockTime, isOperatorDecision: options.acceptedCut != nil)
        let log = LogStore(
            parts: parts, report: OpeningReport(opening.examination, keys: opening.keys.fallback))
        if options.runsThreads {
            log.threads.withLock { $0 = LogThreads(parts: parts, onStop: options.onStop) }
        }
        return log
    }

    private init(parts: LogParts<P, Index>, report: OpeningReport) {
        self.parts = parts
        self.report = report
        threads = Mutex(nil)
    }

    // MARK: Appending

    /// Adds a group of events: all in one frame, in order. Returns their sequences (half-open); they are not
    /// durable yet.
    ///
    /// - Throws: `busy` if a bound is met (see `appendWaiting`), `invalidRequest` if the group is empty,
    ///   spans months, exceeds a frame or does not follow in time, `storageFull`, `stopped`. Then nothing was
    ///   appended.
    public func append(_ group: borrowing EventBuffer) throws(LogStoreError) -> Range<UInt64> {
        try parts.exchange.append(group.group)
    }

    /// The same for events that the caller encoded itself: nothing is copied but into the frame.
    public func append(_ group: EncodedGroup) throws(LogStoreError) -> Range<UInt64> {
        try parts.exchange.append(group)
    }

    /// Appends, waiting while the log is busy; throws what `append` throws otherwise.
    public func appendWaiting(_ group: borrowing EventBuffer) throws(LogStoreError) -> Range<UInt64> {
        try parts.appendWithRoom(group.group)
    }

    /// Appends what the caller encoded itself, waiting while the log is busy.
    public func appendWaiting(_ group: EncodedGroup) throws(LogStoreError) -> Range<UInt64> {
        try parts.appendWithRoom(group)
    }

    /// Whether LogStore has acts of its own to append: call `appendOwnActs` soon.
    public var hasOwnActs: Bool { parts.exchange.hasActs }

    /// Appends LogStore's own acts (sealed segments, keys, checkpoints …) with times from `time` on, one
    /// nanosecond apart; nil if there are none. What is refused stays for the next call. Call from the
    /// appending thread.
    @discardableResult
    public func appendOwnActs(time: UInt64) throws(LogStoreError) -> Range<UInt64>? {
        let acts = parts.exchange.takeActs()
        var appended: Range<UInt64>?
        for (index, act) in acts.enumerated() {
            let sequences: Range<UInt64>
            do { sequences = try parts.append([act], time: time) } catch {
                parts.exchange.putBack(Array(acts[index...]))
                throw error
            }
            appended = (appended?.lowerBound ?? sequences.lowerBound)..<sequences.upperBound
        }
        return appended
    }

    /// Sequence the next event gets, and the time it must follow.
    public var position: (nextSequence: UInt64, lastTime: UInt64) { parts.exchange.position }

    // MARK: Durability

    /// Count of durable events: sequence n is durable exactly if this is greater than n.
    public var durableEnd: UInt64 { parts.progress.durableEnd }

    /// Blocks until everything below `end` is durable; false if the log stopped first: then the outcome of
    /// what was not acknowledged is unknown.
    @discardableResult
    public func waitUntilDurable(_ end: UInt64) -> Bool { parts.progress.wait(until: end) }

    /// Makes everything below `end` durable and returns: waits for the committer, or, where no threads run,
    /// commits itself.
    package func makeDurable(_ end: UInt64) throws(LogStoreError) {
        if parts.options.runsThreads {
            guard waitUntilDurable(end) else { throw parts.exchange.failure ?? .stopped("the log ended") }
        }
        while durableEnd < end { _ = try parts.commit() }
    }

    // MARK: Reading

    /// Reads what is durable, from `sequence` on; follows the tail if asked again.
    ///
    /// - Parameter windowBytes: how much is read at a time: large for scans, small for single events.
    public func makeReader(from sequence: UInt64, windowBytes: Int = 1 << 20) -> LogReader<P.Disk> {
        LogReader(source: parts.source, from: sequence, windowBytes: windowBytes)
    }

    /// The sequences in `range` (durable ones) whose events carry `key`, ascending, at most `limit`.
    public func sequences(
        of key: IndexKey, in range: Range<UInt64> = 0..<UInt64.max, limit: Int = 1000
    ) throws(LogStoreError) -> [UInt64] {
        var search = KeySearch(source: parts.source, index: parts.index)
        return try search.sequences(of: key, in: range, limit: limit).sequences
    }

    // MARK: Proofs

    /// The name checkpoints are signed under, and the key they are checked with.
    public var verifier: OfflineVerifier { parts.identity.verifier }

    /// Signs a checkpoint over everything durable and publishes it; nil if the last one covers it.
    @discardableResult
    public func signCheckpoint() throws(LogStoreError) -> Checkpoint? { try parts.checkpoint() }

    /// The newest signed checkpoint, as published; nil before the first.
    public func signedCheckpoint() throws(LogStoreError) -> [UInt8]? {
        try AtomicFile.read(
            parts.paths.checkpoint, byteCountMax: SignedNote.byteCountMax, on: parts.platform.disk)
    }

    /// Proves that event `sequence` is in the tree of a signed checkpoint of this log.
    public func inclusionProof(of sequence: UInt64, in checkpoint: [UInt8]) throws(LogStoreError) -> TlogProof
    {
        try prover.inclusion(of: sequence, in: checkpoint)
    }

    /// Proves that a signed checkpoint of this log extends the older tree of `oldSize` events.
    public func growthProof(from oldSize: UInt64, to checkpoint: [UInt8]) throws(LogStoreError) -> GrowthProof
    {
        try prover.growth(from: oldSize, to: checkpoint)
    }

    private var prover: LogProver<P.Disk> {
        LogProver(
            source: parts.source, tree: parts.tree, verifier: verifier, tiles: parts.paths.tiles,
            report: { [parts] _ in parts.distrustTiles() })
    }

    // MARK: Keys and months

    /// Wraps every key by `new`; data files do not change. When this returns nothing here needs the old key.
    public func rotateKeys(to new: KeyEncryptionKey) throws(LogStoreError) { try parts.rotateKeys(to: new) }

    /// Signs the statement of a month that is over and sealed. Closing happens by itself too, soon after.
    public func closeMonth(_ month: Month) throws(LogStoreError) { try parts.closeMonth(month) }

    /// Copies a month's sealed segments to an archive, each confirmed by hash; returns how many were new.
    @discardableResult
    public func archive(_ month: Month, to archive: some Archive) throws(LogStoreError) -> Int {
        try parts.archive(month, to: archive)
    }

    /// Gives up the local copies of a closed month that the archive confirms again by hash; returns how many.
    /// Proofs, totals and searches go on working; reading its events needs `restore`.
    @discardableResult
    public func evict(
        _ month: Month, from archive: some Archive, retention: Retention = Retention()
    ) throws(LogStoreError) -> Int {
        try parts.evict(month, from: archive, retention: retention)
    }

    /// Brings the segments of an evicted month back from the archive; returns how many.
    @discardableResult
    public func restore(_ month: Month, from archive: some Archive) throws(LogStoreError) -> Int {
        try parts.restore(month, from: archive)
    }

    // MARK: End

    /// Ends in order: joins every thread, appends what LogStore still has to say and `cleanEnd`, commits,
    /// records the durable end in watermark and superblock, and signs a checkpoint over all of it. No thread
    /// is left even if it throws. The log must not be used afterwards. On a full device it closes without
    /// those events; the next open says what is missing.
    ///
    /// - Parameter time: as for `open`.
    public func close(time: UInt64? = nil) throws(LogStoreError) {
        // First, so that nobody posts another act; the committer commits what has gathered.
        threads.withLock { $0.take() }?.stop()
        try parts.end(time: time ?? parts.clockTime)
    }

    /// Drops the log as a crash would: threads end, nothing more is written.
    package func abandon() {
        parts.exchange.stop(.stopped("abandoned"))
        parts.progress.stop()
        threads.withLock { $0.take() }?.stop()
    }

    /// A log that is dropped without `close` ends like one whose process was killed: its threads must not go
    /// on writing once nobody can stop them, and the lock goes with the last of them.
    deinit {
        if let running = threads.withLock({ $0.take() }) {
            parts.exchange.stop(.stopped("dropped without being closed"))
            parts.progress.stop()
            running.stop()
        }
    }
}

/// What opening a log found and did; for the operator's log line and the recovery tool.
public struct OpeningReport: Sendable {
    /// `CLEAN_END` or `TORN_TAIL`; anything else refuses to open.
    public let verdict: Verdict
    /// Count of events recovered.
    public let recoveredEnd: UInt64
    /// Bytes left aside, by file and offset.
    public let cuts: [Damage]
    /// Redundant copies that were bad and have been rewritten.
    public let repaired: [Damage]
    /// Why an older keyring generation was used, if so.
    public let keyringFallback: String?

    init(_ examination: LogExamination, keys: String?) {
        verdict = examination.verdict
        recoveredEnd = examination.position.nextSequence
        cuts = examination.cuts.map {
            Damage(file: $0.path, offset: $0.cut.offset, "\($0.cut.length) bytes left aside")
        }
        repaired = examination.repaired
        keyringFallback = keys
    }
}
