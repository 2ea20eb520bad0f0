import Ledger
import LedgerModel
import LedgerSpaces
import Projections
import Testing

/// Limits that drawn commands do not reach, and rules that one unlucky order of events is needed for.
struct LimitTests {
    private func held(_ world: PathWorld, _ amount: Int64) -> ModelPayment {
        var record = RecordAuthorization()
        (record.order.amount, record.order.currency, record.acquirer) = (amount, 978, world.acquirer)
        world.done(.recordAuthorization(record))
        return world.latest
    }

    @Test func `A payment has ten increments at most`() {
        let world = PathWorld()
        var body = IncrementAuthorization()
        (body.payment, body.amount) = (held(world, 100).id, 10)
        for _ in 1...10 { world.done(.incrementAuthorization(body)) }
        #expect(world.perform(.incrementAuthorization(body)) == .refused(.tooManyIncrements))
        #expect(world.latest.held == 200)
    }

    @Test func `A payment has three attempts at most`() {
        let world = PathWorld()
        let deadline = LedgerTime(nanoseconds: 1_790_000_000_000_000_000)
        var request = RequestPayment()
        (request.order.amount, request.order.currency) = (100, 978)
        (request.acquirer, request.deadline) = (world.acquirer, deadline)
        world.done(.requestPayment(request))
        var start = StartAttempt()
        (start.payment, start.acquirer, start.deadline) = (world.latest.id, world.acquirer, deadline)
        for number: UInt8 in 1...3 {
            if number > 1 { world.done(.startAttempt(start)) }
            var answer = AnswerAttempt()
            (answer.payment, answer.attempt, answer.answer) = (world.latest.id, number, .failed)
            world.done(.answerAttempt(answer))
        }
        #expect(world.perform(.startAttempt(start)) == .refused(.tooManyAttempts))
    }

    @Test func `An attempt is claimed by one worker`() {
        let world = PathWorld()
        let deadline = LedgerTime(nanoseconds: 1_790_000_000_000_000_000)
        var request = RequestPayment()
        (request.order.amount, request.order.currency) = (100, 978)
        (request.acquirer, request.deadline) = (world.acquirer, deadline)
        world.done(.requestPayment(request))
        var claim = ClaimAttempt()
        (claim.payment, claim.attempt, claim.worker, claim.deadline) = (world.latest.id, 1, 1, deadline)
        world.done(.claimAttempt(claim))
        #expect(world.perform(.claimAttempt(claim)) == .exists(world.latest.latest))
        claim.worker = 2
        #expect(world.perform(.claimAttempt(claim)) == .refused(.attemptClaimed))
    }

    @Test func `A payment has fifty captures at most`() {
        let world = PathWorld()
        var body = CapturePayment()
        (body.payment, body.amount, body.isFinal) = (held(world, 100).id, 1, false)
        body.place = world.place()
        for _ in 1...50 { world.done(.capturePayment(body)) }
        #expect(world.perform(.capturePayment(body)) == .refused(.tooManyCaptures))
    }

    @Test func `A payment has two hundred refunds at most`() {
        let world = PathWorld()
        _ = world.captured(1_000)
        world.sendBatch()
        for _ in 1...200 { world.refund(1) }
        var body = RefundPayment()
        (body.payment, body.amount) = (world.latest.id, 1)
        #expect(world.perform(.refundPayment(body)) == .refused(.tooManyRefunds))
        #expect(world.latest.refundable == 800)
    }

    @Test func `More payments than there is room for meet busy, which is not remembered`() {
        let world = PathWorld()
        _ = held(world, 100)
        var settings = ChangeSettings()
        settings.settings.livePaymentsMax = 1
        world.done(.changeSettings(settings), of: MerchantID.none)
        var record = RecordAuthorization()
        (record.order.amount, record.order.currency, record.acquirer) = (100, 978, world.acquirer)
        let before = world.model.events.count
        #expect(world.perform(.recordAuthorization(record)) == .refused(.busy))
        #expect(world.model.events.count == before)
    }

    /// Its money went to the purse when it was settled: a void of its 2010 would take what is not there.
    @Test func `An item settled, rejected and presented again is not voided but refunded`() {
        let world = PathWorld()
        let payment = world.captured(10_000)
        world.sendBatch()
        world.settle()
        var rejection = RejectItem()
        (rejection.batch, rejection.payment) = (payment.captures[0].batch, payment.id)
        (rejection.capture, rejection.isPresentedAgain) = (payment.captures[0].id, true)
        rejection.place = world.place()
        world.done(.rejectItem(rejection))
        var void = VoidCapture()
        (void.payment, void.capture) = (payment.id, payment.captures[0].id)
        #expect(world.perform(.voidCapture(void)) == .refused(.captureSettled))
        world.refund(10_000)
        #expect(world.balances == [1100: 10_000, 1200: 320, 2060: -10_000, 4010: -320])
        world.sendBatch()
        world.settle()
        #expect(world.balances == [1200: 320, 4010: -320])
    }

    /// The dispute keeps back the merchant's money for it: without the capture it would be lost twice.
    @Test func `A capture that is disputed is not voided`() {
        let world = PathWorld()
        let payment = world.captured(10_000)
        world.dispute(4_000)
        var void = VoidCapture()
        (void.payment, void.capture) = (payment.id, payment.captures[0].id)
        #expect(world.perform(.voidCapture(void)) == .refused(.disputeOpen))
    }

    @Test func `A correction of what rows stand behind is malformed`() {
        let world = PathWorld()
        _ = world.captured(10_000)
        guard let event = world.model.events.last else { return }
        var body = PostCorrection()
        (body.corrects, body.approver) = (event.sequence, ActorID(raw: 2))
        body.reason = Text("wrong") ?? Text()
        for leg in event.legs { body.legs.add(leg.account, leg.amount, leg.layer) }
        #expect(world.perform(.postCorrection(body)) == .refused(.malformed))
    }

    @Test func `A refused request leaves its refusal and nothing else`() {
        let world = PathWorld()
        var record = RecordAuthorization()
        (record.order.amount, record.order.currency, record.acquirer) = (100, 978, world.acquirer)
        var first = Command(.recordAuthorization(record))
        first.merchant = world.merchant
        record.acquirer = AcquirerID(number: 9, shard: LedgerPair.shard)
        var second = Command(.recordAuthorization(record))
        second.merchant = world.merchant
        let (payments, events) = (world.model.payments.count, world.model.events.count)
        let key = Hash128(low: 7, high: 7)
        #expect(world.performAll([first, second], key: key) == .refused(.acquirerUnknown, index: 1))
        let again = world.performAll([first, second], key: key)
        let refusal = SequenceNumber(raw: world.model.nextSequence.raw - 1)
        #expect(again == .exists(refusal, .refused(.acquirerUnknown)))
        #expect(world.model.payments.count == payments)
        #expect(world.model.events.count == events + 1)
        #expect(world.model.events.last?.type == .refused)
    }
}
