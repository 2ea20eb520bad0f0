import CHoldfastAllocations
import Ledger
import Projections
import Testing

/// A command costs no memory allocation, nor does what falls due: only blocks of thousands of rows, and none
/// of those either where rows come and go.
@Suite(
    .enabled(
        if: holdfast_allocations_are_counted() == 1 && !_isDebugAssertConfiguration(),
        "a sanitizer stands in for malloc, or nothing is optimized"))
struct LedgerAllocationTests {
    @Test func `no command of a mixed life allocates, and one planted allocation each is found`() {
        var life = AllocationLife()
        for _ in 0..<2_000 { life.round(plants: false) }
        life.forget()
        for _ in 0..<2_000 { life.round(plants: false) }
        #expect(life.commands > 30_000)
        #expect(life.refused == 0)
        // Blocks of rows and index, each for thousands: far from one a command of any kind. The answer to a
        // request of several is a list; what is undone of one that is refused, nobody waits for often.
        let allowed = ["a request of 3": 1, "a request of 2": 6]
        var blocks = 0
        for (operation, count) in life.allocations.sorted(by: { $0.key < $1.key }) {
            let beyond = count.allocations - count.commands * (allowed[operation] ?? 0)
            #expect(beyond * 20 < count.commands, "\(operation): \(count)")
            blocks += max(0, beyond)
        }
        #expect(blocks < life.commands / 200, "\(blocks)")
        life.forget()
        for _ in 0..<100 { life.round(plants: true) }
        for (operation, count) in life.allocations {
            #expect(count.allocations >= count.commands, "\(operation): \(count)")
        }
    }

    @Test func `a tick allocates nothing after warm-up`() {
        var life = AllocationLife()
        for _ in 0..<2 {
            _ = life.storm(of: 5_000)
            life.answerReversals()
        }
        let allocations = life.storm(of: 5_000)
        #expect(life.timed == 30_000)
        #expect(allocations == 0)
    }
}

/// A ledger that makes commands to itself, and counts what each kind of them allocates.
private struct AllocationLife: ~Copyable {
    struct Count {
        var commands = 0
        var allocations = 0
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

    @discardableResult
    private mutating func perform(_ request: Request, plants: Bool = false) -> SequenceNumber {
        let command = command(request)
        time = time.adding(LedgerSpan(nanoseconds: 1_000_000))
        events.removeAll()
        let before = holdfast_allocations_of_thread()
        let outcome = state.decide(command, at: time, into: &events)
        if plants { Self.allocate() }
        let spent = holdfast_allocations_of_thread() - before
        count("\(request.operation)", 1, spent)
        guard case .done(let first, _) = outcome else {
            refused += 1
            return .none
        }
        return first
    }

    private mutating func count(_ name: String, _ commands: Int, _ allocations: UInt64) {
        self.commands += commands
        self.allocations[name, default: Count()].commands += 1
        self.allocations[name, default: Count()].allocations += Int(allocations)
    }

    /// What must not happen.
    @inline(never) private static func allocate() {
        var bytes = [UInt8](repeating: 0, count: 40)
        bytes.reserveCapacity(80)
    }

    /// A day at a merchant, and its batch.
    mutating func round(plants: Bool) {
        let (voided, kept, returned) = (authorize(plants), authorize(plants), authorize(plants))
        var void = VoidPayment()
        void.payment = voided
        let reversal = perform(.voidPayment(void), plants: plants)
        var answer = AnswerReversal()
        answer.payment = voided
        answer.reversal = ReversalID(createdBy: reversal, shard: shard)
        answer.isConfirmed = true
        perform(.answerReversal(answer), plants: plants)
        // The first capture opens a batch, whose event comes before its own.
        let opened = capture(kept, plants)
        let batch = BatchID(createdBy: opened, shard: shard)
        let keptCapture = CaptureID(createdBy: SequenceNumber(raw: opened.raw + 1), shard: shard)
        let returnedCapture = CaptureID(createdBy: capture(returned, plants), shard: shard)
        send(batch, plants)
        settle(kept, keptCapture, batch, plants)
        settle(returned, returnedCapture, batch, plants)
        dispute(kept, plants)
        together(plants)
        var refund = RefundPayment()
        refund.payment = returned
        refund.amount = 40
        refund.place = place
        let next = perform(.refundPayment(refund), plants: plants)
        var close = CloseBatch()
        close.batch = BatchID(createdBy: next, shard: shard)
        perform(.closeBatch(close), plants: plants)
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
        request.acquirer = AcquirerID(number: 1, shard: shard)
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

    /// Holds that are announced and end. What the ticks allocate.
    mutating func storm(of holds: Int) -> UInt64 {
        var payments: [PaymentID] = []
        for _ in 0..<holds { payments.append(authorize(false)) }
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
            }
        }
        for payment in payments {
            guard let seen = state.view(of: payment) else { continue }
            reversals.append((payment, ReversalID(createdBy: seen.latest, shard: shard)))
        }
        return spent
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
