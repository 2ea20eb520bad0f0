import Campaigns
import Testing

@Suite struct LedgerStormTests {
    @Test func `a smaller midnight keeps nobody waiting and forgets nothing`() {
        let campaign = LedgerStorm()
        let result = campaign.run(share: 0.1, seed: 1, progress: CampaignProgress(name: campaign.name))
        #expect(result.failures.map(\.what) == [])
        #expect(result["timed events, announcements"] == 140_000)
        #expect(result["timed events, midnight"] == 110_000)
        #expect(result["most timed events before a reply"] == 1_024)
        #expect(result["most timed events by a command"] == 32)
        #expect(result["busy"] > 0)
        #expect(result["ticks of nothing but idle entries"] > 0)
        #expect(result["timed events by commands"] > 0)
    }

    @Test(arguments: LedgerStorm.Mutation.allCases)
    func `a mistake is found`(mutation: LedgerStorm.Mutation) {
        let campaign = LedgerStorm(mutation: mutation)
        let result = campaign.run(share: 0.01, seed: 1, progress: CampaignProgress(name: campaign.name))
        #expect(result.failureCount > 0)
    }
}
