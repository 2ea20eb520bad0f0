import Campaigns
import Simulation
import Testing

@Suite struct CrashEnumerationTests {
    @Test(arguments: [false, true], [false, true])
    func `a share of all crashes is survived`(isEncrypted: Bool, isRandom: Bool) {
        let campaign = CrashEnumeration(isEncrypted: isEncrypted, isRandom: isRandom)
        let result = campaign.run(share: 0.002, seed: 1, progress: CampaignProgress(name: campaign.name))
        #expect(result.cases > 100)
        #expect(result.failures.map { "\($0.replay): \($0.what)" } == [])
    }

    @Test(arguments: [
        SimulatedStorage.Options(ignoresSync: true, keepsTrace: false),
        SimulatedStorage.Options(ignoresDirectorySync: true, keepsTrace: false),
        SimulatedStorage.Options(syncsLate: true, keepsTrace: false),
    ])
    func `a disk that promises and does not keep is found out`(mutation: SimulatedStorage.Options) {
        let campaign = CrashEnumeration(isEncrypted: false, mutation: mutation)
        let result = campaign.run(share: 0.001, seed: 1, progress: CampaignProgress(name: campaign.name))
        #expect(result.failureCount > 0)
    }
}
