import Campaigns
import Testing

@Suite struct DamageEnumerationTests {
    @Test func `no damage is silent, in a part of all cases`() {
        let campaign = DamageEnumeration()
        let result = campaign.run(share: 0.004, seed: 11, progress: CampaignProgress(name: campaign.name))
        for (what, count) in result.counts { print("\(count)\t\(what)") }
        for failure in result.failures { Issue.record("\(failure.replay): \(failure.what)") }
        #expect(result.failureCount == 0)
        #expect(result.cases > 1000)
    }
}
