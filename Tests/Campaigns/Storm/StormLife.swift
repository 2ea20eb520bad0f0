import CHoldfastAllocations
import Ledger
import Projections
import Simulation
import TestSupport

/// A ledger before, in and after a storm.
struct StormLife: ~Copyable {
    private(set) var result = CampaignResult()
    private var state = LedgerState(seed: 0x5707)
    /// Built from the bytes of the events alone.
    private var replayed = LedgerState(seed: 1)
    private var batch = EventBatch(capacity: 2_048)
    private var random: SeededRandom
    private let mutation: LedgerStorm.Mutation?
    private let holdCount: Int
    private let batchCount: Int
    private var now = LedgerTime(nanoseconds: 1_793_491_200_000_000_000)
    /// When all holds end and all batches close.
    private let midnight = LedgerTime(nanoseconds: 1_793_577_600_000_000_000)
    private var keyCount: UInt64 = 0

    private var holds: [PaymentID] = []
    /// By merchant, the batch of before midnight and the newest.
    private var firstBatch: [BatchID]
    private var newestBatch: [BatchID]
    /// What is to fall due, and how often it was written, by a tick or a command.
    private var expected: [StormEntry] = []
    private var written: [StormEntry: Int] = [:]
    /// What the last tick that was looked at wrote last.
    private var last: StormEntry?
    /// Timed events ever written.
    private var timed = 0
    /// How many had been when those arrived that wait for the next turn.
    private var arrival = 0
    /// Counts down the holds that a crowd asks about, so that each finds its own and its batch's due.
    private var crowded: Int
    private var times = StormTimes()

    private let acquirer = AcquirerID(number: 1, shard: Shard(number: 0))

    init(holds: Int, batches: Int, seed: UInt64, mutation: LedgerStorm.Mutation?) {
        holdCount = holds
        batchCount = batches
        self.mutation = mutation
        crowded = holds
        firstBatch = [BatchID](repeating: .none, count: batches)
        newestBatch = firstBatch
        random = SeededRandom(seed: seed)
        self.holds.reserveCapacity(holds)
        expected.reserveCapacity(holds + batches)
        written.reserveCapacity(holds + batches)
    }

    mutating func run() {
        begin()
        for merchant in 0..<batchCount { fillBatch(merchant) }
        for hold in 0..<holdCount { takeHold(hold) }
        now = midnight.subtracting(.hours(1))
        expected = holds.map { StormEntry(kind: .announcement, id: $0.raw) }
        weather("announcements")
        captureSome()
        now = midnight
        expected =
            holds.enumerated().filter { !isCaptured($0.offset) }
            .map { StormEntry(kind: .expiry, id: $0.element.raw) }
            + firstBatch.sorted().map { StormEntry(kind: .cutoff, id: $0.raw) }
        weather("midnight")
        if replayed.digest != state.digest { fail("the events give another state") }
        times.tell(&result)
    }

    private mutating func fail(_ what: String) { result.fail(.init(replay: "storm", what)) }

    // MARK: Before

    private mutating func begin() {
        let opening = Event(
            sequence: SequenceNumber(raw: 0), time: now, fact: .ledgerOpened(LedgerOpened()))
        state.apply(opening)
        replayed.apply(opening)
        var set = SetAcquirer()
        set.settings.name = Text("File Bank") ?? Text()
        perform(.setAcquirer(set), of: nil)
        var settings = ChangeSettings()
        settings.settings.noticeSpan = .hours(1)
        perform(.changeSettings(settings), of: nil)
        for _ in 0..<batchCount {
            var open = OpenMerchant()
            open.settings.name = Text("Shop") ?? Text()
            perform(.openMerchant(open), of: nil)
        }
    }

    private mutating func fillBatch(_ merchant: Int) {
        guard case .done = authorize(merchant, isCaptured: true) else { return fail("no batch") }
    }

    private mutating func takeHold(_ hold: Int) {
        guard case .done(let first, _) = authorize(hold % batchCount, isCaptured: false) else {
            return fail("no hold")
        }
        holds.append(PaymentID(createdBy: first, shard: Shard(number: 0)))
    }

    /// Long stretches, so that a tick meets more entries that say nothing than it may look at.
    private func isCaptured(_ hold: Int) -> Bool { hold / 5_000 % 7 < 2 }

    /// Their entries stay behind.
    private mutating func captureSome() {
        for hold in 0..<holdCount where isCaptured(hold) {
            guard case .done = capture(hold) else { return fail("hold \(hold) cannot be captured") }
        }
    }

    // MARK: The storm

    /// Turns until nothing is due any more.
    private mutating func weather(_ storm: String) {
        last = nil
        written.removeAll(keepingCapacity: true)
        var isMore = true
        var turn = 0
        arrival = timed
        while isMore, result.failureCount == 0 {
            isMore = tick()
            if mutation == .impatientTick { isMore = tick() }
            takeGroup(isCrowd: now >= midnight && turn < LedgerStorm.crowdedTurns)
            now = now.adding(LedgerSpan(nanoseconds: 1_000_000))
            turn += 1
        }
        guard result.failureCount == 0 else { return }
        let events = written.values.reduce(0, +)
        result.add(events, to: "timed events, \(storm)")
        for entry in expected where written[entry] != 1 {
            fail("\(storm): \(entry) was written \(written[entry] ?? 0) times")
        }
        if events != expected.count { fail("\(storm): \(events) timed events for \(expected.count) due") }
    }

    /// Answers those that waited when the tick ended. As many arrive at once, too late for this turn.
    private mutating func takeGroup(isCrowd: Bool) {
        let arrived = arrival
        arrival = timed
        for place in 0..<LedgerStorm.waitingMax where result.failureCount == 0 {
            if isCrowd { crowdIn(place) } else { command(place % 5) }
            let waited = timed - arrived
            if waited > LedgerState.replyDueMax { fail("a reply waited for \(waited) timed events") }
            result.raise(waited, in: "most timed events before a reply")
        }
    }

    /// A command about a hold that ends and a batch that closes, or a request of many.
    private mutating func crowdIn(_ place: Int) {
        let count = place % 16 == 15 ? LedgerStorm.requestCount : 1
        let asked = (0..<count).map { _ in nextCrowded() }
        let own = asked.flatMap { [holds[$0].raw, firstBatch[$0 % batchCount].raw] }
        let left = state.dueRoom
        let outcome = count == 1 ? capture(asked[0]) : captureAll(asked)
        // What has no room for all of it is told to come again.
        let isBusy = outcome == .refused(.busy) && left < own.count
        if isBusy { result.add(1, to: "busy") }
        expect(outcome, isBusy ? .refused(.busy) : .refused(.paymentExpired), own: own)
    }

    private mutating func nextCrowded() -> Int {
        repeat { crowded -= 1 } while crowded > 0 && isCaptured(crowded)
        return crowded
    }

    private mutating func tick() -> Bool {
        batch.removeAll()
        let entries = state.due.count
        state.dueRoom = mutation == .endlessRoom ? .max : LedgerState.commandsDueMax
        let allocations = holdfast_allocations_of_thread()
        let start = ContinuousClock.now
        let isMore = state.tick(at: now, into: &batch)
        times.add(.now - start, events: batch.count)
        result.add(Int(holdfast_allocations_of_thread() - allocations), to: "allocations in ticks")
        result.cases += 1
        result.add(1, to: "ticks")
        if batch.count > LedgerState.tickEventsMax { fail("a tick of \(batch.count) events") }
        let pushed = hear(isOfTick: true)
        let looked = entries + pushed - state.due.count
        if looked > LedgerState.tickEntriesMax + LedgerState.idleEntriesMax * batch.count {
            fail("a tick looked at \(looked) entries")
        }
        if batch.count == 0, isMore { result.add(1, to: "ticks of nothing but idle entries") }
        result.raise(looked, in: "most entries of a tick")
        return isMore
    }

    /// Reads back what was written. How many entries that pushed.
    @discardableResult
    private mutating func hear(isOfTick: Bool) -> Int {
        var events: [Event] = []
        let first = SequenceNumber(raw: state.next.raw - UInt64(batch.count))
        do throws(EventFormatError) { events = try batch.events(from: first) } catch { fail("\(error)") }
        for event in events {
            replayed.apply(event)
            if case .batchOpened = event.fact { remember(event) }
        }
        if mutation == .lostEvent, isOfTick, events.count > 2 { events.remove(at: 1) }
        if mutation == .swappedEvents, isOfTick, events.count > 2 { events.swapAt(0, 1) }
        var pushed = 0
        for event in events {
            guard let entry = StormEntry(event) else { continue }
            written[entry, default: 0] += 1
            timed += 1
            if entry.kind == .announcement { pushed += 1 }
            guard isOfTick else { continue }
            if let last, entry <= last { fail("\(entry) was written after \(last)") }
            last = entry
        }
        return pushed
    }

    private mutating func remember(_ event: Event) {
        let merchant = Int(event.context.merchant.number) - 1
        newestBatch[merchant] = BatchID(createdBy: event.sequence, shard: Shard(number: 0))
        if firstBatch[merchant].isNone { firstBatch[merchant] = newestBatch[merchant] }
    }

    /// A command of one of five kinds, and its answer.
    private mutating func command(_ turn: Int) {
        let hold = random.below(holdCount)
        let merchant = random.below(batchCount)
        let old = firstBatch[merchant]
        let isEnded = now >= midnight && !isCaptured(hold)
        switch turn {
        case 0 where isEnded:
            // About its merchant's open batch, too.
            let own = [holds[hold].raw, firstBatch[hold % batchCount].raw]
            expect(capture(hold), .refused(.paymentExpired), own: own)
        case 1 where isEnded: expect(void(hold), .refused(.paymentExpired), own: [holds[hold].raw])
        case 2 where now >= midnight:
            // Into a new batch, even where the old one has not had its turn.
            guard case .done = authorize(merchant, isCaptured: true) else { return fail("not authorized") }
            expectOwn([old.raw])
            if newestBatch[merchant] == old { fail("captured into a batch that was over") }
        case 3 where now >= midnight:
            var close = CloseBatch()
            close.batch = old
            expect(perform(.closeBatch(close), of: merchant), .refused(.batchNotOpen), own: [old.raw])
        default:
            guard case .done = authorize(merchant, isCaptured: false) else { return fail("not authorized") }
            expectOwn([old.raw])
        }
    }

    private mutating func expect(_ outcome: Outcome, _ wanted: Outcome, own: [UInt64]) {
        if outcome != wanted { fail("\(outcome) instead of \(wanted)") }
        expectOwn(own)
    }

    /// Of timed events, the command at hand wrote its own at most, before all others.
    private mutating func expectOwn(_ ids: [UInt64]) {
        var events: [Event] = []
        let first = SequenceNumber(raw: state.next.raw - UInt64(batch.count))
        do throws(EventFormatError) { events = try batch.events(from: first) } catch { fail("\(error)") }
        let timed = events.prefix { StormEntry($0) != nil }.compactMap { StormEntry($0)?.id }
        result.add(timed.count, to: "timed events by commands")
        result.raise(timed.count, in: "most timed events by a command")
        if timed != ids.filter(timed.contains) { fail("due of \(ids), written \(timed)") }
        if events.dropFirst(timed.count).contains(where: { StormEntry($0) != nil }) {
            fail("what was due was not written first")
        }
    }

    // MARK: Commands

    @discardableResult
    private mutating func perform(_ request: Request, of merchant: Int?) -> Outcome {
        var command = Command(request)
        if let merchant {
            command.merchant = MerchantID(number: UInt32(merchant) + 1, shard: Shard(number: 0))
        }
        if request.operation.needsKey {
            keyCount += 1
            command.key = Hash128(low: keyCount, high: 1)
            command.fingerprint = keyCount
        }
        batch.removeAll()
        let outcome = state.decide(command, at: now, into: &batch)
        result.cases += 1
        result.add(1, to: "commands")
        hear(isOfTick: false)
        return outcome
    }

    private mutating func authorize(_ merchant: Int, isCaptured: Bool) -> Outcome {
        var request = RecordAuthorization()
        request.order.amount = 100
        request.order.currency = Currency.eur.number
        request.order.capture = isCaptured ? .automatic : .manual
        request.acquirer = acquirer
        request.expiresAt = now < midnight.subtracting(.hours(1)) ? midnight : now.adding(.days(7))
        request.place = place
        return perform(.recordAuthorization(request), of: merchant)
    }

    /// Until the next midnight.
    private var place: BatchPlace {
        var place = BatchPlace()
        place.closesAt = now < midnight ? midnight : midnight.adding(.days(1))
        return place
    }

    private mutating func capture(_ hold: Int) -> Outcome {
        var request = CapturePayment()
        request.payment = holds[hold]
        request.place = place
        return perform(.capturePayment(request), of: hold % batchCount)
    }

    /// All of them or none: of so many merchants, each its own.
    private mutating func captureAll(_ holds: [Int]) -> Outcome {
        let commands = holds.map { hold in
            var request = CapturePayment()
            request.payment = self.holds[hold]
            request.place = place
            var command = Command(.capturePayment(request))
            command.merchant = MerchantID(
                number: UInt32(hold % batchCount) + 1, shard: Shard(number: 0))
            return command
        }
        keyCount += 1
        batch.removeAll()
        let outcome = state.decideAll(
            commands, key: Hash128(low: keyCount, high: 1), fingerprint: keyCount, at: now, into: &batch)
        result.cases += 1
        result.add(1, to: "requests")
        hear(isOfTick: false)
        switch outcome {
        case .refused(let code, _): return .refused(code)
        case .done, .exists:
            fail("a request about holds that ended: \(outcome)")
            return .refused(.malformed)
        }
    }

    private mutating func void(_ hold: Int) -> Outcome {
        var request = VoidPayment()
        request.payment = holds[hold]
        return perform(.voidPayment(request), of: hold % batchCount)
    }

}

/// Something due: of the storm at hand all at the same moment, so that kind and id tell the order.
struct StormEntry: Hashable, Comparable {
    enum Kind: UInt8 { case announcement, expiry, cutoff }

    var kind: Kind
    var id: UInt64

    static func < (left: Self, right: Self) -> Bool {
        (left.kind.rawValue, left.id) < (right.kind.rawValue, right.id)
    }
}

extension StormEntry {
    /// What an event says to have been due; nil for others.
    init?(_ event: Event) {
        switch event.fact {
        case .holdExpiring: self.init(kind: .announcement, id: event.context.payment.raw)
        case .holdExpired: self.init(kind: .expiry, id: event.context.payment.raw)
        case .batchClosed(let fact): self.init(kind: .cutoff, id: fact.batch.raw)
        default: return nil
        }
    }
}
