import Ledger
import Projections
import Testing

/// Approvals that nobody waits for any more.
@Suite struct LateApprovalTests {
    private static let shard = Shard(number: 0)

    private static func answer(
        _ payment: PaymentID, _ said: GatewayAnswer, reference: String
    ) -> Request {
        var answer = AnswerAttempt()
        (answer.payment, answer.attempt, answer.answer) = (payment, 1, said)
        answer.amount = 500
        answer.gateway.reference = Text(reference) ?? Text()
        return .answerAttempt(answer)
    }

    private static func declined(_ ledger: inout TestLedger) -> PaymentID {
        var request = RequestPayment()
        (request.order.amount, request.order.currency) = (500, Currency.eur.number)
        (request.acquirer, request.deadline) = (ledger.acquirer, ledger.now.adding(.seconds(30)))
        guard case .done(let first, _) = ledger.perform(.requestPayment(request)) else { return .none }
        let payment = PaymentID(createdBy: first, shard: shard)
        ledger.perform(answer(payment, .declined, reference: ""))
        return payment
    }

    @Test func `a late approval told three times is reversed once`() {
        var ledger = TestLedger()
        let payment = Self.declined(&ledger)
        guard case .done = ledger.perform(Self.answer(payment, .approved, reference: "A")) else {
            return #expect(Bool(false))
        }
        let told = ledger.perform(Self.answer(payment, .approved, reference: "A"))
        #expect(told == .exists(ledger.row(payment).latest, .done))
        #expect(ledger.state.reversals.count == 1 && ledger.state.exceptions.count == 1)

        // Nor is it again once the acquirer has answered.
        var confirm = AnswerReversal()
        (confirm.payment, confirm.isConfirmed) = (payment, true)
        confirm.reversal = ReversalID(createdBy: ledger.row(payment).latest, shard: Self.shard)
        ledger.perform(.answerReversal(confirm))
        ledger.perform(Self.answer(payment, .approved, reference: "A"))
        #expect(ledger.state.reversals.count == 0 && ledger.state.exceptions.count == 1)

        // Another approval is another one.
        ledger.perform(Self.answer(payment, .approved, reference: "B"))
        #expect(ledger.state.reversals.count == 1 && ledger.state.exceptions.count == 2)
        #expect(ledger.replayed() == ledger.state.digest)
    }

    @Test func `what comes of an earlier attempt is said of its own acquirer`() {
        var ledger = TestLedger()
        var set = SetAcquirer()
        set.settings.name = Text("Second") ?? Text()
        ledger.perform(.setAcquirer(set), of: MerchantID.none)
        let other = AcquirerID(number: 2, shard: Self.shard)
        var request = RequestPayment()
        (request.order.amount, request.order.currency) = (500, Currency.eur.number)
        (request.acquirer, request.deadline) = (other, ledger.now.adding(.seconds(30)))
        guard case .done(let first, _) = ledger.perform(.requestPayment(request)) else {
            return #expect(Bool(false))
        }
        let payment = PaymentID(createdBy: first, shard: Self.shard)
        ledger.perform(Self.answer(payment, .failed, reference: ""))
        var start = StartAttempt()
        (start.payment, start.acquirer) = (payment, ledger.acquirer)
        start.deadline = ledger.now.adding(.seconds(30))
        ledger.perform(.startAttempt(start))
        guard case .answerAttempt(var late) = Self.answer(payment, .approved, reference: "A") else { return }
        late.acquirer = other
        ledger.perform(.answerAttempt(late))
        #expect(ledger.state.exceptions.sortedRows.map(\.acquirer) == [other])
        #expect(ledger.state.reversals.sortedRows.map(\.acquirer) == [other])
    }

    @Test func `the same words of another payment are another approval`() {
        var ledger = TestLedger()
        let payments = [Self.declined(&ledger), Self.declined(&ledger)]
        for payment in payments { ledger.perform(Self.answer(payment, .approved, reference: "A")) }
        #expect(ledger.state.reversals.count == 2)
    }

    /// An acquirer that goes by our reference: the first call was lost, the second found what it had done.
    @Test func `an earlier attempt told of the one approval of its acquirer reverses nothing`() {
        var ledger = TestLedger()
        var request = RequestPayment()
        (request.order.amount, request.order.currency) = (500, Currency.eur.number)
        (request.acquirer, request.deadline) = (ledger.acquirer, ledger.now.adding(.seconds(30)))
        guard case .done(let first, _) = ledger.perform(.requestPayment(request)) else {
            return #expect(Bool(false))
        }
        let payment = PaymentID(createdBy: first, shard: Self.shard)
        ledger.perform(Self.answer(payment, .failed, reference: ""))
        var again = StartAttempt()
        (again.payment, again.acquirer) = (payment, ledger.acquirer)
        again.deadline = ledger.now.adding(.seconds(30))
        ledger.perform(.startAttempt(again))
        var second = AnswerAttempt()
        (second.payment, second.attempt, second.answer) = (payment, 2, .approved)
        second.gateway.reference = Text("A") ?? Text()
        ledger.perform(.answerAttempt(second))
        let told = ledger.perform(Self.answer(payment, .approved, reference: "A"))
        #expect(told == .exists(ledger.row(payment).latest, .done))
        #expect(ledger.state.reversals.count == 0 && ledger.state.exceptions.count == 0)
        // A different approval is one too many, whoever tells.
        ledger.perform(Self.answer(payment, .approved, reference: "B"))
        #expect(ledger.state.reversals.count == 1 && ledger.state.exceptions.count == 1)
    }
}
