import CHoldfastAllocations
import Ledger
import Projections

/// What does a command cost the thread that owns the state, at ten million live payments?
///
/// Decide, apply, encode, everything on: idempotency keys (random, as their hashes are), holds with their
/// ends, lists, batches, legs onto accounts, digest. Ten thousand merchants in random order. What a commit or
/// a client costs is not in it.
struct LedgerBenchmark {
    private let payments: Int
    private let runs: Int
    private static let merchantCount: UInt32 = 10_000
    /// Commands of a run.
    private static let operations = 500_000
    /// Commands whose events share a buffer, as those of a commit do.
    private static let perCommit = 1_000

    init(payments: Int, runs: Int) {
        self.payments = payments
        self.runs = runs
    }

    func run() {
        var life = Life(merchants: Self.merchantCount, payments: payments + runs * Self.operations * 3 / 2)
        let start = Clock.now
        while life.made < payments {
            life.gather(min(Self.perCommit, payments - life.made)) { $0.authorize() }
            life.commit()
            life.rememberPayments()
        }
        note("\(payments) payments made in \((Clock.now - start) / 1_000_000) ms")
        measure("authorize", &life) { $0.authorize() }
        measure("capture", &life) { $0.capture() }
        measure("mixed-life", &life) { $0.mixed() }
        var line = Line("ledger-memory", [], ceilings: [])
        let bytes = life.state.payments.rowByteCount + life.state.payments.indexByteCount
        line.add("payments", Double(life.state.payments.count))
        line.add("bytes_per_payment", Double(bytes) / Double(life.state.payments.count))
        line.add("due_bytes_per_entry", Double(life.state.due.byteCount) / Double(life.state.due.count))
        line.add("keys", Double(life.state.keyCount))
        line.add("bytes_per_key", Double(life.state.keyByteCount) / Double(life.state.keyCount))
        line.add("index_slots_moved", Double(life.state.payments.slotsMoved))
        line.print()
    }

    /// Commands are drawn beforehand and not measured: a server finds them in its inbox.
    private func measure(_ name: String, _ life: inout Life, _ command: (inout Life) -> Command) {
        var measured: [Run] = []
        var allocations: UInt64 = 0
        for _ in 0..<runs {
            var durations = Durations(capacity: Self.operations / Self.perCommit)
            var spent: UInt64 = 0
            for _ in 0..<Self.operations / Self.perCommit {
                life.gather(Self.perCommit, command)
                let before = holdfast_allocations_of_thread()
                let mark = Clock.now
                life.commit()
                let duration = Clock.now - mark
                allocations += holdfast_allocations_of_thread() - before
                spent += duration
                durations.add(duration)
                life.rememberPayments()
            }
            measured.append(Run(count: Self.operations, nanoseconds: spent, durations: durations))
        }
        var line = Line(name, measured, ceilings: [])
        line.add("with", text: "keys, holds, due, merchant lists, batches, accounts, risk windows, digest")
        line.add("of_what", text: "p50 and p99 of \(Self.perCommit) commands")
        line.add("allocations_per_command", Double(allocations) / Double(runs * Self.operations))
        line.add("refused", Double(life.refused))
        line.print()
    }
}

/// A ledger that makes commands to itself.
private struct Life: ~Copyable {
    var state = LedgerState(seed: 0x5EED)
    private var events: EventBatch
    private var time = LedgerTime(nanoseconds: 1_780_000_000_000_000_000)
    private let merchants: UInt32
    private let acquirer = AcquirerID(number: 1, shard: Shard(number: 0))
    private var drawn: UInt64 = 0
    private var gathered: [Command] = []
    private var outlooks: [Outlook] = []
    /// The first event of each.
    private var firsts = [SequenceNumber](repeating: .none, count: 1_000)
    /// Payments that hold money.
    private var open: [(payment: PaymentID, merchant: MerchantID)] = []
    private(set) var made = 0
    private(set) var refused = 0

    /// - Parameter payments: as many as there will be, for memory to be taken first, as a server does.
    init(merchants: UInt32, payments: Int) {
        self.merchants = merchants
        state.reserve(payments: payments, captures: payments / 4, keys: 5 * payments / 4)
        events = EventBatch(capacity: 4_096)
        state.apply(
            Event(sequence: SequenceNumber(raw: 0), time: time, fact: .ledgerOpened(LedgerOpened())))
        var set = SetAcquirer()
        set.settings.name = Text("Acquirer") ?? Text()
        decide(Command(.setAcquirer(set)))
        var merchant = OpenMerchant()
        merchant.settings.name = Text("Merchant") ?? Text()
        for _ in 0..<merchants {
            events.removeAll()
            decide(Command(.openMerchant(merchant)))
        }
    }

    /// Draws the commands that gather while a commit is being written, and notes what each will look at: in a
    /// server both are done by those who receive them.
    mutating func gather(_ count: Int, _ draw: (inout Life) -> Command) {
        gathered.removeAll(keepingCapacity: true)
        outlooks.removeAll(keepingCapacity: true)
        for _ in 0..<count {
            gathered.append(draw(&self))
            outlooks.append(Outlook(gathered[gathered.count - 1]))
        }
    }

    /// Decides them into one buffer.
    mutating func commit() {
        events.removeAll()
        let (gathered, outlooks) = (gathered, outlooks)
        let commands = gathered.span
        for index in commands.indices {
            state.lookAhead(outlooks.span, at: index)
            time = time.adding(LedgerSpan(nanoseconds: 1_000))
            switch state.decide(commands[index], at: time, into: &events) {
            case .done(let first, _): firsts[index] = first
            case .exists, .refused: refused += 1
            }
        }
    }

    /// Remembers the payments that the latest commit made.
    mutating func rememberPayments() {
        for (command, first) in zip(gathered, firsts) where command.operation == .recordAuthorization {
            open.append((PaymentID(createdBy: first, shard: Shard(number: 0)), command.merchant))
        }
    }

    @discardableResult
    private mutating func decide(_ command: Command) -> SequenceNumber {
        time = time.adding(LedgerSpan(nanoseconds: 1_000))
        switch state.decide(command, at: time, into: &events) {
        case .done(let first, _): return first
        case .exists, .refused:
            refused += 1
            return .none
        }
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    private mutating func draw() -> UInt64 {
        drawn &+= 0x9E37_79B9_7F4A_7C15
        return drawn.indexHash(seed: 0)
    }

    private mutating func command(_ request: Request, _ merchant: MerchantID) -> Command {
        var command = Command(request)
        command.merchant = merchant
        command.key = Hash128(low: draw(), high: draw())
        command.fingerprint = draw()
        return command
    }

    mutating func authorize() -> Command {
        let merchant = MerchantID(
            number: UInt32(draw() % UInt64(merchants)) + 1, shard: Shard(number: 0))
        var request = RecordAuthorization()
        request.order.amount = Int64(draw() % 100_000) + 1
        request.order.currency = Currency.eur.number
        // One card in five pays the first time.
        request.order.card.fingerprint = draw() % UInt64(max(1, made / 5)) + 1
        request.acquirer = acquirer
        made += 1
        return command(.recordAuthorization(request), merchant)
    }

    mutating func capture() -> Command {
        let (payment, merchant) = take()
        var request = CapturePayment()
        request.payment = payment
        request.place.closesAt = time.adding(.days(300))
        return command(.capturePayment(request), merchant)
    }

    private mutating func void() -> Command {
        let (payment, merchant) = take()
        var request = VoidPayment()
        request.payment = payment
        return command(.voidPayment(request), merchant)
    }

    /// An open payment at random.
    private mutating func take() -> (payment: PaymentID, merchant: MerchantID) {
        let index = Int(draw() % UInt64(open.count))
        open.swapAt(index, open.count - 1)
        return open.removeLast()
    }

    /// As many new payments as are captured (of ten, eight) or voided (two).
    mutating func mixed() -> Command {
        let lot = draw() % 20
        return lot < 10 ? authorize() : lot < 18 ? capture() : void()
    }
}
