import Ledger
import Projections
import Testing

/// What is seen of the state.
@Suite struct QueryTests {
    @Test func `a payment's status follows from what happened to it`() throws {
        var ledger = TestLedger()
        let payment = ledger.authorize(100)
        func status(_ ledger: borrowing TestLedger) -> PaymentStatus? {
            ledger.state.view(of: payment)?.status
        }
        #expect(status(ledger) == .authorized)
        ledger.capture(payment, 40, isFinal: false)
        #expect(status(ledger) == .partiallyCaptured)
        ledger.capture(payment)
        #expect(status(ledger) == .captured)
        let found = ledger.state.view(of: payment)
        let view = try #require(found)
        #expect(view.captured.minorUnits == 100 && view.capturable.isZero && view.expiresAt.isNone)
        #expect(view.refundable.minorUnits == 100)
        #expect(ledger.state.view(of: PaymentID(raw: 9)) == nil)
    }

    @Test func `a merchant's payments come newest first, in pages that miss and repeat nothing`() {
        var ledger = TestLedger()
        let made = (1...25).map { ledger.authorize(Int64($0)) }
        for payment in made.prefix(5) { ledger.void(payment) }
        func all(_ status: PaymentStatus?, limit: Int) -> [PaymentID] {
            var found: [PaymentID] = []
            var cursor = PaymentID.none
            repeat {
                let page = ledger.state.payments(
                    of: ledger.merchant, status: status, from: cursor, limit: limit)
                #expect(page.payments.count <= limit)
                found += page.payments.map(\.id)
                cursor = page.next
            } while !cursor.isNone
            return found
        }
        for limit in [1, 3, 10, 100] {
            #expect(all(nil, limit: limit) == made.reversed())
            #expect(all(.voided, limit: limit) == made.prefix(5).reversed())
        }
        #expect(ledger.state.payments(of: MerchantID(raw: 9), limit: 10).payments.isEmpty)
    }

    @Test func `debits equal credits over all accounts, and what is there covers what is owed`() {
        var ledger = TestLedger()
        _ = ledger.authorize(100, automatic: true)
        _ = ledger.authorize(50)
        let lines = ledger.state.trialBalance
        #expect(lines.map(\.account) == [.acquirerReceivable, .merchantPending])
        #expect(lines.map(\.debitsPosted).reduce(0, +) == lines.map(\.creditsPosted).reduce(0, +))
        #expect(lines.map(\.debitsPending).reduce(0, +) == lines.map(\.creditsPending).reduce(0, +))
        #expect(ledger.state.safeguarding.map(\.assets) == [100])
        #expect(ledger.state.safeguarding.map(\.shortfall) == [0])
    }

    @Test func `what is missing is told with its age, and reported once`() throws {
        var ledger = TestLedger()
        // A bank's line that nobody can match, and money of ours that a merchant is paid with.
        var cash = MatchCash()
        (cash.bankAccount, cash.currency, cash.amount) = (BankAccountID(raw: 1), Currency.eur.number, 900)
        let began = ledger.now
        ledger.perform(.matchCash(cash))
        _ = ledger.authorize(100, automatic: true)
        let covered = try #require(ledger.state.safeguarding.first)
        #expect(covered.suspense == -900 && covered.suspenseSince == began)
        #expect(covered.shortfall == 0 && covered.report == nil && covered.unmatchedSince.isNone)
        ledger.now = ledger.now.adding(.hours(13))
        _ = ledger.tick()
        let waiting = try #require(ledger.state.safeguarding.first)
        #expect(waiting.unmatchedSince > began && waiting.unmatchedSince <= ledger.now)
        var cost = NetCost()
        (cost.acquirer, cost.currency, cost.interchange) = (ledger.acquirer, Currency.eur.number, 1_500)
        ledger.perform(.netCost(cost))
        let short = try #require(ledger.state.safeguarding.first)
        #expect(short.shortfall == 600 && short.shortfallSince.isNone)
        let report = try #require(short.report)
        let reported = ledger.now
        ledger.perform(.openException(report))
        let told = try #require(ledger.state.safeguarding.first)
        #expect(told.shortfallSince == reported && told.report == nil)
    }

    @Test func `what nobody has answered is outstanding, in the order of ids`() {
        var ledger = TestLedger()
        let payment = ledger.authorize(100)
        #expect(ledger.state.outstandingWork == [])
        ledger.void(payment)
        guard case .reversal(_, payment, ledger.acquirer, let amount)? = ledger.state.outstandingWork.first
        else { return #expect(Bool(false)) }
        #expect(amount.minorUnits == 100)
    }
}
