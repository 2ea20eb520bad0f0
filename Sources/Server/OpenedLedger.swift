package import Ledger
package import LogStore
internal import Projections
package import Replay

/// A ledger ready to go on: its log open for writing, its state as the log has it to the very end.
package struct OpenedLedger<P: Platform>: ~Copyable {
    package let log: LogStore<P, LedgerIndex>
    package var ledger: BoundedLedger<P>
    package let id: LogUUID
    /// The ledger's first event.
    package let opening: LedgerOpened
    /// The snapshot it began with, and what was replayed after it.
    package let snapshot: UInt64?
    package let progress: ReplayProgress

    /// The state, to go on with.
    package consuming func takeLedger() -> BoundedLedger<P> { ledger }

    /// Opens the log in a platform's directory, making one and a ledger of it if there is none, and replays
    /// it.
    ///
    /// - Parameters:
    ///   - isTest: of a ledger that is made: whether its clock may be driven by hand.
    ///   - report: as for `Rebuild.replay`.
    package static func open(
        _ platform: P, _ options: LogOptions, _ memory: MemoryLimits, isTest: Bool,
        report: (ReplayProgress) -> Void = { _ in }
    ) throws(ServerStartError) -> OpenedLedger {
        let log = try onLog { () throws(LogStoreError) in
            try LogStore.open(platform: platform, options: options, index: LedgerIndex())
        }
        let replayed = ReplayLog(log)
        if try onReplay({ () throws(ReplayError) in try LedgerCreation.opening(of: replayed) }) == nil {
            try onLog { () throws(LogStoreError) in
                _ = try LedgerCreation<P>.complete(log, isTest: isTest)
                try log.makeDurable(log.position.nextSequence)
            }
        }
        return try start(log, replayed, memory, seed: randomWord(platform), report)
    }

    private static func start(
        _ log: LogStore<P, LedgerIndex>, _ replayed: ReplayLog<P>, _ memory: MemoryLimits, seed: UInt64,
        _ report: (ReplayProgress) -> Void
    ) throws(ServerStartError) -> OpenedLedger {
        let event = try onReplay { () throws(ReplayError) in try LedgerCreation.opening(of: replayed) }
        guard case .ledgerOpened(let opening)? = event?.fact else {
            invariantViolated("a ledger that was made has no opening")
        }
        let started: StartedLedger<BoundedLedger<P>>
        do throws(ReplayError) {
            started = try LedgerStart.open(replayed, seed: seed, memory, report: report)
        } catch { throw .replay(error) }
        let (snapshot, progress) = (started.snapshot, started.progress)
        var ledger = started.takeState()
        ledger.state.skip(to: SequenceNumber(raw: log.position.nextSequence))
        return OpenedLedger(
            log: log, ledger: ledger, id: replayed.ledger, opening: opening, snapshot: snapshot,
            progress: progress)
    }

    private static func onLog<Result>(
        _ work: () throws(LogStoreError) -> Result
    ) throws(ServerStartError) -> Result {
        do { return try work() } catch { throw .log(error) }
    }

    private static func onReplay<Result>(
        _ work: () throws(ReplayError) -> Result
    ) throws(ServerStartError) -> Result {
        do { return try work() } catch { throw .replay(error) }
    }

    private static func randomWord(_ platform: P) -> UInt64 {
        var bytes = [UInt8](repeating: 0, count: 8)
        bytes.withMutableRawSpan { platform.fillRandom(&$0) }
        return bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
