import Ledger
import Projections
import Testing

/// Money kept back from a merchant.
@Suite struct ReserveTests {
    private static let shard = Shard(number: 0)

    /// Sends and settles what is in the open batch.
    private static func settle(_ payments: [PaymentID], in batch: BatchID, _ ledger: inout TestLedger) {
        var close = CloseBatch()
        close.batch = batch
        ledger.perform(.closeBatch(close))
        var submit = SubmitBatch()
        submit.batch = batch
        ledger.perform(.submitBatch(submit))
        for payment in payments {
            var settle = SettleItem()
            (settle.batch, settle.payment) = (batch, payment)
            settle.capture = CaptureID(createdBy: ledger.row(payment).latest, shard: shard)
            ledger.perform(.settleItem(settle))
        }
    }

    private static func keepBack(_ ledger: inout TestLedger) {
        var terms = SetMerchantTerms()
        (terms.currency, terms.reserve) = (Currency.eur.number, Rate.whole.partsPerMillion)
        terms.reserveSpan = .days(1)
        ledger.perform(.setMerchantTerms(terms))
    }

    @Test func `what is released on one day stays within 63 bits, and the rest is the merchant's`() {
        var ledger = TestLedger()
        Self.keepBack(&ledger)
        let most = Amount.payableMax.minorUnits
        let count = Int(Int64.max / most) + 1
        // Two batches: one cannot hold as much.
        for half in [count / 2, count - count / 2] {
            let payments = (0..<half).map { _ in ledger.authorize(most, automatic: true) }
            let batch = BatchID(createdBy: SequenceNumber(raw: payments[0].raw + 1), shard: Self.shard)
            Self.settle(payments, in: batch, &ledger)
        }
        let reserve = ledger.state.account(AccountID(.merchantReserve, .eur, of: ledger.merchant)).posted
        #expect(reserve == -Int128(Int64.max))
        #expect(ledger.balance(.merchantAvailable).posted == -Int(Int128(most) * Int128(count) + reserve))
        var more = WithholdReserve()
        (more.currency, more.amount, more.releaseAt) = (Currency.eur.number, 1, ledger.now.adding(.days(1)))
        #expect(ledger.perform(.withholdReserve(more)) == .refused(.sumTooLarge))
        ledger.now = ledger.now.adding(.days(2))
        #expect(ledger.tick() == [1])
        #expect(ledger.balance(.merchantReserve) == (0, 0))
        #expect(ledger.replayed() == ledger.state.digest)
    }

    @Test func `a day whose reserve was released by hand ends, and nothing is left of it`() {
        var ledger = TestLedger()
        Self.keepBack(&ledger)
        let payment = ledger.authorize(100, automatic: true)
        let batch = BatchID(createdBy: SequenceNumber(raw: payment.raw + 1), shard: Self.shard)
        Self.settle([payment], in: batch, &ledger)
        var release = ReleaseReserve()
        (release.currency, release.amount) = (Currency.eur.number, 100)
        ledger.perform(.releaseReserve(release))
        #expect(ledger.balance(.merchantReserve) == (0, 0))
        ledger.now = ledger.now.adding(.days(2))
        #expect(ledger.tick() == [1])
        guard case .reserveReleased(let fact)? = ledger.events.last?.fact else {
            return #expect(Bool(false))
        }
        #expect(fact.amount.isZero && fact.releaseDay.daysSinceEpoch > 0)
        #expect(ledger.tick() == [0])
        #expect(ledger.replayed() == ledger.state.digest)
    }
}
