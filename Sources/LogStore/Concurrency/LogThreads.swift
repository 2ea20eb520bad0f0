import Synchronization

/// The threads of an open log. Each repeats one step of `LogParts` until told to stop; `stop` joins them all.
///
///     committer   commit; 5 ms after the last acknowledgement an idle marker
///     preparer    zero the next file in paced steps; superblock after a roll
///     watermark   record how far the log is durable, every 100 ms
///     proofs      sign a checkpoint every 60 s, close months that are over, re-read sealed data
///     sealer      turn closed files into segments, at idle priority while it keeps up
package final class LogThreads<P: Platform, Index: EventIndex>: Sendable {
    private let parts: LogParts<P, Index>
    private let isStopping = Atomic<Bool>(false)
    /// Whether the owner was told that the log has stopped.
    private let hasStopped = Atomic<Bool>(false)
    private let wake = Signal()
    private let onStop: (@Sendable (LogStoreError) -> Void)?
    private let threads: Mutex<[DedicatedThread]>

    /// How long after an acknowledgement the committer waits for another frame before it marks the end.
    private static var idleMarkerDelay: UInt64 { 5_000_000 }
    private static var checkpointInterval: UInt64 { 60_000_000_000 }
    private static var watermarkInterval: Int64 { 100_000_000 }
    /// How often the preparer looks whether it is behind, and after how many looks it does a step anyway.
    private static var preparerPoll: Int64 { 5_000_000 }
    private static var preparerPollsMax: Int { 10 }
    private static var keysRetryInterval: UInt64 { 1_000_000_000 }
    /// How long the committer looks for work before it sleeps; waking it costs some 24 µs.
    private static var committerSpin: Int64 { 30_000 }

    package init(parts: LogParts<P, Index>, onStop: (@Sendable (LogStoreError) -> Void)?) {
        self.parts = parts
        self.onStop = onStop
        threads = Mutex([])
        parts.noteThreads(run: true)
        var started = [
            DedicatedThread(name: "log-committer") { [self] in
                guarded { () throws(LogStoreError) in try runCommitter() }
            },
            DedicatedThread(name: "log-preparer") { [self] in
                guarded { () throws(LogStoreError) in try runPreparer() }
            },
            DedicatedThread(name: "log-watermark") { [self] in
                guarded { () throws(LogStoreError) in try runWatermark() }
            },
            DedicatedThread(name: "log-proofs") { [self] in runProofs() },
        ]
        if parts.options.sealsInBackground {
            started.append(DedicatedThread(name: "log-sealer") { [self] in runSealer() })
        }
        threads.withLock { $0 = started }
    }

    /// Ends every thread after its current step and waits for it; the committer first commits what has
    /// gathered.
    package func stop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        parts.pace.hurry()
        wake.raise()
        parts.exchange.work.raise()
        let running = threads.withLock { threads in
            let running = threads
            threads = []
            return running
        }
        for thread in running { thread.join() }
        parts.noteThreads(run: false)
    }

    private var mustStop: Bool { isStopping.load(ordering: .sequentiallyConsistent) }

    /// A failure on one of these threads is final for the log and, unless the owner decides otherwise, for
    /// the process: nothing more may be acknowledged.
    private func guarded(_ body: () throws(LogStoreError) -> Void) {
        do { try body() } catch { stopLog(because: error) }
    }

    private func stopLog(because error: LogStoreError) {
        parts.exchange.stop(.stopped(error.description))
        parts.progress.stop()
        guard !hasStopped.exchange(true, ordering: .acquiringAndReleasing) else { return }
        if let onStop { return onStop(error) }
        LinuxProcess.end(because: error)
    }

    private func runCommitter() throws(LogStoreError) {
        let exchange = parts.exchange
        while true {
            let seen = exchange.work.current
            if try parts.commit() { continue }
            if mustStop || exchange.failure != nil { return }
            guard parts.needsIdleMarker else {
                exchange.work.wait(since: seen, spinNanoseconds: Self.committerSpin)
                continue
            }
            exchange.work.wait(
                since: seen, spinNanoseconds: Self.committerSpin,
                timeoutNanoseconds: Int64(Self.idleMarkerDelay))
            if exchange.work.current == seen { try parts.markIdle() }
        }
    }

    private func runWatermark() throws(LogStoreError) {
        while !mustStop {
            let seen = wake.current
            wake.wait(since: seen, timeoutNanoseconds: Self.watermarkInterval)
            if parts.exchange.failure != nil { return }
            try parts.recordWatermark()
        }
    }

    /// Keeps one file and the keys of this month and the next ready. Failing to prepare stops nothing yet:
    /// appends are told why once they need it. A failed superblock does stop the log.
    private func runPreparer() throws(LogStoreError) {
        var known = parts.catalog.newestWAL
        var keysAreDue = true
        var nextTry: UInt64 = 0
        while !mustStop && parts.exchange.failure == nil {
            let seen = wake.current
            if parts.catalog.newestWAL != known {
                known = parts.catalog.newestWAL
                try parts.recordSuperblock()
                keysAreDue = true
            }
            if keysAreDue, parts.platform.monotonicTime() >= nextTry {
                keysAreDue = !parts.prepareKeysAhead(at: parts.exchange.position.lastTime)
                nextTry = parts.platform.monotonicTime() + Self.keysRetryInterval
                try parts.noteKeyring()
            }
            do {
                try prepareInPace(seen)
                parts.backgroundRecovered(.preparing)
            } catch {
                parts.backgroundFailed(.preparing, error)
                wake.wait(since: seen, timeoutNanoseconds: 1_000_000_000)
            }
        }
    }

    /// One step, and then as long a pause as lets the next file be ready when 70 % of the present one is
    /// used.
    ///
    /// A commit that meets a step waits for it. Spread like this, a log that writes 4 KiB a commit meets one
    /// in 180 commits with steps of 1 MiB: rarer than its 99th percentile shows.
    private func prepareInPace(_ seen: UInt32) throws(LogStoreError) {
        guard case .zeroed(let fraction) = try parts.prepare() else {
            wake.wait(since: seen, timeoutNanoseconds: Self.preparerPoll)
            return
        }
        for _ in 0..<Self.preparerPollsMax where !mustStop {
            if fraction < parts.exchange.usedFraction / 0.7 || parts.exchange.isNextFileAwaited { return }
            wake.wait(since: seen, timeoutNanoseconds: Self.preparerPoll)
        }
    }

    /// Ticks once a second; idle priority, since nobody waits for it.
    private func runProofs() {
        DedicatedThread.beIdle()
        let start = parts.platform.monotonicTime() + Self.checkpointInterval
        var schedule = (nextCheckpoint: start, nextScrub: start, signedSize: UInt64(0))
        while !mustStop && parts.exchange.failure == nil {
            let seen = wake.current
            wake.wait(since: seen, timeoutNanoseconds: 1_000_000_000)
            do throws(LogStoreError) {
                try takeProofsStep(&schedule)
                parts.backgroundRecovered(.proofs)
            } catch {
                // Late, not lost, and tried again.
                parts.backgroundFailed(.proofs, error)
            }
        }
    }

    private func takeProofsStep(
        _ schedule: inout (nextCheckpoint: UInt64, nextScrub: UInt64, signedSize: UInt64)
    ) throws(LogStoreError) {
        let now = parts.platform.monotonicTime()
        try parts.closeMonths()
        // A checkpoint is itself an event: an idle log does not sign for ever about having signed.
        if now >= schedule.nextCheckpoint, parts.progress.lastPoint.sequence > schedule.signedSize + 1 {
            schedule.nextCheckpoint = now + Self.checkpointInterval
            schedule.signedSize = try parts.checkpoint()?.size ?? schedule.signedSize
        }
        if now >= schedule.nextScrub {
            schedule.nextScrub = now + 60_000_000_000
            do throws(LogStoreError) {
                guard let progress = try parts.scrub() else { return }
                schedule.nextScrub = now + progress.pauseSeconds * 1_000_000_000
            } catch {
                // Acknowledged data that is damaged stops the log.
                if case .damaged = error { return stopLog(because: error) }
                throw error
            }
        }
    }

    private func runSealer() {
        parts.pace.begin()
        while !mustStop && parts.exchange.failure == nil {
            let seen = wake.current
            parts.pace.adapt()
            do {
                if try parts.seal() {
                    _ = try parts.checkpoint()
                    parts.backgroundRecovered(.sealing)
                    continue
                }
                parts.backgroundRecovered(.sealing)
                parts.pace.rest()
                wake.wait(since: seen, timeoutNanoseconds: 50_000_000)
            } catch {
                // Nothing is lost: the write-ahead files stay until a segment holds their events. Appends are
                // answered `busy` once too much waits.
                parts.backgroundFailed(.sealing, error)
                wake.wait(since: seen, timeoutNanoseconds: 1_000_000_000)
            }
        }
    }
}
