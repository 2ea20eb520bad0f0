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
    private let clock: SimulatedClock
    let log: LogStore<SimulatedPlatform, LedgerIndex>
    let core: Core

    /// Small, so that few events fill files and frames.
    private static var geometry: LogGeometry {
        var geometry = LogGeometry.tiny
        (geometry.walBytes, geometry.frameBytesMax) = (192 << 10, 64 << 10)
        geometry.sealBacklogBytesMax = 4 << 20
        return geometry
    }

    /// Starts on what a crash left.
    init(_ disk: SimulatedDisk, clock: SimulatedClock, seed: UInt64) throws(ServerStartError) {
        storage = SimulatedStorage(disk: disk)
        self.clock = clock
        let platform = SimulatedPlatform(disk: storage, clock: clock, seed: seed)
        var settings = ServerSettings()
        settings.log.geometry = Self.geometry
        settings.log.runsThreads = false
        settings.name = "simulated"
        settings.inboxBytes = 16 << 10
        settings.inboxRequests = 24
        settings.snapshotEvents = 60
        let assembled = try AssembledServer.open(
            platform, settings, calendar: UTCCalendar(), groupEventsMax: 48)
        (log, core) = (assembled.log, assembled.core)
    }

    /// The text of the first API key.
    func firstKey() throws(LogStoreError) -> APIKey? {
        let bytes = try AtomicFile.read(
            FirstKey<SimulatedPlatform>.path, byteCountMax: 4_096, on: storage)
        return APIKey(String(decoding: bytes ?? [], as: UTF8.self).filter { !$0.isWhitespace })
    }

    /// Decides what has come in.
    func turn() throws(SequencerError) { _ = try core.turn(at: LedgerTime(nanoseconds: clock.wall)) }

    /// One frame to the disk; false if nothing has gathered.
    func commit() throws(LogStoreError) -> Bool { try log.parts.commit() }

    /// What runs beside: files prepared, closed files sealed.
    func workAside() throws(LogStoreError) {
        _ = try log.parts.prepare()
        _ = try log.parts.seal()
        try log.parts.recordWatermark()
    }

    /// A snapshot, if one is due.
    func keepSnapshots() throws(SequencerError) { try core.keepSnapshots() }

    var durableEnd: UInt64 { log.durableEnd }

    /// Sequence of the next event the state will write.
    var decidedEnd: UInt64 { core.withState { $0.next.raw } }

    /// Ends the process as a crash does; what the disk may be then.
    func crash() -> SimulatedDisk {
        log.abandon()
        return storage.crash()
    }
}
