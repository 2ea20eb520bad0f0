internal import Ledger
internal import LogStore
internal import Projections
internal import Protocol
internal import Replay
internal import Server
internal import Simulation

/// One life of a server's process on the simulated machine, driven step by step.
final class SimulatedServer {
    typealias Core = ServerCore<SimulatedPlatform, LedgerIndex, UTCCalendar>

    let storage: SimulatedStorage
    private let platform: SimulatedPlatform
    private let clock: SimulatedClock
    let log: LogStore<SimulatedPlatform, LedgerIndex>
    let core: Core
    let feed: SimulatedFeed
    /// How ids are shown to keys with every scope.
    let names: Names
    let beganFromSnapshot: Bool
    /// Queries whose answers are to be read from the log, on a thread of its own.
    private var histories: [HistoryRequest] = []

    /// Starts on what a crash left. What it leaves itself if it fails is on `storage`.
    init(
        on storage: SimulatedStorage, clock: SimulatedClock, seed: UInt64
    ) throws(ServerStartError) {
        (self.storage, self.clock) = (storage, clock)
        platform = SimulatedPlatform(disk: storage, clock: clock, seed: seed)
        let assembled = try AssembledServer.open(
            platform, Self.settings, calendar: UTCCalendar(), groupEventsMax: 48)
        (log, core) = (assembled.log, assembled.core)
        beganFromSnapshot = assembled.report.snapshot != nil
        names = Names(cipher: assembled.cipher, showsSequences: true)
        feed = SimulatedFeed(
            of: log.parts.source, cipher: assembled.cipher, mailbox: core.mailbox,
            limits: core.subscriptionLimits)
        core.historyReader = { [unowned self] in histories.append($0) }
    }

    /// Small, so that few events fill files and frames, and few payments and keys the memory.
    private static var settings: ServerSettings {
        var settings = ServerSettings()
        settings.log.geometry = .tiny
        (settings.log.geometry.walBytes, settings.log.geometry.frameBytesMax) = (96 << 10, 64 << 10)
        settings.log.geometry.sealBacklogBytesMax = 4 << 20
        settings.log.runsThreads = false
        settings.name = "simulated"
        settings.inboxBytes = 16 << 10
        settings.inboxRequests = 3
        settings.snapshotEvents = 40
        (settings.memory.payments, settings.memory.keys) = (4, 12)
        settings.memory.quietSpan = .seconds(60)
        return settings
    }

    /// The text of the first API key.
    func firstKey() throws(LogStoreError) -> APIKey? {
        let bytes = try AtomicFile.read(
            FirstKey<SimulatedPlatform>.path, byteCountMax: 4_096, on: storage)
        return APIKey(String(decoding: bytes ?? [], as: UTF8.self).filter { !$0.isWhitespace })
    }

    // MARK: Steps of its threads

    /// Decides what has come in.
    func turn() throws(SequencerError) { _ = try core.turn(at: LedgerTime(nanoseconds: clock.wall)) }

    /// One frame to the disk; false if nothing has gathered.
    func commit() throws(LogStoreError) -> Bool { try log.parts.commit() }

    /// What the committer's and the watermark's threads do when it is quiet: failing, they end the log.
    func record() throws(LogStoreError) {
        try log.parts.markIdle()
        try log.parts.recordWatermark()
    }

    /// What may fail, and is tried again: files prepared, closed files sealed, checkpoints signed.
    ///
    /// - Returns: whether a segment was sealed.
    func workAside(signs: Bool) throws(LogStoreError) -> Bool {
        _ = try log.parts.prepare()
        let isSealed = try log.parts.seal()
        if signs { _ = try log.parts.checkpoint() }
        return isSealed
    }

    /// A snapshot, if one is due.
    func keepSnapshots() throws(SequencerError) { try core.keepSnapshots() }

    func feedSubscriptions() { feed.step(now: Int64(platform.monotonicTime())) }

    /// Answers one of the queries that the log is read for.
    func readHistory() {
        if histories.isEmpty { return }
        let history = histories.removeFirst()
        core.answer(history, history.answer(by: core.historyExecutor))
    }

    // MARK: What it has

    var durableEnd: UInt64 { log.durableEnd }

    /// Sequence of the next event the state will write.
    var decidedEnd: UInt64 { core.withState { $0.next.raw } }

    /// The bytes of durable events, read one by one: they must follow each other.
    func read(_ sequences: Range<UInt64>) throws -> [[UInt8]] {
        var events: [[UInt8]] = []
        var reader = log.makeReader(from: sequences.lowerBound, windowBytes: 64 << 10)
        while try UInt64(events.count) < UInt64(sequences.count) && reader.next() {
            var cursor = reader.run.makeCursor()
            while let event = cursor.next() {
                let expected = sequences.lowerBound + UInt64(events.count)
                guard event.sequence == expected else {
                    throw SimulationFailure("event \(event.sequence) stands where \(expected) should")
                }
                events.append(event.bytes.copied)
            }
        }
        return Array(events.prefix(sequences.count))
    }

    /// Ends the process as a crash does; what the disk may be then.
    func crash() -> SimulatedDisk {
        log.abandon()
        return storage.crash()
    }
}
