import Campaigns
import Testing

@Suite struct LedgerReplayTests {
    @Test func `a share of random lives is rebuilt, from the log and from snapshots`() {
        let campaign = LedgerReplay()
        let result = campaign.run(share: 0.01, seed: 1, progress: CampaignProgress(name: campaign.name))
        #expect(result.cases >= 100 && result["commands"] >= 10_000 && result["digests compared"] > 100)
        #expect(result.failures.map { "\($0.replay): \($0.what)" } == [])
    }
}
