import Campaigns
import Ledger
import LogStore
import Projections
import Replay
import Simulation
import Testing

/// The log gives the state again: every part of it, from whatever its files are.
@Suite struct RebuildTests {
    @Test(arguments: [(1, false), (2, true), (3, false), (4, true)])
    func `a rebuilt state has the digest of the live one at every prefix`(
        seed: UInt64, isEncrypted: Bool
    ) throws {
        var life = try LoggedLife.open(seed: seed, isEncrypted: isEncrypted)
        try life.run(steps: 700)
        #expect(life.log.parts.catalog.sealedEnd > 0, "seed \(seed)")
        for (next, digest) in life.digests where next <= life.log.durableEnd {
            var again = LedgerState(shard: LoggedLife.shard, seed: ~seed)
            let done = try Rebuild.replay(ReplayLog(life.log), into: &again, upTo: next)
            #expect(again.digest == digest, "seed \(seed), \(next) events")
            #expect(done.sequence == next && again.next.raw == next)
        }
    }

    @Test func `a log that is only read gives the same, and in two parts too`() throws {
        var life = try LoggedLife.open(seed: 5, isEncrypted: true)
        try life.run(steps: 500)
        let log = ReplayLog(
            try ReadOnlyLog(
                platform: life.platform, keys: .keyEncryptionKey(LoggedLife.key), geometry: .tiny))
        var again = LedgerState(shard: LoggedLife.shard)
        var reports: [ReplayProgress] = []
        try Rebuild.replay(log, into: &again, upTo: log.readableEnd / 2)
        let done = try Rebuild.replay(log, into: &again) { reports.append($0) }
        let (next, digest) = try #require(life.digests.last { $0.next <= log.readableEnd })
        #expect(next > log.readableEnd / 2)
        #expect(done.digestCount > 0 && done.foreignDigestCount == 0)
        #expect(reports.last == done && done.share == 1)
        #expect(zip(reports, reports.dropFirst()).allSatisfy { $0.sequence < $1.sequence })
        var whole = LedgerState(shard: LoggedLife.shard, seed: 7)
        try Rebuild.replay(log, into: &whole, upTo: next)
        #expect(whole.digest == digest)
        try Rebuild.replay(log, into: &whole)
        #expect(whole.digest == again.digest)
    }

    @Test func `a rebuilt ledger goes on like the one that never stopped`() throws {
        for seed in UInt64(10)..<14 {
            var life = try LoggedLife.open(seed: seed)
            try life.run(steps: 400)
            var again = LedgerState(shard: LoggedLife.shard, seed: 99)
            try Rebuild.replay(ReplayLog(life.log), into: &again)
            #expect(try life.run(steps: 400, beside: &again) == nil, "seed \(seed)")
        }
    }

    @Test func `a digest that comes right after the log's own acts is the one the ledger had`() throws {
        var life = try LoggedLife.open(seed: 41)
        var tookSequences: UInt64 = 0
        // Whether the log has something to do depends on what was drawn.
        for _ in 0..<40 where tookSequences == 0 {
            try life.run(steps: 100)
            tookSequences = try life.act()
        }
        #expect(tookSequences > 0)
        let digest = try life.forgeDigest()
        var again = LedgerState(shard: LoggedLife.shard)
        let before = try Rebuild.replay(ReplayLog(life.log), into: &again, upTo: digest).digestCount
        let done = try Rebuild.replay(ReplayLog(life.log), into: &again)
        #expect(before > 0 && done.digestCount == 1)
    }

    // MARK: What is wrong

    /// What replay says of the log of a life.
    private func failure(of life: borrowing LoggedLife) -> ReplayError? {
        var again = LedgerState(shard: LoggedLife.shard)
        do throws(ReplayError) {
            try Rebuild.replay(ReplayLog(life.log), into: &again)
            return nil
        } catch {
            #expect(again.next.raw <= error.sequence)
            return error
        }
    }

    @Test func `a digest in the log that lies is told from the one found`() throws {
        var life = try LoggedLife.open(seed: 20)
        try life.run(steps: 200)
        let digest = life.state.digest
        var fact = StateDigested()
        fact.version = StateDigest.version
        fact.digest = Hash128(low: digest.value.low ^ 1, high: digest.value.high)
        fact.rows = digest.rowCount
        let sequence = try life.forge(.stateDigested(fact))
        let file = try #require(life.log.parts.catalog.walFiles.last?.path)
        let failure = failure(of: life)
        let said = StateDigest(value: fact.digest, rowCount: fact.rows)
        #expect(
            failure == .digestDiffers(said: said, found: digest, .init(sequence: sequence, file: file)))
        #expect(failure?.description.contains("event \(sequence) in \(file)") == true)
    }

    @Test func `a digest right after acts of the log is that of the state at its own place`() throws {
        var life = try LoggedLife.open(seed: 25)
        var acts: UInt64 = 0
        while acts == 0 {
            try life.run(steps: 20)
            acts = try life.act()
        }
        try life.forgeDigest()
        #expect(failure(of: life) == nil)
    }

    @Test func `a digest of another version is counted, not compared`() throws {
        var life = try LoggedLife.open(seed: 21)
        try life.run(steps: 60)
        var fact = StateDigested()
        fact.version = StateDigest.version + 1
        _ = try life.forge(.stateDigested(fact))
        var again = LedgerState(shard: LoggedLife.shard)
        #expect(try Rebuild.replay(ReplayLog(life.log), into: &again).foreignDigestCount == 1)
    }

    @Test func `an event this software does not know is named`() throws {
        var life = try LoggedLife.open(seed: 22)
        try life.run(steps: 50)
        let sequence = try life.forge(.timeAccepted(TimeAccepted()), type: 9_999)
        guard case .undecodable(let error, let place) = failure(of: life) else {
            Issue.record("\(String(describing: failure(of: life)))")
            return
        }
        #expect(place.sequence == sequence && error.field == "type")
    }

    @Test func `the log of another shard does not fit`() throws {
        var life = try LoggedLife.open(seed: 23)
        try life.run(steps: 5)
        var other = LedgerState(shard: Shard(number: 7))
        #expect(throws: ReplayError.self) { try Rebuild.replay(ReplayLog(life.log), into: &other) }
    }

    @Test func `an event that contradicts the state stops the process and is named`() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var life = try LoggedLife.open(seed: 24)
            try life.run(steps: 50)
            _ = try life.forge(.payoutPaid(PayoutPaid()))
            var again = LedgerState(shard: LoggedLife.shard)
            try Rebuild.replay(ReplayLog(life.log), into: &again)
        }
        let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(text.contains("invariant violated") && text.contains("while replaying event "))
    }

    @Test(arguments: [false, true])
    func `damage in any file ends the replay where it lies`(isEncrypted: Bool) throws {
        var life = try LoggedLife.open(seed: 25, isEncrypted: isEncrypted)
        try life.run(steps: 500)
        let catalog = life.log.parts.catalog
        let end = catalog.sealedEnd
        let month = try #require(catalog.manifests.first)
        let paths = ShardPaths(shard: 0)
        let entry = try #require(month.entries.first)
        let segment = paths.segment(month.month, entry.sequences)
        let wal = try #require(catalog.walFiles.first { $0.firstSequence >= end })
        for (path, first) in [(segment, entry.sequences.lowerBound), (wal.path, wal.firstSequence)] {
            var disk = life.platform.disk.disk
            disk.flipBit(path, at: 4_096 + 700, bit: 3)
            let platform = SimulatedPlatform(
                disk: SimulatedStorage(disk: disk), clock: SimulatedClock(), seed: 1)
            let log = ReplayLog(
                try ReadOnlyLog(
                    platform: platform, keys: isEncrypted ? .keyEncryptionKey(LoggedLife.key) : .none,
                    geometry: .tiny))
            var again = LedgerState(shard: LoggedLife.shard)
            do throws(ReplayError) {
                try Rebuild.replay(log, into: &again)
                Issue.record("damage in \(path) was not noticed")
            } catch {
                guard case .log = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(error.sequence >= first && error.sequence < first + 600, "\(error)")
                #expect(again.next.raw <= error.sequence)
            }
        }
    }

    @Test func `an evicted month is not readable until it is back`() throws {
        var life = try LoggedLife.open(seed: 26)
        try life.run(steps: 1_500)
        while try life.log.parts.seal() {}
        try life.log.parts.closeMonths()
        let months = life.log.parts.catalog.manifests.filter { $0.isClosed }.map(\.month)
        let month = try #require(months.first)
        let archive = DirectoryArchive(disk: SimulatedStorage())
        try life.log.archive(month, to: archive)
        var retention = Retention()
        retention.localMonths = 0
        let count = try life.log.evict(month, from: archive, retention: retention)
        #expect(count > 0)
        guard case .log(.notReadable, 0) = failure(of: life) else {
            Issue.record("\(String(describing: failure(of: life)))")
            return
        }
        try life.log.restore(month, from: archive)
        let failure = failure(of: life)
        #expect(failure == nil)
    }
}
