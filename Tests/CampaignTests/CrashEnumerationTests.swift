import Campaigns
import LogStore
import Simulation
import TestSupport
import Testing

@Suite struct CrashEnumerationTests {
    @Test(arguments: [false, true], [CrashEnumeration.Script.written, .random])
    func `a share of all crashes is survived`(isEncrypted: Bool, script: CrashEnumeration.Script) {
        let campaign = CrashEnumeration(isEncrypted: isEncrypted, script: script)
        let result = campaign.run(share: 0.002, seed: 1, progress: CampaignProgress(name: campaign.name))
        #expect(result.cases > 100)
        #expect(result.failures.map { "\($0.replay): \($0.what)" } == [])
    }

    @Test func `a part of the crashes while the first tile is published is survived`() {
        let campaign = CrashEnumeration(isEncrypted: false, script: .tiles)
        let result = campaign.run(share: 0.01, seed: 1, progress: CampaignProgress(name: campaign.name))
        #expect(result.cases > 30)
        #expect(result.failures.map { "\($0.replay): \($0.what)" } == [])
    }

    @Test func `as many threads as one likes count the same cases`() {
        let campaign = CrashEnumeration(isEncrypted: false)
        func run(jobs: Int) -> CampaignResult {
            campaign.run(
                share: 0.0005, seed: 1, progress: CampaignProgress(name: campaign.name, jobs: jobs))
        }
        let (one, three) = (run(jobs: 1), run(jobs: 3))
        #expect(one.cases == three.cases && one.failureCount == three.failureCount)
        #expect(one.counts.map { "\($0)" } == three.counts.map { "\($0)" })
    }

    @Test(arguments: [
        SimulatedStorage.Options(ignoresSync: true, keepsTrace: false),
        SimulatedStorage.Options(ignoresDirectorySync: true, keepsTrace: false),
        SimulatedStorage.Options(syncsLate: true, keepsTrace: false),
    ])
    func `a disk that promises and does not keep is found out`(mutation: SimulatedStorage.Options) {
        func run(_ mutation: SimulatedStorage.Options) -> CampaignResult {
            let campaign = CrashEnumeration(isEncrypted: false, mutation: mutation)
            return campaign.run(share: 0.003, seed: 1, progress: CampaignProgress(name: campaign.name))
        }
        #expect(run(.init(keepsTrace: false)).failureCount == 0)
        let result = run(mutation)
        // Found by a recovery that lacks what was promised, not by a script that could not go on.
        #expect(result.failures.allSatisfy { $0.replay != "script" })
        // Either they are missing, or recovery itself has evidence of them and refuses, or what it needs to
        // find them was not kept.
        let texts = result.failures.map(\.what)
        let isAboutLoss = texts.contains { text in
            ["were durable (", "CORRUPT_COMMITTED", "CORRUPT_SEALED", "believes"].contains {
                text.contains($0)
            }
        }
        #expect(isAboutLoss, "\(texts.prefix(3))")
    }

    @Test func `what was appended is remembered by the caller, not by the log`() throws {
        var callers = CallersEvents()
        var events = TestEvents()
        events.make(3)
        callers.give(events.buffer, at: 5..<8)
        let given = callers.following(5)
        #expect(given.count == 3)
        #expect(try callers.expected(at: 6, found: given[1]) == given[1])
        // A log that swaps two events, with every checksum right, is found out.
        #expect(throws: LogStoreError.self) { try callers.expected(at: 6, found: given[2]) }
        // So is one that makes up an event; its own acts are its own.
        #expect(throws: LogStoreError.self) { try callers.expected(at: 8, found: given[2]) }
    }
}
