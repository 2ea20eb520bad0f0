import Ledger
import LedgerModel
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
        result.add(events.count, to: "events")
        return result
    }

    private mutating func take(_ next: CommandDrawer.Step) {
        let known = model.events.count
        batch.removeAll()
        switch next.act {
        case .command(let command):
            let before = state.digest
            compare(
                state.decide(command, at: next.time, into: &batch),
                model.perform(command, at: next.time), "\(command.request.operation)")
            result.add(1, to: "commands")
            if batch.count == 0, state.digest != before { fail("\(command): changed without an event") }
        case .request(let commands, let key, let fingerprint):
            let outcome = state.decideAll(
                commands, key: key, fingerprint: fingerprint, at: next.time, into: &batch)
            compare(
                outcome, model.performAll(commands, key: key, fingerprint: fingerprint, at: next.time),
                "\(commands.map(\.request.operation))")
            result.add(1, to: "requests")
            result.add(commands.count, to: "commands")
        case .tick:
            tick(next.time)
            model.tick(at: next.time)
        }
        keep()
        compareEvents(from: known)
        let broken = model.check()
        if !broken.isEmpty { fail("the model does not hold: \(broken)") }
        if step % 97 == 0 { digests.append((events.count, state.digest)) }
    }

    private mutating func tick(_ time: LedgerTime) {
        while state.tick(at: time, into: &batch) {
            keep()
            batch.removeAll()
        }
    }

    private mutating func keep() {
        let first = SequenceNumber(raw: state.next.raw - UInt64(batch.count))
        do throws(EventFormatError) { events += try batch.events(from: first) } catch { fail("\(error)") }
    }

    // MARK: Comparing

    private mutating func compare(_ ours: Outcome, _ theirs: ModelOutcome, _ what: String) {
        var isSame =
            switch (ours, theirs) {
            case (.done(let first, let count), .done(let other, let otherCount)):
                first == other && count == otherCount
            case (.exists(_, .done), .exists): true
            case (.exists(_, let outcome), .known(let other)): Self.modelled(outcome) == other
            case (.refused(let code), .refused(let other)): code == other
            default: false
            }
        if mutation == .changedOutcome, case .refused(.exceedsRefundable) = ours { isSame = false }
        if !isSame { fail("\(what): \(ours), the model says \(theirs)") }
        if case .refused(let code) = ours { result.add(1, to: "\(code)") }
        if case .known(let outcome) = theirs { result.add(1, to: "key \(outcome)") }
    }

    private mutating func compare(_ ours: RequestOutcome, _ theirs: ModelOutcome, _ what: String) {
        let isSame =
            switch (ours, theirs) {
            case (.done(let outcomes), .done(let first, let count)): Self.span(outcomes) == (first, count)
            case (.done(let outcomes), .exists): Self.span(outcomes).count == 0
            case (.exists(_, .refused(let code)), .refused(let other)): code == other
            case (.exists(_, let outcome), .known(let other)): Self.modelled(outcome) == other
            case (.refused(let code, _), .refused(let other)): code == other
            default: false
            }
        if !isSame { fail("\(what): \(ours), the model says \(theirs)") }
        if case .refused(let code, _) = ours { result.add(1, to: "request: \(code)") }
    }

    /// The model keeps no codes with what was declined.
    private static func modelled(_ outcome: KeyOutcome) -> ModelKeyOutcome? {
        switch outcome {
        case .pending: .pending
        case .done: .done
        case .failed: .failed
        case .declined: .declined
        case .blocked: .blocked
        case .refused: nil
        }
    }

    /// The first event of a request and how many there are.
    private static func span(_ outcomes: [Outcome]) -> (first: SequenceNumber, count: Int) {
        var (first, count) = (SequenceNumber.none, 0)
        for case .done(let start, let own) in outcomes {
            if count == 0 { first = start }
            count += own
        }
        return (first, count)
    }

    private mutating func compareEvents(from known: Int) {
        // The model has no opening.
        guard events.count == model.events.count + 1 else {
            let (ours, theirs) = (events.dropFirst(known + 1), model.events.dropFirst(known))
            return fail("events \(ours.map(\.fact.type)), the model has \(theirs.map(\.type))")
        }
        for index in known..<model.events.count {
            let (ours, theirs) = (events[index + 1], model.events[index])
            guard ours.sequence == theirs.sequence, ours.time == theirs.time, ours.fact.type == theirs.type,
                ours.context.merchant == theirs.merchant, ours.context.payment == theirs.payment,
                legs(ours) == theirs.normalLegs
            else {
                return fail(
                    """
                    \(ours.sequence.raw) \(ours.fact.type) of \(ours.context.payment.raw) at \
                    \(ours.time.nanoseconds), legs \(Self.text(legs(ours))); the model has \
                    \(theirs.sequence.raw) \(theirs.type) of \(theirs.payment.raw) at \
                    \(theirs.time.nanoseconds), legs \(Self.text(theirs.normalLegs))
                    """)
            }
            result.add(1, to: "\(theirs.type)")
        }
    }

    private func legs(_ event: Event) -> [ModelLeg] {
        var legs: [ModelLeg] = []
        for index in 0..<event.legs.count {
            let leg = event.legs[index]
            let more: Int64 =
                mutation == .changedLeg && event.fact.type == .itemSettled && index == 0 ? 1 : 0
            legs.append(ModelLeg(account: leg.account, layer: leg.layer, amount: leg.amount + more))
        }
        return ModelEvent.normalized(legs)
    }

    private static func text(_ legs: [ModelLeg]) -> [String] {
        legs.map { "\($0.account.account.number) \($0.layer) \($0.amount)" }
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
        for theirs in model.payments {
            guard let ours = state.view(of: theirs.id) else {
                return fail("payment \(theirs.id.raw) is not there")
            }
            let isSame =
                ours.authorized.minorUnits == theirs.authorized && ours.captured.minorUnits == theirs.captured
                && ours.capturable.minorUnits == max(0, theirs.held - theirs.reserved)
                && ours.settled.minorUnits == theirs.settled
                && ours.refundable.minorUnits == theirs.refundable
                && ours.disputed.minorUnits == theirs.disputed
                && ours.isUnderReview == theirs.isUnderReview
            if !isSame { return fail("\(ours), the model has \(theirs)") }
        }
        result.add(model.payments.count, to: "payments seen")
        compareReversals()
        compareExceptions()
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

    /// Events that nothing else in the log depends on: without others a replay stops at once.
    private func isLost(_ event: Event) -> Bool { mutation == .lostEvent && event.fact.type == .cashMatched }

    private mutating func fail(_ what: String) {
        guard !isBroken else { return }
        isBroken = true
        result.fail(.init(replay: "\(seed)", "step \(step): \(what)"))
    }
}
