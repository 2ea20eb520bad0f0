import Campaigns
import Testing

@Suite struct LedgerSpacesTests {
    @Test(arguments: [LedgerMatrix() as any Campaign, LedgerInterleavings()])
    func `a share of the wider walks finds nothing`(_ campaign: any Campaign) {
        let result = campaign.run(share: 0.002, seed: 1, progress: CampaignProgress(name: campaign.name))
        #expect(result.cases >= 1_000)
        #expect(result.failures.map { "\($0.replay): \($0.what)" } == [])
    }
}
