import LogStore
import Simulation
import Synchronization
import TestSupport
import Testing

/// A process that dies between an act and its event: the next open finds the act and appends the event, once.
@Suite struct LostActsTests {
    private static let november = Month(number: 202_611)!
    private static let december = Month(number: 202_612)!

    /// The log's own acts from `sequence` on.
    private static func acts(_ test: TestLog, from sequence: UInt64 = 0) throws -> [ReservedEvent] {
        var acts: [ReservedEvent] = []
        var reader = test.log.makeReader(from: sequence)
        while try reader.next() {
            var cursor = reader.run.makeCursor()
            while let event = cursor.next() { if let act = try ReservedEvent(event) { acts.append(act) } }
        }
        return acts
    }

    private static func sealings(_ test: TestLog) throws -> [LogUUID] {
        try acts(test).compactMap { if case .segmentSealed(let range) = $0 { range.uuid } else { nil } }
    }

    private static func listed(_ test: TestLog) -> [LogUUID] {
        test.log.parts.catalog.manifests.flatMap { $0.entries.map(\.uuid) }
    }

    /// The next life of a log whose process dies now. Nothing unsynced is lost.
    private static func reopen(
        _ test: TestLog, isEncrypted: Bool = false, seed: UInt64
    ) throws -> TestLog {
        test.log.abandon()
        return try TestLog(
            on: test.storage.crash().settled(), isEncrypted: isEncrypted,
            time: test.log.position.lastTime + 1,
            seed: seed)
    }

    @Test(arguments: [false, true])
    func `a segment whose process died is recorded by the next, once`(isEncrypted: Bool) throws {
        var test = try TestLog(isEncrypted: isEncrypted)
        try test.append(groups: 40, of: 40)
        try test.sealAll()
        #expect(!Self.listed(test).isEmpty)
        #expect(try Self.sealings(test).isEmpty)
        for seed: UInt64 in 2...4 {
            test = try Self.reopen(test, isEncrypted: isEncrypted, seed: seed)
            #expect(try Self.sealings(test) == Self.listed(test))
        }
        // Now the recorded ones are themselves sealed, and their events no longer in a write-ahead file.
        try test.append(groups: 60, of: 40)
        try test.sealAll()
        let known = try Self.sealings(test).count
        #expect(known < Self.listed(test).count)
        for seed: UInt64 in 5...6 {
            test = try Self.reopen(test, isEncrypted: isEncrypted, seed: seed)
            #expect(try Self.sealings(test) == Self.listed(test))
        }
    }

    private func overMonths() throws -> TestLog {
        let test = try TestLog()
        try test.append(groups: 20, of: 40)
        for time in [Self.november.end, Self.december.end, Month(number: 202_701)!.end] {
            try test.append(groups: 20, of: 40, time: time)
        }
        try test.sealAll()
        return test
    }

    private static func closings(_ test: TestLog, from sequence: UInt64 = 0) throws -> [Month] {
        try acts(test, from: sequence).compactMap {
            if case .monthClosed(let month, _, _, _) = $0 { month } else { nil }
        }
    }

    @Test func `a closed month whose process died is recorded by the next, once`() throws {
        var test = try overMonths()
        try test.log.closeMonth(Self.november)
        try test.settle()
        // Closing a month closes those before it.
        try test.log.closeMonth(Month(number: 202_701)!)
        #expect(try Self.closings(test) == [Self.november])
        for seed: UInt64 in 2...4 {
            test = try Self.reopen(test, seed: seed)
            #expect(try Self.closings(test) == [Self.november, Self.december, Month(number: 202_701)!])
        }
    }

    @Test func `an evicted month whose process died is recorded by the next, once`() throws {
        var test = try overMonths()
        try test.log.parts.closeMonths()
        try test.settle()
        let archive = DirectoryArchive(disk: SimulatedStorage())
        _ = try test.log.archive(Self.november, to: archive)
        _ = try test.log.evict(Self.november, from: archive)
        let manifest = try #require(test.log.parts.catalog.manifest(Self.november))
        let end = try #require(manifest.entries.last).sequences.upperBound
        let expected = ReservedEvent.monthEvicted(
            month: Self.november, segmentCount: UInt32(manifest.entries.count),
            generation: manifest.generation)
        for seed: UInt64 in 2...4 {
            test = try Self.reopen(test, seed: seed)
            #expect(try Self.acts(test, from: end).filter { $0.type == expected.type } == [expected])
        }
    }

    /// The act of November's eviction stands in a segment of December, which is then away itself: it counts
    /// as recorded, and only December's is added.
    @Test func `an eviction whose act is evicted too is not recorded again`() throws {
        var test = try TestLog()
        let archive = DirectoryArchive(disk: SimulatedStorage())
        let january = Month(number: 202_701)!
        var retention = Retention()
        retention.localMonths = 1
        func leave(_ month: Month, at time: UInt64) throws {
            try test.append(groups: 20, of: 40, time: time)
            try test.sealAll()
            try test.log.parts.closeMonths()
            _ = try test.log.archive(month, to: archive)
            #expect(try test.log.evict(month, from: archive, retention: retention) > 0)
        }
        try test.append(groups: 20, of: 40)
        try leave(Self.november, at: Self.november.end)
        try test.settle()
        try leave(Self.december, at: january.end - 1_000_000_000)
        let manifest = try #require(test.log.parts.catalog.manifest(Self.december))
        let end = try #require(manifest.entries.last).sequences.upperBound
        let expected = ReservedEvent.monthEvicted(
            month: Self.december, segmentCount: UInt32(manifest.entries.count),
            generation: manifest.generation)
        for seed: UInt64 in 2...4 {
            test = try Self.reopen(test, seed: seed)
            #expect(try Self.acts(test, from: end).filter { $0.type == expected.type } == [expected])
        }
    }

    @Test func `a keyring whose process died is recorded by the next, once`() throws {
        var test = try TestLog(isEncrypted: true)
        try test.append(groups: 2, of: 4)
        #expect(try Self.acts(test).allSatisfy { $0.type != 0xFF03 })
        for seed: UInt64 in 2...4 {
            test = try Self.reopen(test, isEncrypted: true, seed: seed)
            let generation = test.log.parts.keys.generation
            let found = try Self.acts(test).compactMap {
                if case .keyringWritten(let generation, _) = $0 { generation } else { nil }
            }
            #expect(found == [generation])
        }
    }

    @Test func `after a clean end nothing is looked for and nothing is added`() throws {
        let test = try overMonths()
        try test.log.close(time: test.log.position.lastTime + 1)
        let before = test.log.position.nextSequence
        let again = try TestLog(
            on: test.storage.crash().settled(), time: test.log.position.lastTime + 1, seed: 2)
        #expect(again.log.position.nextSequence == before + 1)
    }

    /// The crash comes again while the next process records what the first did not.
    @Test func `once stays once however often the crash repeats`() throws {
        let first = try overMonths()
        try first.log.parts.closeMonths()
        first.log.abandon()
        let disk = first.storage.crash().settled()
        let time = first.log.position.lastTime + 1
        let moments = Moments()
        let storage = SimulatedStorage(disk: disk)
        storage.onOperation { _, disk in moments.disks.withLock { $0.append(disk) } }
        _ = try LogStore.open(
            platform: SimulatedPlatform(disk: storage, seed: 2),
            options: try TestLog.options(isEncrypted: false), index: TestIndex(), time: time)
        var options = CrashImages.Options(seed: 1, sampleCount: 2)
        options.exhaustiveLimit = 2
        options.walksSingles = false
        for moment in moments.disks.withLock({ $0 }) {
            for crash in CrashImages(of: moment, options: options) {
                let test = try TestLog(on: crash.image, time: time + 1000, seed: 3)
                #expect(try Self.sealings(test) == Self.listed(test), "\(crash.description)")
                #expect(try Self.closings(test).count == 3, "\(crash.description)")
            }
        }
    }

    private final class Moments: Sendable {
        let disks = Mutex<[SimulatedDisk]>([])
    }
}
