import Ledger
import LogStore
import Projections

/// A ledger that makes commands to itself: payments, and what becomes of them in a day.
///
/// Commands are drawn and kept by `gather`, decided by `commit`, and their outcomes looked at by `remember`:
/// the middle one alone is the ledger's thread.
struct LedgerDay: ~Copyable {
    var state = LedgerState(seed: 0x5EED)
    private var events: EventBatch
    private var time: LedgerTime
    private let merchants: UInt32
    private let acquirer = AcquirerID(number: 1, shard: Shard(number: 0))
    private var drawn: UInt64 = 0
    private var gathered: [Command] = []
    private var outlooks: [Outlook] = []
    /// Of each that was gathered: the first and the last of its events.
    private var written: [(first: SequenceNumber, last: SequenceNumber)] = []
    /// Payments that hold money, and such that are settled.
    private var open: [Made] = []
    private var settled: [Made] = []
    /// By merchant number: the batch that is open, and what was put into it.
    private var batches: [Gathering]
    /// Commands that wait for their turn in a mixed life: a batch's end.
    private var waiting: [Command] = []
    private var nextWaiting = 0
    private var hasDays = false
    /// Whether the latest tick left something due.
    private(set) var dueLeft = false
    private(set) var made = 0
    private(set) var refused = 0
    private(set) var firstRefusal: Outcome?
    private(set) var slotsMovedMost: UInt64 = 0
    private var slotsMoved: UInt64 = 0
    private var counts: [Operation: Int] = [:]

    private typealias Made = (payment: PaymentID, merchant: MerchantID)

    private struct Gathering {
        /// None if its end is lined up: what still comes into it is left there.
        var batch = BatchID.none
        var items: [(payment: PaymentID, capture: CaptureID)] = []
    }

    /// Log time from one command to the next.
    private var betweenCommands = LedgerSpan(nanoseconds: 1_000)

    /// How long money is held for payments that nobody captures.
    private static let shortHold = LedgerSpan.days(2)

    /// Items that a batch of a mixed life is closed with, at least.
    private static let itemsPerBatch = 16

    /// - Parameters:
    ///   - payments: as many as there will be, for memory to be taken first, as a server does; nil if tables
    ///     are to grow from nothing.
    ///   - place: sequence of the first event, and a time before it.
    ///   - keep: gets the events of setting up, some at a time.
    init(
        merchants: UInt32, payments: Int?, from place: (sequence: UInt64, time: UInt64) = (0, Self.start),
        keep: (borrowing EventBatch) throws -> Void = { _ in }
    ) throws {
        time = LedgerTime(nanoseconds: place.time).adding(.seconds(1))
        self.merchants = merchants
        batches = [Gathering](repeating: Gathering(), count: Int(merchants) + 1)
        if let payments {
            state.reserve(LedgerRoom(payments: payments, captures: payments / 4, keys: 5 * payments / 4))
        }
        events = EventBatch(capacity: 4_096)
        let opening = Event(
            sequence: SequenceNumber(raw: place.sequence), time: time, fact: .ledgerOpened(LedgerOpened()))
        events.append(opening)
        state.apply(opening)
        var set = SetAcquirer()
        set.settings.name = Text("Acquirer") ?? Text()
        decide(Command(.setAcquirer(set)))
        var merchant = OpenMerchant()
        merchant.settings.name = Text("Merchant") ?? Text()
        var terms = SetMerchantTerms()
        terms.currency = Currency.eur.number
        terms.fee = 29_000
        terms.feeFixed = 3
        terms.reserve = 10_000
        terms.reserveSpan = .days(90)
        for number in 1...merchants {
            try keep(events)
            events.removeAll()
            decide(Command(.openMerchant(merchant)))
            var command = Command(.setMerchantTerms(terms))
            command.merchant = MerchantID(number: number, shard: Shard(number: 0))
            decide(command)
        }
        try keep(events)
    }

    /// Log time before the first event, nanoseconds.
    static let start: UInt64 = 1_780_000_000_000_000_000

    /// Puts the events of the latest commit into an empty group.
    func copy(to group: inout EventBuffer) { group.take(events) }

    /// Draws the commands that gather while a commit is being written, and notes what each will look at: in a
    /// server both are done by those who receive them.
    mutating func gather(_ count: Int, _ draw: (inout LedgerDay) -> Command) {
        gathered.removeAll(keepingCapacity: true)
        outlooks.removeAll(keepingCapacity: true)
        for _ in 0..<count {
            gathered.append(draw(&self))
            outlooks.append(Outlook(gathered[gathered.count - 1]))
        }
        written.removeAll(keepingCapacity: true)
        written.reserveCapacity(count)
    }

    /// Decides them into one buffer.
    mutating func commit() {
        events.removeAll()
        let (gathered, outlooks) = (gathered, outlooks)
        let commands = gathered.span
        for index in commands.indices {
            state.lookAhead(outlooks.span, at: index)
            time = time.adding(betweenCommands)
            note(state.decide(commands[index], at: time, into: &events))
        }
        if hasDays { dueLeft = state.tick(at: time, into: &events) }
    }

    /// From here on a million commands are some three days, or as long as told, and what falls due happens
    /// after each commit, as in a server: hours and days turn, keys are forgotten, holds are announced to
    /// end, and end.
    mutating func liveDays(millisecondsBetweenCommands milliseconds: UInt64 = 300) {
        hasDays = true
        betweenCommands = LedgerSpan(nanoseconds: milliseconds * 1_000_000)
    }

    /// The same, and looks after each command, and each event that falls due, how many slots of all tables
    /// it moved.
    mutating func commitWatchingSlots() {
        events.removeAll()
        slotsMoved = state.slotsMoved()
        for index in 0..<gathered.count {
            time = time.adding(betweenCommands)
            note(state.decide(gathered[index], at: time, into: &events))
            noteSlots()
        }
        if hasDays { tickWatchingSlots() }
    }

    /// One event at a time. None of this life needs room for two.
    private mutating func tickWatchingSlots() {
        var event = EventBatch(capacity: 1)
        repeat {
            event.removeAll()
            dueLeft = state.tick(at: time, into: &event)
            noteSlots()
        } while dueLeft && event.count > 0
    }

    private mutating func noteSlots() {
        let now = state.slotsMoved()
        // A generation of risk windows takes its count along when it is forgotten.
        slotsMovedMost = max(slotsMovedMost, max(now, slotsMoved) - slotsMoved)
        slotsMoved = now
    }

    @inline(__always)
    private mutating func note(_ outcome: Outcome) {
        switch outcome {
        case .done(let first, let count):
            written.append((first, first.advanced(by: count - 1)))
        case .exists, .refused:
            refused += 1
            firstRefusal = firstRefusal ?? outcome
            written.append((.none, .none))
        }
    }

    /// Looks at what became of the commands of the latest commit.
    mutating func remember() {
        for index in 0..<gathered.count {
            let (command, (first, last)) = (gathered[index], written[index])
            counts[command.operation, default: 0] += 1
            switch command.operation {
            case .recordAuthorization where !isShort(command):
                open.append((PaymentID(createdBy: first, shard: Shard(number: 0)), command.merchant))
            case .capturePayment: remember(capture: command, first, last)
            case .settleItem: settled.append((command.payment, command.merchant))
            default: break
            }
        }
    }

    /// Whether a payment is left to run out.
    private func isShort(_ command: Command) -> Bool {
        guard case .recordAuthorization(let request) = command.request else { return false }
        return request.order.holdSpan == Self.shortHold
    }

    private mutating func remember(
        capture command: Command, _ first: SequenceNumber, _ last: SequenceNumber
    ) {
        let place = Int(command.merchant.number)
        if first != last {
            batches[place] = Gathering(batch: BatchID(createdBy: first, shard: Shard(number: 0)))
        }
        if batches[place].batch.isNone { return }
        batches[place].items.append((command.payment, CaptureID(createdBy: last, shard: Shard(number: 0))))
    }

    /// How many of which commands, since this was asked last.
    mutating func takeTally() -> String {
        let tally = counts.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key) \($0.value)" }
        counts = [:]
        return tally.joined(separator: ", ")
    }

    private mutating func decide(_ command: Command) {
        time = time.adding(LedgerSpan(nanoseconds: 1_000))
        let outcome = state.decide(command, at: time, into: &events)
        if case .done = outcome { return }
        refused += 1
        firstRefusal = firstRefusal ?? outcome
    }

    /// Throws unless every command was done.
    func checkDone() throws {
        guard let refusal = firstRefusal else { return }
        throw BenchmarkError("\(refused) commands were not done, the first was \(refusal)")
    }

    // MARK: Drawing

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

    mutating func authorize() -> Command { authorize(hold: .days(30)) }

    private mutating func authorize(hold: LedgerSpan) -> Command {
        let merchant = MerchantID(
            number: UInt32(draw() % UInt64(merchants)) + 1, shard: Shard(number: 0))
        var request = RecordAuthorization()
        request.order.amount = Int64(draw() % 100_000) + 10
        request.order.currency = Currency.eur.number
        request.order.holdSpan = hold
        // One card in five pays the first time.
        request.order.card.fingerprint = draw() % UInt64(max(1, made / 5)) + 1
        request.acquirer = acquirer
        made += 1
        return command(.recordAuthorization(request), merchant)
    }

    mutating func capture() -> Command {
        let (payment, merchant) = Self.take(draw(), &open)
        var request = CapturePayment()
        request.payment = payment
        request.place.closesAt = time.adding(.days(300))
        return command(.capturePayment(request), merchant)
    }

    private mutating func void() -> Command {
        let (payment, merchant) = Self.take(draw(), &open)
        var request = VoidPayment()
        request.payment = payment
        return command(.voidPayment(request), merchant)
    }

    private mutating func refund() -> Command {
        let (payment, merchant) = Self.take(draw(), &settled)
        var request = RefundPayment()
        request.payment = payment
        request.amount = 5
        request.place.closesAt = time.adding(.days(300))
        return command(.refundPayment(request), merchant)
    }

    /// One at random.
    private static func take(_ drawn: UInt64, _ list: inout [Made]) -> Made {
        list.swapAt(Int(drawn % UInt64(list.count)), list.count - 1)
        return list.removeLast()
    }

    /// Seven of twenty settle what was captured, batch by batch, with fee and reserve. Of twenty others
    /// eleven are new payments (one of them is left to run out), eight captures (one of them a refund, once
    /// something is settled) and one a void.
    mutating func mixed() -> Command {
        if nextWaiting < waiting.count, draw() % 20 < 7 {
            nextWaiting += 1
            return waiting[nextWaiting - 1]
        }
        if nextWaiting == waiting.count { endBatch() }
        switch draw() % 20 {
        case 0: return authorize(hold: Self.shortHold)
        case ..<10: return authorize()
        case ..<17: return capture()
        case 17: return settled.isEmpty ? capture() : refund()
        case 18: return void()
        default: return authorize()
        }
    }

    /// Lines up the end of some merchant's batch: closed, sent, settled item by item.
    private mutating func endBatch() {
        let number = UInt32(draw() % UInt64(merchants)) + 1
        let gathering = batches[Int(number)]
        guard gathering.items.count >= Self.itemsPerBatch else { return }
        batches[Int(number)] = Gathering()
        waiting.removeAll(keepingCapacity: true)
        nextWaiting = 0
        let merchant = MerchantID(number: number, shard: Shard(number: 0))
        var close = CloseBatch()
        close.batch = gathering.batch
        waiting.append(command(.closeBatch(close), merchant))
        var submit = SubmitBatch()
        submit.batch = gathering.batch
        waiting.append(command(.submitBatch(submit), merchant))
        for item in gathering.items {
            var settle = SettleItem()
            settle.batch = gathering.batch
            settle.payment = item.payment
            settle.capture = item.capture
            waiting.append(command(.settleItem(settle), merchant))
        }
    }
}
