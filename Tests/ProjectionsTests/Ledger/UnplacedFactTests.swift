import Ledger
import Projections
import Testing

/// What somebody outside says is not refused for what the ledger does not know: it opens one exception, and
/// suspense has the money.
@Suite struct UnplacedFactTests {
    private static let eur = Currency.eur.number

    /// Tells it twice, under a key of its own each time if it needs one; the exceptions that opened.
    private static func exceptions(
        telling request: Request, to ledger: inout TestLedger
    ) -> [ExceptionOpened] {
        let before = ledger.events.count
        for time in 1...2 {
            if case .refused(let code) = ledger.perform(request) {
                Issue.record("\(request.operation) told \(time) times: \(code)")
            }
        }
        #expect(ledger.replayed() == ledger.state.digest)
        return ledger.events.dropFirst(before).compactMap { event in
            if case .exceptionOpened(let fact) = event.fact { fact } else { nil }
        }
    }

    /// A payment of 100 captured into a batch that has left, unless told otherwise.
    private static func sent(
        _ ledger: inout TestLedger, _ amount: Int64 = 100
    ) throws -> (payment: PaymentID, capture: CaptureID, batch: BatchID) {
        let payment = ledger.authorize(amount)
        ledger.capture(payment)
        let capture = try #require(ledger.state.detail(of: payment)?.captures.first).id
        return (payment, capture, try send(&ledger))
    }

    /// The newest batch closes and leaves.
    private static func send(_ ledger: inout TestLedger) throws -> BatchID {
        let batch = try #require(ledger.state.batches(of: ledger.merchant, limit: 1).elements.first).id
        var close = CloseBatch()
        close.batch = batch
        ledger.perform(.closeBatch(close))
        var submit = SubmitBatch()
        submit.batch = batch
        ledger.perform(.submitBatch(submit))
        return batch
    }

    private static let nowhere = SequenceNumber(raw: 1_000_000)
    private static let shard = Shard(number: 0)

    @Test func `an item that was presented again is settled in its first batch`() throws {
        var ledger = TestLedger()
        let (payment, capture, first) = try Self.sent(&ledger)
        var reject = RejectItem()
        (reject.payment, reject.capture, reject.batch) = (payment, capture, first)
        (reject.isPresentedAgain, reject.place) = (true, ledger.place)
        ledger.perform(.rejectItem(reject))
        var settle = SettleItem()
        (settle.payment, settle.capture, settle.batch) = (payment, capture, first)
        let found = Self.exceptions(telling: .settleItem(settle), to: &ledger)
        #expect(found.map(\.kind) == [.settledExceedsCaptured])
        #expect(found.first?.batch == first)
        #expect(ledger.balance(.suspense).posted == -100)
        // That it was rejected there, or accepted before, is known.
        #expect(Self.exceptions(telling: .rejectItem(reject), to: &ledger).isEmpty)
        var accept = AcceptItem()
        (accept.payment, accept.capture, accept.batch) = (payment, capture, first)
        #expect(Self.exceptions(telling: .acceptItem(accept), to: &ledger).isEmpty)
        // It goes on in its second batch.
        settle.batch = try Self.send(&ledger)
        #expect(Self.exceptions(telling: .settleItem(settle), to: &ledger).isEmpty)
        #expect(ledger.balance(.merchantAvailable).posted == -100)
    }

    @Test func `an item that nobody knows is settled, and suspense has its money once`() throws {
        var ledger = TestLedger()
        let (_, _, batch) = try Self.sent(&ledger)
        var settle = SettleItem()
        settle.batch = batch
        settle.payment = PaymentID(createdBy: Self.nowhere, shard: Self.shard)
        (settle.capture, settle.amount) = (CaptureID(createdBy: Self.nowhere, shard: Self.shard), 70)
        settle.reference = Text("row 17") ?? Text()
        let found = Self.exceptions(telling: .settleItem(settle), to: &ledger)
        #expect(found.map(\.kind) == [.unknownReference])
        #expect(found.first?.reference.description == "row 17")
        #expect(found.first?.batch == batch)
        #expect(ledger.balance(.suspense).posted == -70)
        #expect(ledger.balance(.inTransit).posted == 170)
    }

    @Test func `cash that nobody can match goes back to its bank account when it is resolved`() throws {
        var ledger = TestLedger()
        var cash = MatchCash()
        (cash.bankAccount, cash.currency, cash.amount) = (BankAccountID(raw: 5), Self.eur, 900)
        let account = AccountID(.cash, .eur, of: cash.bankAccount)
        // The bank tells it under a key: the two are two lines.
        let found = Self.exceptions(telling: .matchCash(cash), to: &ledger)
        #expect(found.map(\.suspense) == [-900, -900])
        #expect(ledger.state.account(account).posted == 1_800)
        let open = ledger.state.openExceptions(limit: 10).elements
        #expect(open.count == 2)
        var resolve = ResolveException()
        resolve.exception = try #require(open.first).id
        (resolve.resolution, resolve.reason) = (.rematch, Text("acquirer 1") ?? Text())
        var propose = Command(.resolveException(resolve))
        (propose.merchant, propose.actor) = (ledger.merchant, ActorID(raw: 1))
        _ = ledger.perform(propose)
        var approve = ApproveResolution()
        approve.exception = resolve.exception
        var agree = Command(.approveResolution(approve))
        (agree.merchant, agree.actor) = (ledger.merchant, ActorID(raw: 2))
        _ = ledger.perform(agree)
        #expect(ledger.state.account(account).posted == 900)
        #expect(ledger.balance(.suspense).posted == -900)
    }

    @Test func `money of a dispute that nobody knows is on suspense`() throws {
        var ledger = TestLedger()
        let (payment, _, _) = try Self.sent(&ledger)
        var pull = PullDisputeFunds()
        pull.payment = payment
        (pull.dispute, pull.amount) = (DisputeID(createdBy: Self.nowhere, shard: Self.shard), 40)
        ledger.perform(.pullDisputeFunds(pull))
        #expect(ledger.balance(.suspense).posted == 40)
        #expect(ledger.balance(.inTransit).posted == 60)
        var give = ReturnDisputeFunds()
        (give.payment, give.dispute, give.amount) = (payment, pull.dispute, 40)
        ledger.perform(.returnDisputeFunds(give))
        #expect(ledger.balance(.suspense).posted == 0)
    }

    @Test func `a debit returned that is a card payment leaves the merchant's money alone`() throws {
        var ledger = TestLedger()
        let (payment, _, _) = try Self.sent(&ledger)
        var back = ReturnDebit()
        (back.payment, back.amount) = (payment, 100)
        ledger.perform(.returnDebit(back))
        #expect(ledger.balance(.suspense).posted == 100)
        #expect(ledger.balance(.merchantPending).posted == -100)
    }

    @Test func `facts about nothing at all open an exception without money, each once`() throws {
        var ledger = TestLedger()
        let payment = PaymentID(createdBy: Self.nowhere, shard: Self.shard)
        var answer = AnswerAttempt()
        (answer.payment, answer.attempt, answer.answer, answer.amount) = (payment, 1, .approved, 50)
        var capture = AnswerCapture()
        (capture.payment, capture.answer) = (payment, .succeeded)
        var refund = AnswerRefund()
        (refund.payment, refund.isSucceeded) = (payment, true)
        var acknowledge = AcknowledgeBatch()
        acknowledge.batch = BatchID(createdBy: Self.nowhere, shard: Self.shard)
        var payout = AnswerPayout()
        (payout.payout, payout.answer) = (PayoutID(createdBy: Self.nowhere, shard: Self.shard), .rejected)
        var lose = LoseAttempt()
        (lose.payment, lose.attempt) = (payment, 1)
        for request: Request in [
            .answerAttempt(answer), .answerCapture(capture), .answerRefund(refund),
            .acknowledgeBatch(acknowledge), .answerPayout(payout), .loseAttempt(lose),
        ] {
            let found = Self.exceptions(telling: request, to: &ledger)
            #expect(found.map(\.kind) == [.unknownReference], "\(request.operation)")
            #expect(found.map(\.suspense) == [0])
        }
    }

    @Test func `a second settlement with another amount is an exception, and suspense has the rest`() throws {
        var ledger = TestLedger()
        let (payment, capture, batch) = try Self.sent(&ledger)
        var settle = SettleItem()
        (settle.payment, settle.capture, settle.batch) = (payment, capture, batch)
        #expect(Self.exceptions(telling: .settleItem(settle), to: &ledger).isEmpty)
        settle.amount = 90
        #expect(Self.exceptions(telling: .settleItem(settle), to: &ledger).map(\.kind) == [.amountUnder])
        #expect(ledger.balance(.suspense).posted == 10)
        settle.amount = 100
        #expect(Self.exceptions(telling: .settleItem(settle), to: &ledger).isEmpty)
    }

    @Test func `an approved attempt told not approved opens one exception, whoever tells it`() throws {
        var ledger = TestLedger()
        var request = RequestPayment()
        (request.order.amount, request.order.currency) = (100, Self.eur)
        (request.acquirer, request.deadline) = (ledger.acquirer, ledger.now.adding(.hours(1)))
        let payment = PaymentID(createdBy: ledger.state.next, shard: Self.shard)
        ledger.perform(.requestPayment(request))
        var answer = AnswerAttempt()
        (answer.payment, answer.attempt, answer.answer) = (payment, 1, .approved)
        ledger.perform(.answerAttempt(answer))
        answer.answer = .declined
        #expect(Self.exceptions(telling: .answerAttempt(answer), to: &ledger).map(\.kind) == [.secondOutcome])
        answer.answer = .failed
        #expect(Self.exceptions(telling: .answerAttempt(answer), to: &ledger).isEmpty)
        var inquiry = AnswerInquiry()
        (inquiry.payment, inquiry.attempt) = (payment, 1)
        #expect(Self.exceptions(telling: .answerInquiry(inquiry), to: &ledger).isEmpty)
    }

    @Test func `other bytes of a file that has left are told once`() throws {
        var ledger = TestLedger()
        let (_, _, batch) = try Self.sent(&ledger)
        var submit = SubmitBatch()
        submit.batch = batch
        submit.file.first = Hash128(low: 1, high: 0)
        #expect(Self.exceptions(telling: .submitBatch(submit), to: &ledger).map(\.kind) == [.conflictingFact])
        var fail = FailBatch()
        fail.batch = batch
        ledger.perform(.failBatch(fail))
        var reconcile = ReconcileBatch()
        reconcile.batch = batch
        let found = Self.exceptions(telling: .reconcileBatch(reconcile), to: &ledger)
        #expect(found.map(\.kind) == [.conflictingFact])
    }

    @Test func `told rightly under the same key, a fact that found nothing is heard`() throws {
        var ledger = TestLedger()
        let (payment, _, _) = try Self.sent(&ledger)
        var open = OpenDispute()
        (open.payment, open.amount, open.currency) = (payment, 40, Self.eur)
        ledger.perform(.openDispute(open))
        let dispute = try #require(ledger.state.detail(of: payment)?.disputes.first).id
        func pull(_ dispute: DisputeID, fingerprint: UInt64) -> Command {
            var body = PullDisputeFunds()
            (body.payment, body.dispute, body.amount) = (payment, dispute, 40)
            var command = Command(.pullDisputeFunds(body))
            command.merchant = MerchantID(number: 1, shard: Self.shard)
            (command.key, command.fingerprint) = (Hash128(low: 7, high: 7), fingerprint)
            return command
        }
        let nothing = DisputeID(createdBy: Self.nowhere, shard: Self.shard)
        _ = ledger.perform(pull(nothing, fingerprint: 1))
        #expect(ledger.events.last?.context.key == Hash128.none)
        #expect(ledger.balance(.suspense).posted == 40)
        // The file is mended, the row keeps its key.
        _ = ledger.perform(pull(dispute, fingerprint: 2))
        #expect(ledger.events.last?.fact.type == .disputeFundsPulled)
        #expect(ledger.events.last?.context.key == Hash128(low: 7, high: 7))
        #expect(ledger.balance(.suspense).posted == 40)
        // And the wrong one told once more is known, though its key is another's by now.
        let count = ledger.events.count
        guard case .exists = ledger.perform(pull(nothing, fingerprint: 1)) else {
            Issue.record("not known")
            return
        }
        #expect(ledger.events.count == count)
        #expect(ledger.replayed() == ledger.state.digest)
    }

    @Test func `what is told of nothing is remembered by a hash that only the secret tells`() throws {
        func told(secret: Hash128) throws -> Hash128 {
            var ledger = TestLedger(secret: secret)
            var cash = MatchCash()
            (cash.bankAccount, cash.currency, cash.amount) = (BankAccountID(raw: 5), Self.eur, 900)
            cash.acquirer = AcquirerID(raw: 77)
            ledger.perform(.matchCash(cash))
            guard case .exceptionOpened(let fact)? = ledger.events.last?.fact else { return .none }
            return fact.told
        }
        let plain = try told(secret: .none)
        // The first half of SHA-256 of seven words: the secret, a name for the use, 1, key and fingerprint.
        #expect(plain == Hash128(low: 0x649A_678D_F86A_04B2, high: 0xEFD7_BBAB_C768_6219))
        #expect(try told(secret: Hash128(low: 1, high: 0)) != plain)
        #expect(try told(secret: .none) == plain)
    }

    @Test func `an exception of the ledger's own is resolved in nobody's name`() throws {
        var ledger = TestLedger()
        var tell = OpenException()
        tell.kind = .unknownReference
        var command = Command(.openException(tell))
        (command.key, command.fingerprint) = (Hash128(low: 9, high: 9), 1)
        _ = ledger.perform(command)
        let exception = try #require(ledger.state.openExceptions(limit: 1).elements.first)
        #expect(exception.merchant.isNone)
        var resolve = ResolveException()
        (resolve.exception, resolve.resolution) = (exception.id, .ignore)
        resolve.reason = Text("ours") ?? Text()
        #expect(ledger.perform(.resolveException(resolve)) == .refused(.exceptionUnknown))
        command = Command(.resolveException(resolve))
        command.actor = ActorID(raw: 1)
        _ = ledger.perform(command)
        var approve = ApproveResolution()
        approve.exception = exception.id
        #expect(ledger.perform(.approveResolution(approve)) == .refused(.exceptionUnknown))
        command = Command(.approveResolution(approve))
        command.actor = ActorID(raw: 2)
        _ = ledger.perform(command)
        #expect(ledger.events.last?.fact.type == .exceptionResolved)
    }

    @Test func `cash that came too early for its acquirer is not posted again once that is there`() throws {
        var ledger = TestLedger()
        var cash = MatchCash()
        (cash.bankAccount, cash.currency, cash.amount) = (BankAccountID(raw: 5), Self.eur, 900)
        cash.acquirer = AcquirerID(number: 2, shard: Self.shard)
        var command = Command(.matchCash(cash))
        (command.key, command.fingerprint) = (Hash128(low: 3, high: 3), 1)
        _ = ledger.perform(command)
        let exception = try #require(ledger.events.last).sequence
        var set = SetAcquirer()
        set.settings.name = Text("Late") ?? Text()
        ledger.perform(.setAcquirer(set), of: MerchantID.none)
        #expect(ledger.perform(command) == .exists(exception, .done))
        #expect(ledger.state.account(AccountID(.cash, .eur, of: cash.bankAccount)).posted == 900)
    }

    @Test func `a cost that came too early for its acquirer is netted once that is there`() {
        var ledger = TestLedger()
        var cost = NetCost()
        (cost.acquirer, cost.currency) = (AcquirerID(number: 2, shard: Self.shard), Self.eur)
        cost.interchange = 7
        var command = Command(.netCost(cost))
        (command.key, command.fingerprint) = (Hash128(low: 3, high: 3), 1)
        _ = ledger.perform(command)
        #expect(ledger.events.last?.fact.type == .exceptionOpened)
        var set = SetAcquirer()
        set.settings.name = Text("Late") ?? Text()
        ledger.perform(.setAcquirer(set), of: MerchantID.none)
        _ = ledger.perform(command)
        #expect(ledger.events.last?.fact.type == .costNetted)
    }

    @Test func `a conflict is known when the key that it is about is forgotten`() throws {
        var ledger = TestLedger()
        func cash(_ amount: Int64, fingerprint: UInt64) -> Command {
            var cash = MatchCash()
            (cash.bankAccount, cash.currency, cash.amount) = (BankAccountID(raw: 5), Self.eur, amount)
            cash.acquirer = AcquirerID(number: 1, shard: Self.shard)
            var command = Command(.matchCash(cash))
            (command.key, command.fingerprint) = (Hash128(low: 3, high: 3), fingerprint)
            return command
        }
        _ = ledger.perform(cash(900, fingerprint: 1))
        _ = ledger.perform(cash(800, fingerprint: 2))
        let conflict = try #require(ledger.events.last)
        ledger.now = ledger.now.adding(ledger.state.settings.keySpan).adding(.days(2))
        _ = ledger.authorize(1)
        #expect(ledger.state.keyCount == 1)
        #expect(ledger.perform(cash(800, fingerprint: 2)) == .exists(conflict.sequence, .done))
        #expect(ledger.state.account(AccountID(.cash, .eur, of: BankAccountID(raw: 5))).posted == 900)
    }

    @Test func `the ledger's own facts are told of no merchant, or of one that is there`() {
        var ledger = TestLedger()
        var cash = MatchCash()
        (cash.bankAccount, cash.currency, cash.amount) = (BankAccountID(raw: 5), Self.eur, 900)
        let nobody = MerchantID(number: 900, shard: Self.shard)
        #expect(ledger.perform(.matchCash(cash), of: nobody) == .refused(.merchantUnknown))
    }

    @Test func `every word of a fact that needs no key tells it from another`() {
        let payment = PaymentID(createdBy: Self.nowhere, shard: Self.shard)
        var settle = SettleItem()
        (settle.payment, settle.amount) = (payment, 70)
        var answer = AnswerCapture()
        (answer.payment, answer.answer) = (payment, .succeeded)
        var refund = AnswerRefund()
        (refund.payment, refund.isSucceeded) = (payment, true)
        for request: Request in [.settleItem(settle), .answerCapture(answer), .answerRefund(refund)] {
            var ledger = TestLedger()
            #expect(Self.exceptions(telling: request, to: &ledger).count == 1)
            var counter = WordChanger(field: -1)
            var same = request
            same.visitFields(&counter)
            for field in 0..<counter.count {
                var changer = WordChanger(field: field)
                var other = request
                other.visitFields(&changer)
                #expect(other != request, "\(request.operation), \(field)")
                let found = Self.exceptions(telling: other, to: &ledger)
                #expect(found.count == 1, "\(request.operation), \(field)")
            }
            // Another merchant's is another, too.
            let count = ledger.events.count
            var open = OpenMerchant()
            open.settings.name = Text("Other") ?? Text()
            ledger.perform(.openMerchant(open), of: MerchantID.none)
            ledger.perform(request, of: MerchantID(number: 2, shard: Self.shard))
            #expect(ledger.events.count == count + 2)
        }
    }
}

/// Changes one field, the first, second and so on.
private struct WordChanger: FieldVisitor {
    let field: Int
    private(set) var count = 0

    init(field: Int) { self.field = field }

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        if count == field {
            let bits = UInt64(value.fieldBits)
            value = Value(fieldBits: Value.Bits(truncatingIfNeeded: bits ^ 1)) ?? value
        }
        count += 1
    }

    mutating func text<let capacity: Int>(_ name: StaticString, _ value: inout Text<capacity>) {
        if count == field { _ = value.append(0x41) }
        count += 1
    }
}
