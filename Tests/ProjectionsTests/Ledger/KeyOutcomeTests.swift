import Ledger
import Projections
import Testing

/// What a key is answered with while what it was used for is not over, and after.
@Suite struct KeyOutcomeTests {
    private static let shard = Shard(number: 0)

    /// A command under a key of its own, done; and where.
    private static func done(
        _ request: Request, _ key: UInt64, _ ledger: inout TestLedger
    ) -> (command: Command, first: SequenceNumber) {
        var command = Command(request)
        command.merchant = ledger.merchant
        command.key = Hash128(low: key, high: 7)
        command.fingerprint = key
        guard case .done(let first, _) = ledger.perform(command) else {
            Issue.record("\(request.operation) was not done")
            return (command, .none)
        }
        return (command, first)
    }

    /// What becomes of it when it is told again.
    private static func again(_ command: Command, _ ledger: inout TestLedger) -> KeyOutcome? {
        guard case .exists(_, let outcome) = ledger.perform(command) else { return nil }
        return outcome
    }

    private static func send(_ batch: BatchID, _ ledger: inout TestLedger) {
        var close = CloseBatch()
        close.batch = batch
        ledger.perform(.closeBatch(close))
        var submit = SubmitBatch()
        submit.batch = batch
        ledger.perform(.submitBatch(submit))
    }

    @Test(arguments: [true, false]) func `a refund's key is pending until it has arrived, or has not`(
        arrives: Bool
    ) {
        var ledger = TestLedger()
        let payment = ledger.authorize(100, automatic: true)
        var refund = RefundPayment()
        (refund.payment, refund.amount, refund.place) = (payment, 40, ledger.place)
        let (command, first) = Self.done(.refundPayment(refund), 1, &ledger)
        #expect(Self.again(command, &ledger) == .pending)
        Self.send(BatchID(createdBy: SequenceNumber(raw: payment.raw + 1), shard: Self.shard), &ledger)
        // However long it takes: the key does not die under it.
        ledger.now = ledger.now.adding(.days(40))
        _ = ledger.tick()
        #expect(Self.again(command, &ledger) == .pending)
        var answer = AnswerRefund()
        (answer.payment, answer.isSucceeded) = (payment, arrives)
        answer.refund = RefundID(createdBy: first, shard: Self.shard)
        ledger.perform(.answerRefund(answer))
        #expect(Self.again(command, &ledger) == (arrives ? .done : .failed))
        // The span counts from there.
        ledger.now = ledger.now.adding(.hours(71))
        ledger.perform(.setRoute(SetRoute()))
        #expect(Self.again(command, &ledger) == (arrives ? .done : .failed))
        // The first outcome stays, even if a refund fails after it succeeded.
        answer.isSucceeded = false
        ledger.perform(.answerRefund(answer))
        #expect(Self.again(command, &ledger) == (arrives ? .done : .failed))
        #expect(ledger.replayed() == ledger.state.digest)
    }

    @Test func `keys of refunds are final when their batch is reconciled, two with each event`() {
        var ledger = TestLedger()
        let payment = ledger.authorize(100, automatic: true)
        let commands = (1...70).map { key in
            var refund = RefundPayment()
            (refund.payment, refund.amount, refund.place) = (payment, 1, ledger.place)
            return Self.done(.refundPayment(refund), UInt64(key), &ledger).0
        }
        let batch = BatchID(createdBy: SequenceNumber(raw: payment.raw + 1), shard: Self.shard)
        Self.send(batch, &ledger)
        var reconcile = ReconcileBatch()
        reconcile.batch = batch
        ledger.perform(.reconcileBatch(reconcile))
        #expect(commands.allSatisfy { Self.again($0, &ledger) == .pending })
        reconcile.isComplete = true
        ledger.perform(.reconcileBatch(reconcile))
        #expect(commands.map { Self.again($0, &ledger) == .done } == (1...70).map { $0 > 68 })
        for _ in 0..<34 { ledger.perform(.setRoute(SetRoute())) }
        #expect(commands.allSatisfy { Self.again($0, &ledger) == .done })
        // And are forgotten in time.
        ledger.now = ledger.now.adding(.hours(74))
        ledger.perform(.setRoute(SetRoute()))
        #expect(ledger.state.keyCount < 70)
        #expect(ledger.replayed() == ledger.state.digest)
    }

    @Test func `of a capture taken out of its batch and a refund, the refund has the key`() {
        var ledger = TestLedger()
        let payment = ledger.authorize(100)
        ledger.capture(payment, 30, isFinal: false)
        ledger.capture(payment, 70)
        var refund = RefundPayment()
        (refund.payment, refund.amount, refund.place) = (payment, 50, ledger.place)
        let (command, first) = Self.done(.refundPayment(refund), 1, &ledger)
        let types = ledger.events.filter { $0.sequence >= first }.map(\.fact.type)
        #expect(types == [.captureVoided, .refundRequested])
        #expect(Self.again(command, &ledger) == .pending)
    }

    @Test func `what is given back in an open batch is given back at once`() {
        var ledger = TestLedger()
        let payment = ledger.authorize(100, automatic: true)
        var reverse = ReversePayment()
        (reverse.payment, reverse.place) = (payment, ledger.place)
        let (command, _) = Self.done(.reversePayment(reverse), 1, &ledger)
        #expect(Self.again(command, &ledger) == .done)
    }

    @Test(arguments: [PayoutAnswer.paid, .rejected]) func `a payout's key is pending until a bank says`(
        said: PayoutAnswer
    ) {
        var ledger = TestLedger()
        let payment = ledger.authorize(100, automatic: true)
        let batch = BatchID(createdBy: SequenceNumber(raw: payment.raw + 1), shard: Self.shard)
        Self.send(batch, &ledger)
        var settle = SettleItem()
        (settle.batch, settle.payment) = (batch, payment)
        settle.capture = CaptureID(createdBy: SequenceNumber(raw: payment.raw + 2), shard: Self.shard)
        ledger.perform(.settleItem(settle))
        var payout = CreatePayout()
        (payout.currency, payout.amount) = (Currency.eur.number, 60)
        let (command, first) = Self.done(.createPayout(payout), 1, &ledger)
        #expect(Self.again(command, &ledger) == .pending)
        var answer = AnswerPayout()
        answer.payout = PayoutID(createdBy: first, shard: Self.shard)
        (answer.answer, answer.bankAccount) = (said, BankAccountID(raw: 1))
        ledger.perform(.answerPayout(answer))
        #expect(Self.again(command, &ledger) == (said == .paid ? .done : .failed))
        answer.answer = .returned
        ledger.perform(.answerPayout(answer))
        #expect(Self.again(command, &ledger) == (said == .paid ? .done : .failed))
    }

    @Test(arguments: [GatewayAnswer.approved, .declined, .failed])
    func `a void asked for in flight is pending until the gateway has answered`(said: GatewayAnswer) {
        var ledger = TestLedger()
        var request = RequestPayment()
        (request.order.amount, request.order.currency) = (500, Currency.eur.number)
        (request.acquirer, request.deadline) = (ledger.acquirer, ledger.now.adding(.seconds(30)))
        let (asked, first) = Self.done(.requestPayment(request), 1, &ledger)
        let payment = PaymentID(createdBy: first, shard: Self.shard)
        var void = VoidPayment()
        void.payment = payment
        let (command, _) = Self.done(.voidPayment(void), 2, &ledger)
        ledger.now = ledger.now.adding(.days(10))
        _ = ledger.tick()
        #expect(Self.again(command, &ledger) == .pending && Self.again(asked, &ledger) == .pending)
        var answer = AnswerAttempt()
        (answer.payment, answer.attempt, answer.answer) = (payment, 1, said)
        answer.code = .insufficientFunds
        ledger.perform(.answerAttempt(answer))
        let isDeclined = said == .declined
        #expect(Self.again(command, &ledger) == (isDeclined ? .declined(.insufficientFunds) : .done))
        #expect(Self.again(asked, &ledger) == (isDeclined ? .declined(.insufficientFunds) : .done))
        #expect(ledger.replayed() == ledger.state.digest)
    }

    @Test(arguments: [true, false]) func `a debit's key is pending until the bank can take nothing back`(
        returned: Bool
    ) {
        var ledger = TestLedger()
        var debit = SubmitDebit()
        (debit.order.amount, debit.order.currency, debit.order.method) = (100, Currency.eur.number, .ach)
        (debit.acquirer, debit.place) = (ledger.acquirer, ledger.place)
        debit.returnableUntil = ledger.now.adding(.days(60))
        let (command, first) = Self.done(.submitDebit(debit), 1, &ledger)
        let batch = BatchID(createdBy: first, shard: Self.shard)
        Self.send(batch, &ledger)
        var settle = SettleItem()
        settle.batch = batch
        settle.payment = PaymentID(createdBy: first.advanced(by: 1), shard: Self.shard)
        settle.capture = CaptureID(createdBy: first.advanced(by: 1), shard: Self.shard)
        ledger.perform(.settleItem(settle))
        #expect(Self.again(command, &ledger) == .pending)
        if returned {
            var back = ReturnDebit()
            back.payment = settle.payment
            ledger.perform(.returnDebit(back))
        } else {
            ledger.now = ledger.now.adding(.days(61))
            _ = ledger.tick()
        }
        #expect(Self.again(command, &ledger) == (returned ? .failed : .done))
        #expect(ledger.replayed() == ledger.state.digest)
    }
}
