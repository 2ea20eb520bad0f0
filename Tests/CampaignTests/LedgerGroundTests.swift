import Campaigns
import Foundation
import Testing

/// Needs python3; a machine without it says so.
@Suite(
    .enabled("python3 is not installed") {
        FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")
            || FileManager.default.isExecutableFile(atPath: "/usr/local/bin/python3")
    })
struct LedgerGroundTests {
    @Test func `a share of the card transactions comes to what the second program says`() {
        let campaign = LedgerGround()
        let result = campaign.run(share: 0.05, seed: 1, progress: CampaignProgress(name: campaign.name))
        #expect(result["rows"] >= 50_000)
        #expect(result["totals compared"] > 1_000)
        #expect(result["rows of a card that was known"] > 40_000)
        #expect(result.failures.map(\.what) == [])
    }

    @Test func `card transactions that are not where they were said to be are an error`() {
        let campaign = LedgerGround(isQuiet: true, directory: "/nowhere/to/be/found")
        let result = campaign.run(share: 1, seed: 1, progress: CampaignProgress(name: campaign.name))
        #expect(result.failures.first?.what.hasPrefix("no card transactions in /nowhere") == true)
        #expect(result.cases == 0)
    }

    @Test(arguments: LedgerGround.Mutation.allCases)
    func `a row that one of them does not know is missed, by name`(mutation: LedgerGround.Mutation) {
        let campaign = LedgerGround(mutation: mutation, isQuiet: true)
        let result = campaign.run(share: 0.002, seed: 1, progress: CampaignProgress(name: campaign.name))
        #expect(result.failureCount > 10)
        #expect(
            result.failures.contains { $0.what.hasPrefix("account.1100.acquirer.EUR.pendingDebits: ") },
            "\(result.failures.map(\.what))")
    }
}
