import Ledger
import Projections
import Testing

/// Whoever sends authorizations chooses the fingerprints of cards, and the functions that spread rows over an
/// index are public. Fingerprints were worked out backwards from one place at the very end of an index: some
/// 460 authorizations ran past its spare buckets and stopped the process, and every replay of its log after.
@Suite struct ChosenKeysTests {
    /// The number whose SplitMix64 finalizer is this one.
    private func original(of hash: UInt64, seed: UInt64) -> UInt64 {
        var mixed = hash ^ (hash &>> 31) ^ (hash &>> 62)
        mixed = mixed &* 0x3196_42B2_D24D_8EC3
        mixed = mixed ^ (mixed &>> 27) ^ (mixed &>> 54)
        mixed = mixed &* 0x96DE_1B17_3F11_9089
        mixed = mixed ^ (mixed &>> 30) ^ (mixed &>> 60)
        return mixed ^ seed
    }

    @Test func `cards chosen to lie in one place of an index without a seed do no harm to one with a seed`() {
        let currency = UInt64(Currency.eur.number).indexHash(seed: 1)
        var ledger = TestLedger(seed: 0x5EED_0F_7415)
        for number in 0..<1_000 as Range<UInt64> {
            let key = original(of: 0xFFFF_FFFF << 32 | number, seed: 0)
            #expect(key.indexHash(seed: 0) >> 32 == 0xFFFF_FFFF)
            var request = RecordAuthorization()
            request.order.amount = 100
            request.order.currency = Currency.eur.number
            request.order.card.fingerprint = original(of: key, seed: 1) &- currency
            request.acquirer = ledger.acquirer
            guard case .done = ledger.perform(.recordAuthorization(request)) else {
                Issue.record("authorization \(number) was not done")
                return
            }
        }
        #expect(ledger.replayed() == ledger.state.digest)
    }
}
