import CHoldfastAllocations
import Ledger
import Projections
import TestSupport

/// A ledger that makes commands to itself, and counts what each kind of them allocates.
struct AllocationLife: ~Copyable {
    struct Count {
        var commands = 0
        var allocations = 0
        /// Of one command.
        var mostAtOnce = 0
    }

    private var state = LedgerState(seed: 7)
    private var events = EventBatch(capacity: 2_048)
    private var time = LedgerTime(nanoseconds: 1_780_000_000_000_000_000)
    private var keyCount: UInt64 = 0
    private var reversals: [(PaymentID, ReversalID)] = []
    private(set) var allocations: [String: Count] = [:]
    private(set) var commands = 0
    private(set) var refused = 0
    private(set) var timed = 0
    private(set) var kindsTimed: Set<FactType> = []
    private let acquirer = AcquirerID(number: 1, shard: Shard(number: 0))
    private let shard = Shard(number: 0)

    init() {
        state.apply(
            Event(sequence: SequenceNumber(raw: 0), time: time, fact: .ledgerOpened(LedgerOpened())))
        var set = SetAcquirer()
        set.settings.name = Text("File Bank") ?? Text()
        perform(.setAcquirer(set))
        var open = OpenMerchant()
        open.settings.name = Text("Shop") ?? Text()
        perform(.openMerchant(open))
        var terms = SetMerchantTerms()
        terms.currency = Currency.eur.number
        terms.fee = 20_000
        terms.feeFixed = 10
        terms.reserve = 50_000
        perform(.setMerchantTerms(terms))
        // What has left is paid for by others.
        var funds = MoveOwnFunds()
        (funds.bankAccount, funds.currency) = (bank, Currency.eur.number)
        (funds.amount, funds.isIn, funds.reason) = (1_000_000, true, Text("to begin with") ?? Text())
        perform(.moveOwnFunds(funds))
        reversals.reserveCapacity(20_000)
    }

    mutating func forget() {
        allocations = [:]
        commands = 0
    }

    // MARK: Commands

    private mutating func command(_ request: Request) -> Command {
        var command = Command(request)
        if !request.operation.isOfLedger { command.merchant = MerchantID(number: 1, shard: shard) }
        command.key = newKey()
        command.fingerprint = keyCount
        return command
    }

    private mutating func newKey() -> Hash128 {
        keyCount += 1
        return Hash128(low: keyCount &* 0x9E37_79B9_7F4A_7C15, high: keyCount)
    }

    private var bank: BankAccountID { BankAccountID(number: 1, shard: shard) }

    /// Does what is asked. With `isRepeated` once more under the same key, which changes nothing.
    @discardableResult
    private mutating func perform(
        _ request: Request, plants: Bool = false, isRepeated: Bool = false
    ) -> SequenceNumber {
        let command = command(request)
        let first = perform(command, "\(request.operation)", plants)
        if isRepeated {
            let known = refused
            _ = perform(command, "\(request.operation) again", plants)
            refused = known
        }
        return first
    }

    private mutating func perform(_ command: Command, _ name: String, _ plants: Bool) -> SequenceNumber {
        time = time.adding(LedgerSpan(nanoseconds: 1_000_000))
        events.removeAll()
        let (outcome, spent) = decide(command, plants)
        count(name, 1, spent)
        guard case .done(let first, _) = outcome else {
            refused += 1
            return .none
        }
        return first
    }

    /// What is measured, and nothing else: never a part of its caller, whose words would get in between.
    @inline(never)
    private mutating func decide(_ command: Command, _ plants: Bool) -> (Outcome, UInt64) {
        let before = holdfast_allocations_of_thread()
        let outcome = state.decide(command, at: time, into: &events)
        if plants { Self.allocate() }
        return (outcome, holdfast_allocations_of_thread() - before)
    }

    private mutating func count(_ name: String, _ commands: Int, _ allocations: UInt64) {
        self.commands += commands
        var count = self.allocations[name] ?? Count()
        count.commands += 1
        count.allocations += Int(allocations)
        count.mostAtOnce = max(count.mostAtOnce, Int(allocations))
        self.allocations[name] = count
    }

    /// What must not happen.
    @inline(never) private static func allocate() {
        var bytes = [UInt8](repeating: 0, count: 40)
        bytes.reserveCapacity(80)
    }

    /// A day at a merchant, and its batch.
    mutating func round(plants: Bool) {
        let (voided, kept, returned) = (request(plants), authorize(plants), authorize(plants))
        increase(voided, plants)
        var void = VoidPayment()
        void.payment = voided
        confirm(voided, perform(.voidPayment(void), plants: plants), plants)
        // The first capture opens a batch, whose event comes before its own.
        let opened = capture(kept, plants)
        let batch = BatchID(createdBy: opened, shard: shard)
        let keptCapture = CaptureID(createdBy: SequenceNumber(raw: opened.raw + 1), shard: shard)
        let returnedCapture = CaptureID(createdBy: capture(returned, plants), shard: shard)
        voidCapture(plants)
        send(batch, plants)
        for (payment, capture) in [(kept, keptCapture), (returned, returnedCapture)] {
            accept(payment, capture, batch, plants)
        }
        // Presented again with another batch, and settled there.
        let next = reject(returned, returnedCapture, batch, plants)
        settle(kept, keptCapture, batch, plants)
        finish(batch, plants)
        send(next, plants)
        settle(returned, returnedCapture, next, plants)
        dispute(kept, plants)
        together(plants)
        giveBack(returned, plants)
        payOut(plants)
    }

    /// Asked for at a gateway, which says yes.
    private mutating func request(_ plants: Bool) -> PaymentID {
        var request = RequestPayment()
        (request.order, request.acquirer) = (order().order, acquirer)
        request.deadline = time.adding(.seconds(30))
        let payment = PaymentID(
            createdBy: perform(.requestPayment(request), plants: plants, isRepeated: true), shard: shard)
        var claim = ClaimAttempt()
        (claim.payment, claim.attempt, claim.worker) = (payment, 1, 7)
        claim.deadline = time.adding(.seconds(30))
        perform(.claimAttempt(claim), plants: plants)
        var answer = AnswerAttempt()
        (answer.payment, answer.attempt, answer.acquirer) = (payment, 1, acquirer)
        answer.answer = .approved
        perform(.answerAttempt(answer), plants: plants)
        return payment
    }

    private mutating func increase(_ payment: PaymentID, _ plants: Bool) {
        var increment = IncrementAuthorization()
        (increment.payment, increment.amount) = (payment, 500)
        perform(.incrementAuthorization(increment), plants: plants)
    }

    /// The acquirer has undone what the event made it undo.
    private mutating func confirm(_ payment: PaymentID, _ event: SequenceNumber, _ plants: Bool) {
        var answer = AnswerReversal()
        answer.payment = payment
        answer.reversal = ReversalID(createdBy: event, shard: shard)
        answer.isConfirmed = true
        perform(.answerReversal(answer), plants: plants)
    }

    /// Captured and taken back in the same batch. Asked for again it is refused, and stays so.
    private mutating func voidCapture(_ plants: Bool) {
        let payment = authorize(plants)
        var void = VoidCapture()
        void.payment = payment
        void.capture = CaptureID(createdBy: capture(payment, plants), shard: shard)
        confirm(payment, perform(.voidCapture(void), plants: plants), plants)
        let known = refused
        perform(.voidCapture(void), plants: plants)
        refused = known
    }

    private mutating func accept(
        _ payment: PaymentID, _ capture: CaptureID, _ batch: BatchID, _ plants: Bool
    ) {
        var accept = AcceptItem()
        (accept.batch, accept.payment, accept.capture) = (batch, payment, capture)
        perform(.acceptItem(accept), plants: plants)
    }

    /// The batch that takes the item: opened by an event before.
    private mutating func reject(
        _ payment: PaymentID, _ capture: CaptureID, _ batch: BatchID, _ plants: Bool
    ) -> BatchID {
        var reject = RejectItem()
        (reject.batch, reject.payment, reject.capture) = (batch, payment, capture)
        (reject.isPresentedAgain, reject.place) = (true, place)
        return BatchID(createdBy: perform(.rejectItem(reject), plants: plants), shard: shard)
    }

    /// Costs, the end of the reconciliation, cash.
    private mutating func finish(_ batch: BatchID, _ plants: Bool) {
        var net = NetCost()
        (net.acquirer, net.batch, net.currency) = (acquirer, batch, Currency.eur.number)
        (net.interchange, net.scheme, net.markup) = (3, 2, 1)
        perform(.netCost(net), plants: plants)
        var reconcile = ReconcileBatch()
        (reconcile.batch, reconcile.isComplete) = (batch, true)
        perform(.reconcileBatch(reconcile), plants: plants)
        var cash = MatchCash()
        (cash.bankAccount, cash.acquirer, cash.batch) = (bank, acquirer, batch)
        (cash.currency, cash.amount) = (Currency.eur.number, 994)
        perform(.matchCash(cash), plants: plants)
    }

    /// Two refunds: one succeeds, one does not.
    private mutating func giveBack(_ payment: PaymentID, _ plants: Bool) {
        var refund = RefundPayment()
        (refund.payment, refund.amount, refund.place) = (payment, 40, place)
        let opened = perform(.refundPayment(refund), plants: plants)
        let second = perform(.refundPayment(refund), plants: plants)
        send(BatchID(createdBy: opened, shard: shard), plants)
        for (event, isSucceeded) in [(SequenceNumber(raw: opened.raw + 1), true), (second, false)] {
            var answer = AnswerRefund()
            (answer.payment, answer.refund) = (payment, RefundID(createdBy: event, shard: shard))
            answer.isSucceeded = isSucceeded
            perform(.answerRefund(answer), plants: plants)
        }
    }

    private mutating func payOut(_ plants: Bool) {
        var payout = CreatePayout()
        (payout.currency, payout.amount) = (Currency.eur.number, 500)
        var answer = AnswerPayout()
        answer.payout = PayoutID(
            createdBy: perform(.createPayout(payout), plants: plants, isRepeated: true), shard: shard)
        (answer.answer, answer.bankAccount) = (.paid, bank)
        perform(.answerPayout(answer), plants: plants)
    }

    private var place: BatchPlace {
        var place = BatchPlace()
        place.closesAt = time.adding(.days(9))
        return place
    }

    private func order() -> RecordAuthorization {
        var request = RecordAuthorization()
        request.order.amount = 1_000
        request.order.currency = Currency.eur.number
        // One card in five pays the first time.
        request.order.card.fingerprint = (keyCount / 5 + 1) &* 0x9E37_79B9_7F4A_7C15
        request.acquirer = acquirer
        request.place = place
        return request
    }

    private mutating func authorize(_ plants: Bool) -> PaymentID {
        PaymentID(createdBy: perform(.recordAuthorization(order()), plants: plants), shard: shard)
    }

    private mutating func capture(_ payment: PaymentID, _ plants: Bool) -> SequenceNumber {
        var request = CapturePayment()
        request.payment = payment
        request.place = place
        return perform(.capturePayment(request), plants: plants)
    }

    private mutating func send(_ batch: BatchID, _ plants: Bool) {
        var close = CloseBatch()
        close.batch = batch
        perform(.closeBatch(close), plants: plants)
        var submit = SubmitBatch()
        submit.batch = batch
        perform(.submitBatch(submit), plants: plants)
        var acknowledge = AcknowledgeBatch()
        acknowledge.batch = batch
        perform(.acknowledgeBatch(acknowledge), plants: plants)
    }

    private mutating func settle(
        _ payment: PaymentID, _ capture: CaptureID, _ batch: BatchID, _ plants: Bool
    ) {
        var request = SettleItem()
        request.batch = batch
        request.payment = payment
        request.capture = capture
        perform(.settleItem(request), plants: plants)
    }

    private mutating func dispute(_ payment: PaymentID, _ plants: Bool) {
        var open = OpenDispute()
        open.payment = payment
        open.stage = .chargeback
        open.currency = Currency.eur.number
        open.amount = 1_000
        var decision = DecideDispute()
        decision.payment = payment
        decision.dispute = DisputeID(createdBy: perform(.openDispute(open), plants: plants), shard: shard)
        decision.outcome = .won
        perform(.decideDispute(decision), plants: plants)
    }

    /// Several commands, all or none: done, then refused.
    private mutating func together(_ plants: Bool) {
        var order = Command(.recordAuthorization(order()))
        order.merchant = MerchantID(number: 1, shard: shard)
        var wrong = Command(.voidPayment(VoidPayment()))
        wrong.merchant = order.merchant
        for commands in [[order, order, order], [order, wrong]] {
            let key = newKey()
            time = time.adding(LedgerSpan(nanoseconds: 1_000_000))
            events.removeAll()
            let before = holdfast_allocations_of_thread()
            _ = state.decideAll(commands, key: key, fingerprint: keyCount, at: time, into: &events)
            if plants { Self.allocate() }
            let spent = holdfast_allocations_of_thread() - before
            count("a request of \(commands.count)", commands.count, spent)
        }
    }

    // MARK: Storms

    /// Holds that are announced and end, calls that nobody answers, a batch that closes. What the ticks
    /// allocate.
    mutating func storm(of holds: Int) -> UInt64 {
        var payments: [PaymentID] = []
        for _ in 0..<holds { payments.append(authorize(false)) }
        for _ in 0..<holds / 10 {
            var request = RequestPayment()
            (request.order, request.acquirer) = (order().order, acquirer)
            request.deadline = time.adding(.hours(1))
            perform(.requestPayment(request))
        }
        let captured = authorize(false)
        var capture = CapturePayment()
        (capture.payment, capture.place) = (captured, place)
        capture.place.closesAt = time.adding(.hours(1))
        perform(.capturePayment(capture))
        var spent: UInt64 = 0
        for day in [6, 1] as [UInt64] {
            time = time.adding(.days(day)).adding(.seconds(10))
            var isMore = true
            while isMore {
                events.removeAll()
                let before = holdfast_allocations_of_thread()
                isMore = state.tick(at: time, into: &events)
                spent += holdfast_allocations_of_thread() - before
                timed += events.count
                hear()
            }
        }
        for payment in payments {
            guard let seen = state.view(of: payment) else { continue }
            reversals.append((payment, ReversalID(createdBy: seen.latest, shard: shard)))
        }
        return spent
    }

    private mutating func hear() {
        do throws(EventFormatError) {
            let first = SequenceNumber(raw: state.next.raw - UInt64(events.count))
            for event in try events.events(from: first) { kindsTimed.insert(event.fact.type) }
        } catch { refused += 1 }
    }

    mutating func answerReversals() {
        for (payment, reversal) in reversals {
            var answer = AnswerReversal()
            answer.payment = payment
            answer.reversal = reversal
            answer.isConfirmed = true
            perform(.answerReversal(answer))
        }
        reversals.removeAll(keepingCapacity: true)
    }
}
