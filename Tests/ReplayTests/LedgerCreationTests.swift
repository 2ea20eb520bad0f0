import Campaigns
import Ledger
import LogStore
import Projections
import Replay
import Simulation
import Synchronization
import Testing

/// A ledger is made once, whole, and what a crash leaves of the making is completed by making it again.
@Suite struct LedgerCreationTests {
    private typealias Creation = LedgerCreation<SimulatedPlatform>

    private func options(isEncrypted: Bool) -> LogOptions {
        var options = LogOptions()
        options.geometry = .tiny
        options.runsThreads = false
        options.keyEncryptionKey = isEncrypted ? LoggedLife.key : nil
        return options
    }

    private func platform(_ storage: SimulatedStorage, seed: UInt64 = 1) -> SimulatedPlatform {
        SimulatedPlatform(disk: storage, clock: SimulatedClock(step: 10), seed: seed)
    }

    private func log(_ storage: SimulatedStorage, isEncrypted: Bool) throws -> ReplayLog<SimulatedPlatform> {
        ReplayLog(
            try ReadOnlyLog(
                platform: platform(storage),
                keys: isEncrypted ? .keyEncryptionKey(LoggedLife.key) : .none, geometry: .tiny))
    }

    /// The openings in a log.
    private func openings(_ log: ReplayLog<SimulatedPlatform>) throws -> [LedgerOpened] {
        let found = Mutex([LedgerOpened]())
        try Rebuild.decode(log) { event in
            if case .ledgerOpened(let fact) = event.fact { found.withLock { $0.append(fact) } }
        }
        return found.withLock { $0 }
    }

    @Test(arguments: [false, true], [false, true])
    func `a new ledger says which it is, and has secrets of its own`(isEncrypted: Bool, isTest: Bool) throws {
        let storage = SimulatedStorage()
        let options = options(isEncrypted: isEncrypted)
        let made = try Creation.run(platform: platform(storage), options: options, isTest: isTest)
        #expect(made.isEncrypted == isEncrypted && made.isTest == isTest)
        let log = try log(storage, isEncrypted: isEncrypted)
        #expect(try Creation.opening(of: log)?.sequence.raw == made.sequence)
        let fact = try #require(try openings(log).first)
        #expect(fact.ledger == Hash128(made.ledger) && fact.shard == 0 && fact.isTest == isTest)
        #expect(!fact.keySecret.isNone && !fact.idCipherKey.isNone && fact.keySecret != fact.idCipherKey)
        var state = LedgerState()
        let replayed = try Rebuild.replay(log, into: &state)
        #expect(replayed.eventCount == 1)
        let other = SimulatedStorage()
        _ = try Creation.run(platform: platform(other, seed: 2), options: options, isTest: isTest)
        #expect(try openings(self.log(other, isEncrypted: isEncrypted)).first?.keySecret != fact.keySecret)
    }

    @Test(arguments: [false, true])
    func `what is a ledger already is not touched`(isEncrypted: Bool) throws {
        let storage = SimulatedStorage()
        let options = options(isEncrypted: isEncrypted)
        let made = try Creation.run(platform: platform(storage), options: options, isTest: false)
        let before = storage.disk.contentHash()
        #expect(throws: LedgerCreationError.exists(made.ledger, sequence: made.sequence)) {
            try Creation.run(platform: platform(storage), options: options, isTest: false)
        }
        #expect(storage.disk.contentHash() == before)
        #expect(throws: LedgerCreationError.self) {
            try Creation.run(
                platform: platform(storage), options: self.options(isEncrypted: !isEncrypted), isTest: false)
        }
        #expect(storage.disk.contentHash() == before)
    }

    @Test func `a log that holds other events is not made a ledger`() throws {
        let storage = SimulatedStorage()
        let log = try LogStore.open(
            platform: platform(storage), options: options(isEncrypted: false), index: NoIndex())
        var group = EventBuffer(capacity: 64)
        let fits = group.append(
            type: 9_999, schema: 1, time: log.position.lastTime + 1, payload: RawSpan())
        #expect(fits)
        _ = try log.append(group)
        try log.close()
        let before = storage.disk.contentHash()
        do throws(LedgerCreationError) {
            _ = try Creation.run(
                platform: platform(storage), options: options(isEncrypted: false), isTest: false)
            Issue.record("it was made one")
        } catch {
            guard case .unreadable(.undecodable) = error else {
                Issue.record("\(error)")
                return
            }
        }
        #expect(storage.disk.contentHash() == before)
    }

    @Test func `a log without a ledger is made one`() throws {
        let storage = SimulatedStorage()
        let options = options(isEncrypted: true)
        try LogStore.open(platform: platform(storage), options: options, index: NoIndex()).close()
        #expect(try Creation.opening(of: log(storage, isEncrypted: true)) == nil)
        _ = try Creation.run(platform: platform(storage), options: options, isTest: false)
        #expect(try openings(log(storage, isEncrypted: true)).count == 1)
    }

    /// The disk before each operation of making a ledger, and at the end.
    private func disks(_ options: LogOptions) throws -> [SimulatedDisk] {
        let seen = Mutex([SimulatedDisk]())
        let storage = SimulatedStorage { _, disk in seen.withLock { $0.append(disk) } }
        _ = try Creation.run(platform: platform(storage), options: options, isTest: true)
        return seen.withLock { $0 } + [storage.disk]
    }

    @Test(arguments: [false, true])
    func `after a crash anywhere, making it again leaves one ledger`(isEncrypted: Bool) throws {
        let options = options(isEncrypted: isEncrypted)
        var (made, found) = (0, 0)
        for (number, disk) in try disks(options).enumerated() {
            let images = CrashImages(of: disk, options: .init(seed: UInt64(number), sampleCount: 4))
            for crash in images.prefix(24) {
                let storage = SimulatedStorage(disk: crash.image)
                do throws(LedgerCreationError) {
                    _ = try Creation.run(
                        platform: platform(storage, seed: 7), options: options, isTest: true)
                    made += 1
                } catch {
                    guard case .exists = error else {
                        Issue.record("operation \(number), \(crash.description): \(error)")
                        continue
                    }
                    found += 1
                }
                // A reader may not believe yet what recovery does.
                let again = SimulatedStorage(disk: storage.disk)
                try LogStore.open(platform: platform(again), options: options, index: NoIndex()).close()
                #expect(
                    try self.openings(log(again, isEncrypted: isEncrypted)).count == 1,
                    "operation \(number): \(crash.description)")
            }
        }
        #expect(made > 50 && found > 5, "\(made) made, \(found) found")
    }
}
