import Campaigns
import Testing

@Suite struct DamageEnumerationTests {
    @Test func `no damage is silent, in a part of all cases`() {
        let result = DamageEnumeration().run(share: 0.004, seed: 11) { print($0) }
        for (what, count) in result.counts { print("\(count)\t\(what)") }
        #expect(result.failures == [])
        #expect(result.cases > 1000)
    }
}
