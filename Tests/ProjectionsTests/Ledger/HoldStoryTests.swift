import Ledger
import Projections
import Testing

/// What happens between an authorization and the end of its hold, to the cent.
@Suite struct HoldStoryTests {
    @Test func `an authorization is expected money, a capture makes it real, and the rest is let go`() {
        var ledger = TestLedger()
        let payment = ledger.authorize(10_000)
        #expect(ledger.balance(.acquirerReceivable) == (0, 10_000))
        #expect(ledger.balance(.merchantPending) == (0, -10_000))
        ledger.capture(payment, 6_000)
        #expect(ledger.balance(.acquirerReceivable) == (6_000, 0))
        #expect(ledger.balance(.merchantPending) == (-6_000, 0))
        #expect(ledger.capture(payment, 1) == .refused(.alreadyCaptured))
        #expect(ledger.void(payment) == .refused(.alreadyCaptured))
    }

    @Test func `partial captures use up the hold and no more`() {
        var ledger = TestLedger()
        let payment = ledger.authorize(100)
        for _ in 0..<3 { ledger.capture(payment, 30, isFinal: false) }
        #expect(ledger.capture(payment, 11, isFinal: false) == .refused(.exceedsAuthorized))
        #expect(ledger.row(payment).held.minorUnits == 10)
        ledger.capture(payment)
        #expect(ledger.balance(.acquirerReceivable) == (100, 0))
        #expect(ledger.row(payment).captureCount == 4)
    }

    @Test func `a merchant may capture beyond the authorization as far as agreed`() {
        var ledger = TestLedger(overcapture: Rate(partsPerMillion: 150_000))
        let payment = ledger.authorize(1_000)
        #expect(ledger.capture(payment, 1_151) == .refused(.exceedsAuthorized))
        ledger.capture(payment, 1_150)
        #expect(ledger.balance(.acquirerReceivable) == (1_150, 0))
        #expect(ledger.balance(.merchantPending) == (-1_150, 0))
    }

    @Test func `at most fifty captures`() {
        var ledger = TestLedger()
        let payment = ledger.authorize(100)
        for _ in 0..<50 { ledger.capture(payment, 1, isFinal: false) }
        #expect(ledger.capture(payment, 1, isFinal: false) == .refused(.tooManyCaptures))
    }

    @Test func `a void lets go what is held and leaves a reversal to be made`() {
        var ledger = TestLedger()
        let payment = ledger.authorize(500)
        #expect(ledger.void(payment) == .done(first: ledger.row(payment).latest, count: 1))
        let voided = ledger.row(payment).latest
        #expect(ledger.balance(.merchantPending) == (0, 0))
        #expect(ledger.void(payment) == .refused(.paymentVoided))
        #expect(ledger.capture(payment) == .refused(.paymentVoided))
        var answer = AnswerReversal()
        answer.payment = payment
        answer.reversal = ReversalID(createdBy: voided, shard: Shard(number: 0))
        answer.isConfirmed = true
        #expect(ledger.state.reversals.count == 1)
        let answered = ledger.state.next
        #expect(ledger.perform(.answerReversal(answer)) == .done(first: answered, count: 1))
        #expect(ledger.state.reversals.count == 0)
        #expect(ledger.perform(.answerReversal(answer)) == .exists(answered, .done))
    }

    @Test func `a capture leaves its open batch again, and the last one ends the payment`() {
        var ledger = TestLedger()
        let payment = ledger.authorize(500, automatic: true)
        #expect(ledger.balance(.acquirerReceivable) == (500, 0))
        let capture = CaptureID(createdBy: ledger.row(payment).latest, shard: Shard(number: 0))
        ledger.voidCapture(capture, of: payment)
        #expect(ledger.balance(.acquirerReceivable) == (0, 0))
        #expect(ledger.row(payment).phase == .voided)
        #expect(ledger.voidCapture(capture, of: payment) == .refused(.captureVoided))
    }

    @Test func `nobody is captured into a batch past its cutoff`() {
        var ledger = TestLedger()
        let first = ledger.authorize(1, automatic: true)
        ledger.now = ledger.now.adding(.hours(13))
        let second = ledger.authorize(2, automatic: true)
        #expect(ledger.state.batches.count == 2)
        let capture = CaptureID(createdBy: ledger.row(first).latest, shard: Shard(number: 0))
        #expect(ledger.voidCapture(capture, of: first) == .refused(.captureInClosedBatch))
        #expect(ledger.row(second).captured.minorUnits == 2)
    }

    @Test func `a hold is announced as expiring, and then expires`() {
        var ledger = TestLedger()
        let payment = ledger.authorize(700)
        #expect(ledger.tick() == [0])
        ledger.now = ledger.now.adding(.days(6))
        #expect(ledger.tick() == [1])
        #expect(ledger.row(payment).flags.contains(.expiryAnnounced))
        ledger.now = ledger.now.adding(.days(1))
        #expect(ledger.tick() == [1])
        #expect(ledger.row(payment).phase == .expired)
        #expect(ledger.balance(.merchantPending) == (0, 0))
        #expect(ledger.capture(payment) == .refused(.paymentExpired))
    }

    @Test func `whoever comes before the tick finds what is due done`() {
        var ledger = TestLedger()
        let payment = ledger.authorize(700)
        ledger.now = ledger.now.adding(.days(7))
        #expect(ledger.capture(payment) == .refused(.paymentExpired))
        #expect(ledger.events.suffix(2).map(\.fact.type) == [.holdExpired, .refused])
        #expect(ledger.tick() == [0])
    }

    @Test func `a storm of expiries comes in ticks of 512`() {
        var ledger = TestLedger()
        for _ in 0..<2_500 { _ = ledger.authorize(1) }
        ledger.now = ledger.now.adding(.days(8))
        #expect(ledger.tick() == [512, 512, 512, 512, 452])
    }

    @Test func `entries that say nothing any more leave with the events, also where nobody ticks`() {
        var ledger = TestLedger()
        for _ in 0..<500 { ledger.void(ledger.authorize(1)) }
        #expect(ledger.state.due.count >= 500)
        ledger.now = ledger.now.adding(.days(8))
        for _ in 0..<130 { ledger.perform(.setRoute(SetRoute())) }
        #expect(ledger.state.due.count == 0)
        #expect(ledger.tick() == [0])
    }

    @Test func `what is not payable is refused with its reason`() {
        var ledger = TestLedger()
        var request = RecordAuthorization()
        request.order.currency = Currency.eur.number
        request.acquirer = ledger.acquirer
        let reasons: [(Int64, RefusalCode)] = [
            (0, .amountZero), (-1, .amountNegative), (1_000_000_000_000_001, .amountTooLarge),
            (.min, .amountNegative),
        ]
        let before = ledger.state.digest
        for (amount, reason) in reasons {
            request.order.amount = amount
            #expect(ledger.perform(.recordAuthorization(request)) == .refused(reason))
        }
        request.order.amount = 1
        request.order.currency = 1
        #expect(ledger.perform(.recordAuthorization(request)) == .refused(.currencyUnknown))
        #expect(
            ledger.perform(.recordAuthorization(request), of: MerchantID(raw: 9))
                == .refused(.currencyUnknown))
        request.order.currency = Currency.eur.number
        #expect(
            ledger.perform(.recordAuthorization(request), of: MerchantID(raw: 9))
                == .refused(.merchantUnknown))
        #expect(ledger.state.digest == before)
        // What lies in the state is remembered.
        request.acquirer = AcquirerID(raw: 9)
        #expect(ledger.perform(.recordAuthorization(request)) == .refused(.acquirerUnknown))
        #expect(ledger.events.last?.fact.type == .refused && ledger.state.digest != before)
    }

    @Test func `a frozen merchant takes no new payments but may end old ones`() {
        var ledger = TestLedger()
        let payment = ledger.authorize(5)
        ledger.perform(.freezeMerchant(FreezeMerchant()))
        #expect(ledger.authorize(5).isNone)
        #expect(ledger.void(payment) != .refused(.merchantFrozen))
        #expect(ledger.perform(.freezeMerchant(FreezeMerchant())) == .refused(.merchantFrozen))
        ledger.perform(.unfreezeMerchant(UnfreezeMerchant()))
        #expect(!ledger.authorize(5).isNone)
        ledger.perform(.closeMerchant(CloseMerchant()))
        #expect(ledger.perform(.unfreezeMerchant(UnfreezeMerchant())) == .refused(.merchantClosed))
    }

    @Test func `another merchant's payment is unknown`() {
        var ledger = TestLedger()
        let payment = ledger.authorize(5)
        var open = OpenMerchant()
        open.settings.name = Text("Other") ?? Text()
        ledger.perform(.openMerchant(open), of: MerchantID.none)
        var request = VoidPayment()
        request.payment = payment
        #expect(ledger.perform(.voidPayment(request), of: MerchantID(raw: 2)) == .refused(.paymentUnknown))
    }
}
