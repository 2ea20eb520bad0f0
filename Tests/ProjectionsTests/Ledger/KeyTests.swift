import Ledger
import Projections
import Testing

/// Idempotency: a key moves money once, and its answer stays the same for as long as it is remembered.
@Suite struct KeyTests {
    private static func authorization(
        _ ledger: borrowing TestLedger, _ amount: Int64, key: UInt64, fingerprint: UInt64? = nil
    ) -> Command {
        var request = RecordAuthorization()
        request.order.amount = amount
        request.order.currency = Currency.eur.number
        request.acquirer = ledger.acquirer
        return command(ledger, .recordAuthorization(request), key, fingerprint ?? key)
    }

    private static func command(
        _ ledger: borrowing TestLedger, _ request: Request, _ key: UInt64, _ fingerprint: UInt64
    ) -> Command {
        var command = Command(request)
        command.merchant = ledger.merchant
        command.key = Hash128(low: key, high: 9)
        command.fingerprint = fingerprint
        return command
    }

    @Test func `the same command again is answered and moves nothing`() {
        var ledger = TestLedger()
        let command = Self.authorization(ledger, 500, key: 1)
        guard case .done(let first, _) = ledger.perform(command) else { return #expect(Bool(false)) }
        let digest = ledger.state.digest
        #expect(ledger.perform(command) == .exists(first, .done))
        #expect(ledger.state.digest == digest)
        #expect(
            ledger.perform(Self.authorization(ledger, 501, key: 1, fingerprint: 2)) == .refused(.keyReused))
        #expect(ledger.state.digest == digest)
    }

    @Test func `after a no the same command stays refused, whatever happens`() {
        var ledger = TestLedger()
        ledger.perform(.freezeMerchant(FreezeMerchant()))
        let command = Self.authorization(ledger, 500, key: 1)
        #expect(ledger.perform(command) == .refused(.merchantFrozen))
        ledger.perform(.unfreezeMerchant(UnfreezeMerchant()))
        #expect(ledger.perform(command) == .refused(.merchantFrozen))
        #expect(ledger.state.payments.count == 0)
    }

    @Test func `what moves money needs a key`() {
        var ledger = TestLedger()
        var command = Self.authorization(ledger, 500, key: 1)
        command.key = .none
        #expect(ledger.perform(command) == .refused(.keyRequired))
    }

    @Test func `a key lives to the end of the hour in which it is 72 hours old`() {
        var ledger = TestLedger()
        let command = Self.authorization(ledger, 500, key: 1)
        guard case .done(let first, _) = ledger.perform(command) else { return #expect(Bool(false)) }
        let begin = ledger.now
        let hour = LedgerSpan.hours(1).nanoseconds
        let end = LedgerTime(nanoseconds: (begin.nanoseconds / hour + 73) * hour)
        // An hour passes when an event says so.
        ledger.now = end.subtracting(LedgerSpan(nanoseconds: 2))
        ledger.perform(.setRoute(SetRoute()))
        #expect(ledger.perform(command) == .exists(first, .done))
        ledger.now = end
        ledger.perform(.setRoute(SetRoute()))
        #expect(ledger.perform(command) != .exists(first, .done))
    }

    @Test func `a payment's key is pending until its outcome, however long that takes`() {
        var ledger = TestLedger()
        var request = RequestPayment()
        request.order.amount = 500
        request.order.currency = Currency.eur.number
        request.acquirer = ledger.acquirer
        request.deadline = ledger.now.adding(.seconds(30))
        let command = Self.command(ledger, .requestPayment(request), 1, 1)
        guard case .done(let first, _) = ledger.perform(command) else { return #expect(Bool(false)) }
        #expect(ledger.perform(command) == .exists(first, .pending))
        ledger.now = ledger.now.adding(.days(30))
        #expect(ledger.tick() == [1])
        #expect(ledger.perform(command) == .exists(first, .pending))
        var answer = AnswerAttempt()
        answer.payment = PaymentID(createdBy: first, shard: Shard(number: 0))
        answer.attempt = 1
        answer.answer = .declined
        answer.code = .insufficientFunds
        ledger.perform(.answerAttempt(answer))
        #expect(ledger.perform(command) == .exists(first, .declined(.insufficientFunds)))
    }

    @Test func `a request of several is done whole, or leaves one refusal under its key`() {
        var ledger = TestLedger()
        var good = Self.authorization(ledger, 500, key: 0)
        good.key = .none
        var order = RecordAuthorization()
        order.order.amount = 1
        order.order.currency = Currency.eur.number
        order.acquirer = AcquirerID(raw: 9)
        var bad = Command(.recordAuthorization(order))
        bad.merchant = good.merchant
        let count = ledger.events.count
        #expect(ledger.performAll([good, good, bad], key: 1) == .refused(.acquirerUnknown, index: 2))
        #expect(ledger.events.count == count + 1 && ledger.state.payments.count == 0)
        #expect(ledger.balance(.acquirerReceivable) == (0, 0))
        let refused = SequenceNumber(raw: ledger.state.next.raw - 1)
        #expect(
            ledger.performAll([good, good, bad], key: 1) == .exists(refused, .refused(.acquirerUnknown)))
        guard case .done(let outcomes) = ledger.performAll([good, good], key: 2) else {
            return #expect(Bool(false))
        }
        #expect(outcomes.count == 2 && ledger.state.payments.count == 2)
        #expect(ledger.balance(.acquirerReceivable) == (0, 1_000))
        #expect(ledger.replayed() == ledger.state.digest)
    }

    @Test func `a request's key goes with whatever it writes first`() {
        var ledger = TestLedger()
        let payment = ledger.authorize(100, automatic: true)
        var again = AnswerCapture()
        again.payment = payment
        again.capture = CaptureID(createdBy: ledger.row(payment).latest, shard: Shard(number: 0))
        again.answer = .succeeded
        var known = Command(.answerCapture(again))
        known.merchant = ledger.merchant
        var order = Self.authorization(ledger, 500, key: 0)
        order.key = .none
        guard case .done = ledger.performAll([known, order], key: 7) else { return #expect(Bool(false)) }
        guard case .exists = ledger.performAll([known, order], key: 7) else { return #expect(Bool(false)) }
        #expect(ledger.state.payments.count == 2)
    }

    @Test func `a command in a request has no key of its own`() {
        var ledger = TestLedger()
        let command = Self.authorization(ledger, 500, key: 1)
        #expect(ledger.performAll([command, command], key: 0) == .refused(.malformed, index: 0))
        #expect(ledger.performAll([command], key: 5) == .refused(.malformed, index: 0))
    }

    @Test func `a fact that came too early is heard later`() {
        var ledger = TestLedger()
        let payment = ledger.authorize(100, automatic: true)
        var settle = SettleItem()
        settle.batch = BatchID(
            createdBy: SequenceNumber(raw: ledger.row(payment).latest.raw - 1), shard: Shard(number: 0))
        settle.payment = payment
        settle.capture = CaptureID(createdBy: ledger.row(payment).latest, shard: Shard(number: 0))
        let fact = Self.command(ledger, .settleItem(settle), 3, 3)
        #expect(ledger.perform(fact) == .refused(.batchNotSubmitted))
        var close = CloseBatch()
        close.batch = settle.batch
        ledger.perform(.closeBatch(close))
        var submit = SubmitBatch()
        submit.batch = settle.batch
        ledger.perform(.submitBatch(submit))
        guard case .done = ledger.perform(fact) else { return #expect(Bool(false)) }
        #expect(ledger.balance(.merchantAvailable).posted == -100)
    }

    @Test func `another fact under a used key names what it names, and opens one exception`() {
        var ledger = TestLedger()
        let payment = ledger.authorize(100, automatic: true)
        var dispute = OpenDispute()
        (dispute.payment, dispute.amount, dispute.stage) = (payment, 30, .inquiry)
        dispute.currency = Currency.eur.number
        guard case .done = ledger.perform(Self.command(ledger, .openDispute(dispute), 1, 1)) else {
            return #expect(Bool(false))
        }
        dispute.amount = 40
        let other = Self.command(ledger, .openDispute(dispute), 1, 2)
        guard case .done(let first, 1) = ledger.perform(other) else { return #expect(Bool(false)) }
        #expect(ledger.perform(other) == .exists(first, .done))
        let rows = ledger.state.exceptions.sortedRows
        #expect(rows.map(\.payment) == [payment] && rows.map(\.actual.minorUnits) == [40])
        #expect(rows.map(\.acquirer) == [ledger.acquirer])
        #expect(rows.map(\.currency) == [Currency.eur.number])
        // A third content is another conflict.
        guard case .done = ledger.perform(Self.command(ledger, .openDispute(dispute), 1, 3)) else {
            return #expect(Bool(false))
        }
        #expect(ledger.state.exceptions.count == 2 && ledger.state.disputes.count == 1)
        // It says which event used the key; the first did not have to: it followed that.
        #expect(ledger.events.last?.context.cause == ledger.state.disputes.sortedRows[0].id.createdBy)
        #expect(ledger.replayed() == ledger.state.digest)
    }
}
