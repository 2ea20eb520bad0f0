import Campaigns
import Testing

@Suite struct LedgerLockstepTests {
    @Test func `a share of random lives agrees with the second ledger`() {
        let campaign = LedgerLockstep()
        let result = campaign.run(share: 0.01, seed: 1, progress: CampaignProgress(name: campaign.name))
        #expect(result.cases >= 100_000)
        #expect(result["events looked at one by one"] >= 1_000)
        #expect(result.failures.map { "\($0.replay): \($0.what)" } == [])
    }

    @Test(arguments: LedgerLockstep.Mutation.allCases)
    func `a difference is found`(mutation: LedgerLockstep.Mutation) {
        let campaign = LedgerLockstep(mutation: mutation)
        let result = campaign.run(share: 0.005, seed: 1, progress: CampaignProgress(name: campaign.name))
        #expect(result.failureCount > 0)
    }

    @Test func `a single life tells what it has not met`() {
        let campaign = LedgerLockstep()
        let result = campaign.run(share: 0.0001, seed: 1, progress: CampaignProgress(name: campaign.name))
        #expect(result.counts.contains { $0.name.hasPrefix("never met: ") })
        #expect(result["capturePayment done"] > 0)
        #expect(result.failureCount == 0)
    }
}
