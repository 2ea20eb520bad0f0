import Ledger
import LedgerModel
import LedgerSpaces
import LogStore
import Projections
import TestSupport

/// One life of the ledger beside that of the model.
struct LockstepLife: ~Copyable {
    private let seed: UInt64
    private let mutation: LedgerLockstep.Mutation?
    private var state: LedgerState
    private let model: LedgerModel
    private var drawer: CommandDrawer
    private var batch = EventBatch(capacity: 2_048)
    private var events: [Event] = []
    /// Places in `events` and the digests there, for replay to reach.
    private var digests: [(count: Int, digest: StateDigest)] = []
    private var result = CampaignResult()
    private var coverage = LockstepCoverage()
    private var isBroken = false
    private var step = 0

    private static let shard = Shard(number: 3)
    private static let start = LedgerTime(nanoseconds: 1_780_000_000_000_000_000)

    init(seed: UInt64, mutation: LedgerLockstep.Mutation?) {
        self.seed = seed
        self.mutation = mutation
        state = LedgerState(shard: Self.shard, seed: seed)
        model = LedgerModel(nextSequence: 1, shard: Self.shard)
        // The clock of every fourth life jumps back and forth.
        drawer = CommandDrawer(seed: seed, start: Self.start, isClockFaulty: seed % 4 == 0)
        var opening = LedgerOpened()
        opening.isTest = true
        opening.shard = Self.shard.number
        let first = Event(
            sequence: SequenceNumber(raw: 0), time: Self.start, fact: .ledgerOpened(opening))
        state.apply(first)
        events = [first]
    }

    /// Runs so many steps, or to the first difference.
    mutating func run(steps: Int) -> CampaignResult {
        while step < steps, !isBroken {
            step += 1
            take(drawer.next(model))
            result.cases += 1
            if step % 100 == 0 {
                compareBalances()
                comparePayments()
            }
            if step % 250 == 0, let found = LockstepQueries.difference(state, model, limit: 1 + step % 9) {
                fail(found)
            }
        }
        compareBalances()
        comparePayments()
        replay()
        if isLookedAtClosely, !isBroken { replayClosely() }
        result.add(events.count, to: "events")
        coverage.add(to: &result)
        return result
    }

    private mutating func take(_ next: CommandDrawer.Step) {
        coverage.addUse(of: next.act.key, by: model)
        if next.room == nil || tryWithLittle(next) { perform(next) }
        coverage.keep(next.act.key, of: model)
        if step % 97 == 0 { digests.append((events.count, state.digest)) }
    }

    /// Tries it with little room. `busy` may change nothing but what fell due, and the same is then asked
    /// again; returns whether it is.
    private mutating func tryWithLittle(_ next: CommandDrawer.Step) -> Bool {
        let room = next.room ?? 1
        var little = EventBatch(capacity: room)
        let known = model.events.count
        let before = state.digest
        guard let most = next.act.eventsMax else {
            tick(next.time, &little)
            finish(next.act, from: known, before)
            return false
        }
        if most > LedgerModel.requestEventsMax { return true }
        var trial = Trial.command(.refused(.busy))
        switch next.act {
        case .command(let command):
            trial = .command(state.decide(command, at: next.time, into: &little))
        case .request(let commands, let key, let fingerprint):
            trial = .request(
                state.decideAll(
                    commands, key: key, fingerprint: fingerprint, at: next.time, into: &little))
        case .tick: return true
        }
        let written = little.count
        keep(little)
        guard trial.isBusy else {
            compare(trial, told(next), next.act)
            coverage.add("little room, and enough")
            finish(next.act, from: known, before)
            return false
        }
        if room < most {
            // Nobody looked at anything but the clock.
            if written > 0 || state.digest != before { fail("busy at once, and changed") }
            coverage.add("busy at once")
            coverage.add("refused busy")
            return true
        }
        let theirs = told(next, dueMax: written)
        if theirs != .refused(.busy) || room - written > most + 1 {
            fail("busy with room for \(room) after \(written) events, the model says \(theirs)")
        }
        coverage.add("busy after some of what is due", written > 0 ? 1 : 0)
        finish(next.act, from: known, before)
        return true
    }

    /// What the ledger answered to the one or the other.
    private enum Trial {
        case command(Outcome)
        case request(RequestOutcome)

        var isBusy: Bool {
            switch self {
            case .command(let outcome): outcome == .refused(.busy)
            case .request(.refused(.busy, _)): true
            case .request: false
            }
        }
    }

    /// What the model says.
    private func told(_ next: CommandDrawer.Step, dueMax: Int? = nil) -> ModelOutcome {
        switch next.act {
        case .command(let command): return model.perform(command, at: next.time, dueMax: dueMax)
        case .request(let commands, let key, let fingerprint):
            return model.performAll(
                commands, key: key, fingerprint: fingerprint, at: next.time, dueMax: dueMax)
        case .tick:
            model.tick(at: next.time)
            return .exists(.none)
        }
    }

    private mutating func perform(_ next: CommandDrawer.Step) {
        let known = model.events.count
        let before = state.digest
        batch.removeAll()
        switch next.act {
        case .command(let command):
            let outcome = state.decide(command, at: next.time, into: &batch)
            compare(.command(outcome), told(next), next.act)
            result.add(1, to: "commands")
        case .request(let commands, let key, let fingerprint):
            let outcome = state.decideAll(
                commands, key: key, fingerprint: fingerprint, at: next.time, into: &batch)
            compare(.request(outcome), told(next), next.act)
            result.add(1, to: "requests")
            result.add(commands.count, to: "commands")
        case .tick:
            var plenty = EventBatch(capacity: 1)
            swap(&plenty, &batch)
            tick(next.time, &plenty)
            swap(&plenty, &batch)
            return finish(next.act, from: known, before)
        }
        keep()
        finish(next.act, from: known, before)
    }

    private mutating func tick(_ time: LedgerTime, _ batch: inout EventBatch) {
        var isMore = true
        while isMore {
            batch.removeAll()
            isMore = state.tick(at: time, into: &batch)
            keep(batch)
            for event in events.suffix(batch.count) { lookAtDue(event.fact.type) }
        }
        model.tick(at: time)
    }

    /// A tick writes what falls due by itself, and nothing else.
    private mutating func lookAtDue(_ type: FactType) {
        coverage.add("tick \(type)")
        if !Trials.typesOfDue.contains(type) { fail("a tick wrote \(type)") }
    }

    private mutating func keep() {
        if let problem = Self.append(batch, before: state.next, to: &events) { fail(problem) }
    }

    private mutating func keep(_ other: borrowing EventBatch) {
        if let problem = Self.append(other, before: state.next, to: &events) { fail(problem) }
    }

    private static func append(
        _ batch: borrowing EventBatch, before next: SequenceNumber, to events: inout [Event]
    ) -> String? {
        do throws(EventFormatError) {
            events += try batch.events(from: SequenceNumber(raw: next.raw - UInt64(batch.count)))
            return nil
        } catch { return "\(error)" }
    }

    // MARK: Comparing

    private mutating func compare(_ ours: Trial, _ theirs: ModelOutcome, _ act: CommandDrawer.Step.Act) {
        var isSame = false
        switch (ours, act) {
        case (.command(let outcome), .command(let command)):
            isSame = theirs.isSame(outcome)
            coverage.add(command.operation, theirs)
            coverage.addTelling(command, theirs, model)
        case (.request(let outcome), .request(let commands, _, _)):
            isSame = model.isSame(outcome, theirs)
            coverage.add(commands, theirs, model)
        default: break
        }
        if mutation == .changedOutcome, theirs == .refused(.exceedsRefundable) { isSame = false }
        if !isSame {
            let told = model.outcomes.isEmpty ? "" : ", at \(model.refusedIndex) of \(model.outcomes)"
            fail("\(act.words): \(ours), the model says \(theirs)\(told)")
        }
    }

    /// What must hold once a step is done.
    private mutating func finish(
        _ act: CommandDrawer.Step.Act, from known: Int, _ before: StateDigest
    ) {
        if model.events.count == known, state.digest != before { fail("\(act): changed without an event") }
        compareEvents(from: known)
        let broken = model.check()
        if !broken.isEmpty { fail("the model does not hold: \(broken)") }
        lookAtPromises(from: known)
    }

    /// What docs/payments.md promises, of what the step was about.
    private mutating func lookAtPromises(from known: Int) {
        guard model.events.count > known else { return }
        var broken = state.brokenAccounts
        let unexplained = state.unexplainedSuspense
        if unexplained != 0 { broken.append("\(unexplained) on 1900 that no exception speaks of") }
        for id in Set(model.events[known...].map(\.payment)) where !id.isNone {
            guard let index = model.state.paymentIndex[id] else { continue }
            let merchant = model.state.merchants[model.state.payments[index].merchant]
            broken += state.brokenPromises(of: id, overcapture: merchant?.overcaptureMost)
        }
        if !broken.isEmpty { fail("the ledger does not hold: \(broken.sorted())") }
    }

    private mutating func compareEvents(from known: Int) {
        // The model has no opening.
        guard events.count == model.events.count + 1 else {
            let (ours, theirs) = (events.dropFirst(known + 1), model.events.dropFirst(known))
            return fail("events \(ours.map(\.fact.type)), the model has \(theirs.map(\.type))")
        }
        var seen = PaymentID.none
        for index in known..<model.events.count {
            let theirs = model.events[index]
            if let found = theirs.difference(from: mutated(events[index + 1])) { return fail(found) }
            if !events[index + 1].legs.isBalanced { fail("legs of \(theirs.type) do not sum to zero") }
            if case .batchClosed(let fact) = events[index + 1].fact { compareItems(fact) }
            coverage.add("fact \(theirs.type)")
            if theirs.payment != seen { comparePayment(theirs.payment) }
            seen = theirs.payment
        }
    }

    /// An event as a mistake would have it.
    private func mutated(_ event: Event) -> Event {
        guard let mutation else { return event }
        var event = event
        switch (mutation, event.fact) {
        case (.changedLeg, .itemSettled) where event.legs.count > 0:
            var legs = Legs()
            for index in 0..<event.legs.count {
                let leg = event.legs[index]
                legs.add(leg.account, leg.amount + (index == 0 ? 1 : 0), leg.layer)
            }
            event.legs = legs
        case (.changedField, .holdExpired(var fact)):
            fact.reversal.toggle()
            event.fact = .holdExpired(fact)
        case (.lostCause, .exceptionOpened): event.context.cause = .none
        case (.lostPrevious, .declined): event.context.previous = .none
        default: break
        }
        return event
    }

    /// The hash over what came into a batch and left it, by a library.
    private mutating func compareItems(_ fact: BatchClosed) {
        var hasher = SHA256()
        for item in model.state.batches[fact.batch]?.items ?? [] {
            for byte in 0..<8 { hasher.update(byte: UInt8(truncatingIfNeeded: item.raw >> UInt64(8 * byte))) }
        }
        let words = hasher.finalize().words
        let theirs = [words.0, words.1, words.2, words.3]
        let ours = [
            fact.items.first.low, fact.items.first.high, fact.items.second.low, fact.items.second.high,
        ]
        if ours != theirs { fail("items of batch \(fact.batch.raw)") }
    }

    /// Every sum of every account.
    private mutating func compareBalances() {
        var number = state.accounts.firstRow()
        var count = 0
        while let found = number {
            let row = state.accounts[found]
            let sums = model.balance(row.id)
            if Int128(row.debitsPosted) != sums.debitsPosted
                || Int128(row.creditsPosted) != sums.creditsPosted
                || Int128(row.debitsPending) != sums.debitsPending
                || Int128(row.creditsPending) != sums.creditsPending
            {
                fail("\(row.id.account) of \(row.id.owner): \(row), the model has \(sums)")
            }
            count += 1
            number = state.accounts.firstRow(from: RowNumber(raw: found.raw + 1))
        }
        if count != model.accountCount { fail("\(count) accounts, the model has \(model.accountCount)") }
    }

    /// What is seen of every payment.
    private mutating func comparePayments() {
        for theirs in model.payments { compare(theirs) }
        result.add(model.payments.count, to: "payments seen")
        compareReversals()
        compareExceptions()
    }

    private mutating func comparePayment(_ id: PaymentID) {
        guard let index = model.state.paymentIndex[id] else { return }
        compare(model.state.payments[index])
    }

    private mutating func compare(_ theirs: ModelPayment) {
        if let found = LockstepPayments.difference(state, theirs) { fail(found) }
    }

    /// What nobody can explain, and what is said of it.
    private mutating func compareExceptions() {
        let ours = state.exceptions.sortedRows.map { row in
            "\(row.id.raw) \(row.kind) \(row.merchant.raw) \(row.payment.raw) \(row.acquirer.raw) "
                + "\(row.currency) \(row.expected.minorUnits) \(row.actual.minorUnits) \(row.suspense)"
        }
        let theirs = model.state.exceptions.sorted { $0.key < $1.key }.map { id, exception in
            "\(id.raw) \(exception.kind) \(exception.merchant.raw) \(exception.payment.raw) "
                + "\(exception.acquirer.raw) \(exception.currency?.number ?? 0) \(exception.expected) "
                + "\(exception.actual) \(exception.suspense)"
        }
        guard ours != theirs else { return }
        let different = zip(ours, theirs).first { $0 != $1 }
        fail("exceptions \(ours.count) and \(theirs.count): \(different.map { "\($0)" } ?? "one more")")
    }

    /// What is to be undone at acquirers.
    private mutating func compareReversals() {
        let ours = state.reversals.sortedRows.map { "\($0.id.raw) \($0.amount.minorUnits)" }
        let theirs = model.payments.flatMap(\.reversals).filter(\.isOutstanding)
            .sorted { $0.id < $1.id }.map { "\($0.id.raw) \($0.amount)" }
        if ours != theirs { fail("reversals \(ours), the model has \(theirs)") }
    }

    /// The events give the same state, at every place whose digest is known.
    private mutating func replay() {
        var again = LedgerState(shard: Self.shard, seed: ~seed)
        var done = 0
        for (count, digest) in digests + [(events.count, state.digest)] {
            for event in events[done..<count] where !isLost(event) { again.apply(event) }
            done = count
            if again.digest != digest { return fail("replay of \(count) events gives another state") }
        }
    }

    /// Whether everything is looked at after every event of this life: of one in twenty.
    private var isLookedAtClosely: Bool { (seed &* 0x9E37_79B9_7F4A_7C15) >> 40 % 20 == 0 }

    /// The same again, looking at everything that must hold after every event: a step is several.
    private mutating func replayClosely() {
        var closely = LockstepReplay(
            shard: Self.shard, seed: ~seed, isNarrow: mutation == .narrowOvercapture)
        for (index, event) in events.enumerated() {
            let found = closely.apply(unbalanced(event))
            if !found.isEmpty { return fail("after event \(index), \(event.fact.type): \(found)") }
        }
        let found = closely.brokenPromises
        if !found.isEmpty { fail("at the end: \(found)") }
        if closely.state.digest != state.digest { fail("the events one by one give another state") }
        result.add(1, to: "lives looked at after every event")
        result.add(events.count, to: "events looked at one by one")
        result.add(closely.overcaptures, to: "captures of more than was authorized among them")
    }

    /// An event as a mistake would have it that gives money away and is right in the book of its command.
    private func unbalanced(_ event: Event) -> Event {
        guard mutation == .unbalancedEvent, case .costNetted = event.fact, event.legs.count > 1 else {
            return event
        }
        var (event, legs) = (event, Legs())
        for index in 1..<event.legs.count { legs.add(event.legs[index].account, event.legs[index].amount) }
        event.legs = legs
        return event
    }

    /// Events that nothing else in the log depends on: without others a replay stops at once.
    private func isLost(_ event: Event) -> Bool { mutation == .lostEvent && event.fact.type == .cashMatched }

    private mutating func fail(_ what: String) {
        guard !isBroken else { return }
        isBroken = true
        result.fail(.init(replay: "\(seed)", "step \(step): \(what)"))
    }
}

extension CommandDrawer.Step.Act {
    /// Events it may write, besides what is due before it; nil for a tick.
    var eventsMax: Int? {
        switch self {
        case .command(let command): LedgerModel.eventsMax(command)
        case .request(let commands, _, _): LedgerModel.eventsMax(commands)
        case .tick: nil
        }
    }

    /// What is asked for.
    var words: String {
        switch self {
        case .command(let command): "\(command.operation)"
        case .request(let commands, _, _): "\(commands.map(\.operation))"
        case .tick: "tick"
        }
    }
}
