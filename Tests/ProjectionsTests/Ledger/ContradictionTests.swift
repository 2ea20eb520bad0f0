import Ledger
import Projections
import Testing

/// What contradicts what is known opens one exception, however often it is told and under no key.
@Suite struct ContradictionTests {
    /// Tells it three times; how many exceptions of a kind that opens.
    private static func exceptions(
        _ kind: ExceptionKind, telling request: Request, to ledger: inout TestLedger
    ) -> Int {
        let before = ledger.events.count
        for time in 1...3 {
            var command = Command(request)
            command.merchant = ledger.merchant
            let outcome = ledger.perform(command)
            guard time > 1 else { continue }
            guard case .exists = outcome else {
                Issue.record("told \(time) times: \(outcome)")
                return -1
            }
        }
        #expect(ledger.replayed() == ledger.state.digest)
        return ledger.events.dropFirst(before).count { event in
            if case .exceptionOpened(let fact) = event.fact { fact.kind == kind } else { false }
        }
    }

    /// A payment of 100 captured into a batch that has left.
    private static func sent(
        _ ledger: inout TestLedger
    ) throws -> (payment: PaymentID, capture: CaptureID, batch: BatchID) {
        let payment = ledger.authorize(100)
        ledger.capture(payment)
        let batches = ledger.state.batches(of: ledger.merchant, limit: 1).elements
        let batch = try #require(batches.first).id
        let captures = ledger.state.detail(of: payment)?.captures
        let capture = try #require(captures?.first).id
        var close = CloseBatch()
        close.batch = batch
        ledger.perform(.closeBatch(close))
        var submit = SubmitBatch()
        submit.batch = batch
        ledger.perform(.submitBatch(submit))
        return (payment, capture, batch)
    }

    /// Captured at an acquirer that is asked for each.
    private static func asked(_ ledger: inout TestLedger) throws -> (payment: PaymentID, capture: CaptureID) {
        let payment = ledger.authorize(100)
        ledger.capture(payment)
        let captures = ledger.state.detail(of: payment)?.captures
        return (payment, try #require(captures?.first).id)
    }

    private static func onlineLedger() -> TestLedger {
        var ledger = TestLedger()
        var set = SetAcquirer()
        set.settings.name = Text("Acquirer") ?? Text()
        set.settings.mode = .online
        ledger.perform(.setAcquirer(set), of: MerchantID.none)
        return ledger
    }

    @Test func `a capture rejected for good is told settled, and suspense has the money once`() throws {
        var ledger = TestLedger()
        let (payment, capture, batch) = try Self.sent(&ledger)
        var reject = RejectItem()
        (reject.payment, reject.capture, reject.batch) = (payment, capture, batch)
        ledger.perform(.rejectItem(reject))
        var settle = SettleItem()
        (settle.payment, settle.capture, settle.batch) = (payment, capture, batch)
        let before = ledger.balance(.suspense).posted
        #expect(Self.exceptions(.settledExceedsCaptured, telling: .settleItem(settle), to: &ledger) == 1)
        #expect(ledger.balance(.suspense).posted == before - 100)
        // Nor once more when it has been withdrawn.
        var withdraw = WithdrawItem()
        (withdraw.payment, withdraw.capture) = (payment, capture)
        ledger.perform(.withdrawItem(withdraw))
        #expect(Self.exceptions(.settledExceedsCaptured, telling: .settleItem(settle), to: &ledger) == 0)
        #expect(ledger.balance(.suspense).posted == before - 100)
    }

    @Test func `a capture told failed after it was captured opens one exception`() throws {
        var ledger = TestLedger()
        // The capture is the payment's latest event: what the exception is about is told all the same.
        let (payment, capture) = try Self.asked(&ledger)
        var answer = AnswerCapture()
        (answer.payment, answer.capture, answer.answer) = (payment, capture, .failed)
        #expect(Self.exceptions(.captureFailed, telling: .answerCapture(answer), to: &ledger) == 1)
    }

    @Test func `an exception that a person opens takes nothing from a later answer`() throws {
        var ledger = TestLedger()
        let (payment, capture) = try Self.asked(&ledger)
        var open = OpenException()
        (open.payment, open.kind) = (payment, .captureFailed)
        ledger.perform(.openException(open))
        var answer = AnswerCapture()
        (answer.payment, answer.capture, answer.answer) = (payment, capture, .failed)
        #expect(Self.exceptions(.captureFailed, telling: .answerCapture(answer), to: &ledger) == 1)
    }

    @Test func `a capture told succeeded after it failed opens one exception`() throws {
        var ledger = Self.onlineLedger()
        let online = AcquirerID(number: 2, shard: Shard(number: 0))
        let (payment, capture) = try ledger.askedOnline(at: online)
        var answer = AnswerCapture()
        (answer.payment, answer.capture, answer.answer) = (payment, capture, .failed)
        answer.place = ledger.place
        ledger.perform(.answerCapture(answer))
        answer.answer = .succeeded
        #expect(Self.exceptions(.secondOutcome, telling: .answerCapture(answer), to: &ledger) == 1)
    }

    @Test func `a refund told succeeded after it failed opens one exception`() throws {
        var ledger = TestLedger()
        let (payment, _, _) = try Self.sent(&ledger)
        var refund = RefundPayment()
        (refund.payment, refund.amount, refund.place) = (payment, 40, ledger.place)
        ledger.perform(.refundPayment(refund))
        let refunds = ledger.state.detail(of: payment)?.refunds
        let id = try #require(refunds?.first).id
        let batches = ledger.state.batches(of: ledger.merchant, limit: 1).elements
        let batch = try #require(batches.first).id
        var close = CloseBatch()
        close.batch = batch
        ledger.perform(.closeBatch(close))
        var submit = SubmitBatch()
        submit.batch = batch
        ledger.perform(.submitBatch(submit))
        var answer = AnswerRefund()
        (answer.payment, answer.refund) = (payment, id)
        ledger.perform(.answerRefund(answer))
        answer.isSucceeded = true
        #expect(Self.exceptions(.secondOutcome, telling: .answerRefund(answer), to: &ledger) == 1)
    }

    @Test func `a dispute told otherwise after its end opens one exception until it is advanced`() throws {
        var ledger = TestLedger()
        let (payment, _, _) = try Self.sent(&ledger)
        var open = OpenDispute()
        (open.payment, open.amount, open.currency) = (payment, 30, Currency.eur.number)
        open.stage = .chargeback
        ledger.perform(.openDispute(open))
        let disputes = ledger.state.detail(of: payment)?.disputes
        let id = try #require(disputes?.first).id
        var decide = DecideDispute()
        (decide.payment, decide.dispute, decide.outcome) = (payment, id, .won)
        ledger.perform(.decideDispute(decide))
        decide.outcome = .lost
        #expect(Self.exceptions(.secondOutcome, telling: .decideDispute(decide), to: &ledger) == 1)
        var advance = AdvanceDispute()
        (advance.payment, advance.dispute, advance.stage) = (payment, id, .preArbitration)
        ledger.perform(.advanceDispute(advance))
        ledger.perform(.decideDispute(decide))
        decide.outcome = .won
        #expect(Self.exceptions(.secondOutcome, telling: .decideDispute(decide), to: &ledger) == 1)
    }

    @Test(arguments: [true, false])
    func `a file that differs in either half of its hash is another`(isFirst: Bool) throws {
        var ledger = TestLedger()
        let (_, _, batch) = try Self.sent(&ledger)
        var submit = SubmitBatch()
        submit.batch = batch
        #expect(Self.exceptions(.conflictingFact, telling: .submitBatch(submit), to: &ledger) == 0)
        let other = Hash128(low: 0, high: 1)
        if isFirst { submit.file.first = other } else { submit.file.second = other }
        let count = ledger.events.count
        var command = Command(.submitBatch(submit))
        command.merchant = ledger.merchant
        _ = ledger.perform(command)
        #expect(ledger.events.count == count + 1)
        #expect(ledger.events.last?.fact.type == .exceptionOpened)
        #expect(ledger.replayed() == ledger.state.digest)
    }

    @Test func `a payout told what does not follow opens one exception in each of its states`() throws {
        var ledger = TestLedger()
        let (payment, capture, batch) = try Self.sent(&ledger)
        var settle = SettleItem()
        (settle.payment, settle.capture, settle.batch) = (payment, capture, batch)
        ledger.perform(.settleItem(settle))
        var create = CreatePayout()
        (create.amount, create.currency) = (50, Currency.eur.number)
        ledger.perform(.createPayout(create))
        let payouts = ledger.state.payouts(of: ledger.merchant, limit: 1).elements
        let id = try #require(payouts.first).id
        var answer = AnswerPayout()
        answer.payout = id
        answer.bankAccount = BankAccountID(raw: 7)
        answer.answer = .returned
        #expect(Self.exceptions(.secondOutcome, telling: .answerPayout(answer), to: &ledger) == 1)
        answer.answer = .paid
        ledger.perform(.answerPayout(answer))
        answer.answer = .rejected
        #expect(Self.exceptions(.secondOutcome, telling: .answerPayout(answer), to: &ledger) == 1)
    }
}

extension TestLedger {
    /// Authorized and asked for at an online acquirer.
    fileprivate mutating func askedOnline(
        at acquirer: AcquirerID
    ) throws -> (payment: PaymentID, capture: CaptureID) {
        var request = RecordAuthorization()
        request.order.amount = 100
        request.order.currency = Currency.eur.number
        request.acquirer = acquirer
        request.place = place
        let outcome = perform(.recordAuthorization(request))
        guard case .done(let first, _) = outcome else { return (.none, .none) }
        let payment = PaymentID(createdBy: first, shard: Shard(number: 0))
        capture(payment)
        let captures = state.detail(of: payment)?.captures
        return (payment, try #require(captures?.first).id)
    }
}
