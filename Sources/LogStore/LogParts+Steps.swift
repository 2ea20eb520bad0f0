import Synchronization

// The steps each thread repeats. Every step is a plain call, so that a simulation can take them one by one in
// any order.

extension LogParts {
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

    /// Seals one segment if closed files give one.
    package func seal() throws(LogStoreError) -> Bool {
        // Also after a failure: files may have gone before it.
        defer { catalog.withBacklog(exchange.setBacklog) }
        return try sealer.withLock { (sealer) throws(LogStoreError) in try sealer.sealNext() } != nil
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
        return try sealer.withLock { (sealer) throws(LogStoreError) in
            try sealer.evict(month, from: archive, retention: retention, now: now)
        }
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
        exchange.post(.keyringWritten(generation: generation, keyID: new.id))
        try superblocks.update { $0.keyringGeneration = generation }
    }

    /// Signs a checkpoint of everything durable; nil if the last one covers it.
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

    /// Closes one month, and those before it first; closed already is fine.
    package func closeMonth(_ month: Month) throws(LogStoreError) {
        let isNew = try sealer.withLock { (sealer) throws(LogStoreError) in
            for earlier in sealer.closableMonths where earlier < month { _ = try sealer.closeMonth(earlier) }
            return try sealer.closeMonth(month)
        }
        if isNew { _ = try checkpoint() }
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
}
