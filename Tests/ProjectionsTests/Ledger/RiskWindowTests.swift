import Ledger
import Projections
import Simulation
import Testing

@Suite struct RiskWindowTests {
    private static let card: UInt64 = 0xCA4D
    private static let hour: UInt64 = 3_600_000_000_000
    /// A day's first moment.
    private static let midnight = LedgerTime(nanoseconds: 20_700 * 24 * hour)

    private func order(_ amount: Int64, card: UInt64, country: UInt16, _ ledger: borrowing TestLedger)
        -> Request
    {
        var request = RecordAuthorization()
        request.order.amount = amount
        request.order.currency = Currency.eur.number
        request.order.card.fingerprint = card
        request.order.country = country
        request.acquirer = ledger.acquirer
        return .recordAuthorization(request)
    }

    private func pay(
        _ amount: Int64, card: UInt64 = Self.card, country: UInt16 = 0, in ledger: inout TestLedger
    ) {
        let request = order(amount, card: card, country: country, ledger)
        ledger.perform(request)
    }

    private func features(
        _ ledger: borrowing TestLedger, card: UInt64 = Self.card, _ amount: Int64 = 1
    ) -> RiskFeatures {
        ledger.state.riskFeatures(ofCard: card, .eur, Amount(minorUnits: amount), at: ledger.now)
    }

    @Test func `a card nobody has seen has no past, and neither has a payment without a card`() {
        var ledger = TestLedger()
        pay(100, card: 0, in: &ledger)
        #expect(features(ledger) == RiskFeatures())
        #expect(features(ledger, card: 0) == RiskFeatures())
    }

    @Test func `an hour and a day are counted to the moment, half of the hour before for half an hour`() {
        var ledger = TestLedger()
        ledger.now = Self.midnight
        for _ in 0..<10 { pay(500, country: 276, in: &ledger) }
        #expect(features(ledger).countOfHour == 10)
        ledger.now = Self.midnight.adding(LedgerSpan(nanoseconds: Self.hour * 3 / 2))
        #expect(features(ledger).countOfHour == 5)
        #expect(features(ledger).countOfDay == 10)
        #expect(features(ledger).sumOfDay == 5_000)
        #expect(features(ledger).latestCountry == 276)
        pay(700, in: &ledger)
        #expect(features(ledger).sumOfDay == 5_700)
        #expect(features(ledger).latestCountry == 276)
        ledger.now = Self.midnight.adding(.hours(3))
        #expect(features(ledger).countOfHour == 0)
        ledger.now = Self.midnight.adding(.hours(30))
        #expect(features(ledger).countOfDay == 8)
        ledger.now = Self.midnight.adding(.hours(48))
        #expect(features(ledger).countOfDay == 0)
        #expect(features(ledger).sinceLatest.map { $0 > .hours(46) } == true)
    }

    @Test func `a merchant's payments are counted over all cards`() {
        var ledger = TestLedger()
        ledger.now = Self.midnight
        for card in 1...20 { pay(1_000, card: UInt64(card), in: &ledger) }
        let features = ledger.state.riskFeatures(
            of: ledger.merchant, .eur, Amount(minorUnits: 1), at: ledger.now)
        #expect(features.countOfDay == 20)
        #expect(features.sumOfDay == 20_000)
        let none = ledger.state.riskFeatures(
            of: ledger.merchant, .usd, Amount(minorUnits: 1), at: ledger.now)
        #expect(none == RiskFeatures())
    }

    @Test func `amounts that stay just below what is reported are counted apart`() {
        var ledger = TestLedger()
        ledger.now = Self.midnight
        for amount: Int64 in [899_999, 900_000, 999_999, 1_000_000, 1_000_001] { pay(amount, in: &ledger) }
        #expect(features(ledger).belowLimitOfDay == 3)
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `an amount is unusual beyond three standard deviations, and never of fewer than eight`(seed: UInt64)
    {
        var ledger = TestLedger()
        var random = SeededRandom(seed: seed)
        var amounts: [Double] = []
        for count in 0..<60 {
            // At the border rounding may decide, so it is left out.
            for candidate in [Int64(1), 500, 1_000, 5_000, 20_000, 1_000_000] {
                let mean = amounts.reduce(0, +) / Double(max(1, count))
                let squares = amounts.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
                let deviation = (squares / Double(max(1, count))).squareRoot()
                let distance = abs(Double(candidate) - mean) - 3 * deviation
                guard abs(distance) > 0.01 else { continue }
                #expect(
                    features(ledger, candidate).isUnusualAmount == (count >= 8 && distance > 0), "\(count)")
            }
            let amount = Int64(800 + random.below(400))
            pay(amount, in: &ledger)
            amounts.append(Double(amount))
        }
        for _ in 0..<200 { pay(1_000, in: &ledger) }
        #expect(!features(ledger, 1_000).isUnusualAmount)
        #expect(features(ledger, 3_000).isUnusualAmount)
    }

    @Test func `who is quiet for two periods is forgotten, who is not is taken along`() {
        var ledger = TestLedger()
        let start = LedgerTime(nanoseconds: ledger.now.nanoseconds / (768 * Self.hour) * (768 * Self.hour))
            .adding(.days(32))
        ledger.now = start
        pay(100, card: 1, in: &ledger)
        pay(100, card: 2, in: &ledger)
        ledger.now = start.adding(.days(33))
        pay(100, card: 1, in: &ledger)
        #expect(features(ledger, card: 2).sinceLatest != nil)
        ledger.now = start.adding(.days(65))
        pay(100, card: 3, in: &ledger)
        #expect(features(ledger, card: 1).sinceLatest != nil)
        #expect(features(ledger, card: 2).sinceLatest == nil)
        ledger.now = start.adding(.days(200))
        pay(100, card: 3, in: &ledger)
        #expect(features(ledger, card: 1).sinceLatest == nil)
        #expect(ledger.replayed() == ledger.state.digest)
    }

    @Test(arguments: [UInt64(1), 33, 65, 400])
    func `a request that is undone leaves windows as they were, whatever time has passed`(days: UInt64) {
        var ledger = TestLedger()
        for card in 1...5 { pay(100, card: UInt64(card), in: &ledger) }
        ledger.now = ledger.now.adding(.days(days))
        let good = order(100, card: 3, country: 0, ledger)
        var wrong = RecordAuthorization()
        wrong.order.amount = 1
        wrong.order.currency = Currency.eur.number
        wrong.acquirer = AcquirerID(raw: 9)
        let before = features(ledger, card: 3)
        let commands = [good, .recordAuthorization(wrong)].map { request in
            var command = Command(request)
            command.merchant = ledger.merchant
            return command
        }
        let digest = ledger.state.digest
        #expect(ledger.performAll(commands, key: 0) == .refused(.keyRequired, index: 0))
        #expect(ledger.state.digest == digest)
        #expect(ledger.performAll(commands, key: 7) == .refused(.acquirerUnknown, index: 1))
        // The refusal is an event, and its time lets old rows go; payments that were undone never were.
        if days < 32 { #expect(features(ledger, card: 3) == before) }
        #expect(ledger.replayed() == ledger.state.digest)
        pay(100, card: 3, in: &ledger)
        #expect(ledger.replayed() == ledger.state.digest)
    }
}
