import Ledger
import LogStore
import Projections
import Protocol
import Replay
import Server
import Simulation
import TestSupport
import Testing

/// What a server writes so that its next start has little to replay.
@Suite struct SnapshotterTests {
    private func open<P: Platform>(
        _ platform: P, interval: UInt64
    ) throws -> AssembledServer<P, UTCCalendar> {
        var settings = ServerSettings()
        settings.log.geometry.walBytes = 8 << 20
        settings.log.runsThreads = false
        settings.snapshotEvents = interval
        return try AssembledServer.open(platform, settings, calendar: UTCCalendar())
    }

    /// A first life: its lock goes with it.
    private func snapshotByCopy(_ platform: LinuxPlatform) throws -> UInt64 {
        let server = try open(platform, interval: 1)
        try server.core.keepSnapshots()
        while server.core.snapshotCounts.written + server.core.snapshotCounts.failed == 0 {
            try server.core.keepSnapshots()
        }
        #expect(server.core.snapshotCounts.lastFailure == nil)
        let sequence = server.core.withState { $0.next.raw }
        #expect(server.core.snapshotCounts.newest == sequence)
        server.log.abandon()
        return sequence
    }

    @Test func aCopyOfTheProcessWritesASnapshotThatTheNextStartBeginsWith() throws {
        let directory = try TemporaryDirectory()
        let platform = LinuxPlatform(disk: try LinuxStorage(root: directory.path))
        let sequence = try snapshotByCopy(platform)
        // A snapshot that gives another digest than its state had is refused.
        let second = try open(platform, interval: 1)
        #expect(second.report.snapshot == sequence)
        second.log.abandon()
    }

    @Test func aStartFromASnapshotKnowsWhatARebuildFromTheFirstEventKnows() throws {
        let directory = try TemporaryDirectory()
        let platform = LinuxPlatform(disk: try LinuxStorage(root: directory.path))
        let sequence = try snapshotByCopy(platform)
        let second = try open(platform, interval: 1)
        #expect(second.report.snapshot == sequence)
        let log = ReplayLog(second.log)
        var rebuilt = LedgerState(shard: log.shard, seed: 7)
        try Rebuild.replay(log, into: &rebuilt)
        rebuilt.skip(to: second.core.withState { $0.next })
        #expect(rebuilt.digest == second.core.withState { $0.digest })
        second.log.abandon()
    }

    private func end(_ platform: SimulatedPlatform) throws -> UInt64 {
        let server = try open(platform, interval: 1_000_000)
        #expect(server.report.snapshot == nil)
        try server.core.endSnapshots()
        #expect(server.core.snapshotCounts.written == 1)
        try server.log.close()
        return server.core.withState { $0.next.raw }
    }

    @Test func aServerThatStopsLeavesNothingToReplay() throws {
        let platform = SimulatedPlatform(disk: SimulatedStorage(), clock: SimulatedClock(), seed: 1)
        let sequence = try end(platform)
        let server = try open(platform, interval: 1_000_000)
        #expect(server.report.snapshot == sequence)
        try server.log.close()
    }

    @Test func aSnapshotThatCannotBeWrittenIsCountedAndTheServerGoesOn() throws {
        let storage = SimulatedStorage()
        let platform = SimulatedPlatform(disk: storage, clock: SimulatedClock(), seed: 1)
        let server = try open(platform, interval: 1)
        storage.inject(Fault(.create, .containing("snap"), .nth(1), .fail(ErrorNumber.noSpace)))
        try server.core.keepSnapshots()
        #expect(server.core.snapshotCounts.failed == 1)
        #expect(server.core.snapshotCounts.lastFailure != nil)
        _ = try server.core.turn(at: LedgerTime(nanoseconds: platform.wallTime()))
        try server.log.close()
    }

    @Test func noSnapshotIsWrittenWhereNoneIsWanted() throws {
        let platform = SimulatedPlatform(disk: SimulatedStorage(), clock: SimulatedClock(), seed: 1)
        let server = try open(platform, interval: 0)
        try server.core.keepSnapshots()
        try server.core.endSnapshots()
        #expect(server.core.snapshotCounts.written == 0)
        #expect(server.core.snapshotCounts.failed == 0)
        try server.log.close()
    }
}
