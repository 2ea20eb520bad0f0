import Campaigns
import Testing

@Suite struct LedgerMemoryTests {
    @Test func `a machine with hardly any memory answers like one with all of it`() {
        let campaign = LedgerMemory()
        let result = campaign.run(share: 0.02, seed: 1, progress: CampaignProgress(name: campaign.name))
        #expect(result.cases >= 40_000)
        #expect(result["payments that came back"] > 1_000 && result["keys found that had left"] > 100)
        #expect(result.failures.map { "\($0.replay): \($0.what)" } == [])
    }

    @Test(arguments: LedgerMemory.Mutation.allCases)
    func `what a small machine loses is found`(mutation: LedgerMemory.Mutation) {
        let campaign = LedgerMemory(mutation: mutation)
        let result = campaign.run(share: 0.005, seed: 1, progress: CampaignProgress(name: campaign.name))
        #expect(result.failureCount > 0)
    }
}
