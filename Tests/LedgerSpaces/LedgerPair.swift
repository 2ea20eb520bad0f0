package import Ledger
package import LedgerModel
package import Projections
internal import TestSupport

/// The ledger and its model side by side: every command goes to both, and whatever they disagree on, or
/// whatever must hold and does not, is a problem.
package struct LedgerPair: ~Copyable {
    package private(set) var state: LedgerState
    package let model: LedgerModel
    /// As read back from their bytes.
    package private(set) var events: [Event]
    /// Of the next command.
    package var time: LedgerTime
    /// Differences and broken promises so far, in words.
    package private(set) var problems: [String] = []
    /// Whether all that must hold is looked at after every event. Takes time that grows with the ledger.
    package var looks = true
    /// Keys given out so far.
    private var keyCount: UInt64
    private let scratch: Scratch

    package static var shard: Shard { Shard(number: 3) }
    package static var start: LedgerTime { LedgerTime(nanoseconds: 1_780_000_000_000_000_000) }

    /// What became of a command, and the events it took.
    package struct Told {
        package var outcome: Outcome
        /// What fell due before it.
        package var due: [FactType]
        /// Its own; of a refusal, `refused` if that was logged.
        package var own: [FactType]
    }

    /// A place to go on from, as often as one likes.
    package struct Place {
        package let events: [Event]
        package let model: LedgerModel
        package let time: LedgerTime
        let keyCount: UInt64
    }

    /// A ledger in which nothing but its opening has happened.
    package init(scratch: Scratch) {
        self.scratch = scratch
        state = LedgerState(shard: Self.shard, seed: 7)
        model = LedgerModel(nextSequence: 1, shard: Self.shard)
        var opening = LedgerOpened()
        opening.isTest = true
        opening.shard = Self.shard.number
        let first = Event(
            sequence: SequenceNumber(raw: 0), time: Self.start, fact: .ledgerOpened(opening))
        events = [first]
        time = Self.start.adding(.seconds(1))
        keyCount = 0
        state.apply(first)
    }

    /// Goes on from a place.
    package init(at place: Place, scratch: Scratch) {
        self.scratch = scratch
        state = Self.replay(place.events)
        model = place.model.copy()
        events = place.events
        time = place.time
        keyCount = place.keyCount
    }

    /// Where it stands.
    package var place: Place {
        Place(events: events, model: model.copy(), time: time, keyCount: keyCount)
    }

    /// What events give, from nothing.
    package static func replay(_ events: some Sequence<Event>) -> LedgerState {
        var state = LedgerState(shard: shard, seed: 7)
        for event in events { state.apply(event) }
        return state
    }

    /// A command under a new key.
    package mutating func command(_ request: Request, of merchant: MerchantID, by actor: UInt64 = 1)
        -> Command
    {
        keyCount += 1
        var command = Command(request)
        command.merchant = merchant
        command.actor = ActorID(raw: actor)
        command.key = Hash128(low: keyCount, high: 5)
        command.fingerprint = keyCount
        return command
    }

    /// Does a command in both, at `time`, which moves on by a millisecond.
    @discardableResult
    package mutating func perform(_ command: Command) -> Told {
        let known = events.count
        let before = state.digest
        scratch.events.removeAll()
        let outcome = state.decide(command, at: time, into: &scratch.events)
        let theirs = model.perform(command, at: time)
        if !theirs.isSame(outcome) {
            note("\(command.request.operation): \(outcome), the model says \(theirs)")
        }
        keep()
        compare(from: known, before)
        time = time.adding(LedgerSpan(nanoseconds: 1_000_000))
        return told(outcome, events[known...])
    }

    /// Does all of them or none, in both. The commands lose their keys.
    @discardableResult
    package mutating func performAll(_ commands: [Command], key: Hash128, fingerprint: UInt64)
        -> RequestOutcome
    {
        let known = events.count
        let before = state.digest
        let bare = commands.map { command in
            var bare = command
            (bare.key, bare.fingerprint) = (.none, 0)
            return bare
        }
        scratch.events.removeAll()
        let outcome = state.decideAll(
            bare, key: key, fingerprint: fingerprint, at: time, into: &scratch.events)
        let theirs = model.performAll(bare, key: key, fingerprint: fingerprint, at: time)
        if !model.isSame(outcome, theirs) {
            note("\(commands.map(\.request.operation)): \(outcome), the model says \(theirs)")
        }
        keep()
        compare(from: known, before)
        time = time.adding(LedgerSpan(nanoseconds: 1_000_000))
        return outcome
    }

    /// Writes what is due by `time` in both; how many events.
    @discardableResult
    package mutating func tick() -> [FactType] {
        let known = events.count
        let before = state.digest
        var isMore = true
        while isMore {
            scratch.events.removeAll()
            isMore = state.tick(at: time, into: &scratch.events)
            keep()
        }
        model.tick(at: time)
        compare(from: known, before)
        // What falls due a moment later is another step.
        time = time.adding(LedgerSpan(nanoseconds: 1_000))
        return events[known...].map(\.fact.type)
    }

    /// Goes to the moment when the next thing falls due, and writes it. False if nothing is to come.
    package mutating func passToNextDue() -> Bool {
        // Nothing is awaited that is as good as never: a log ends in 2262.
        while let moment = nextDue, moment < LedgerTime.max.subtracting(.days(365)) {
            time = max(time, moment)
            if !tick().isEmpty { return true }
        }
        return false
    }

    /// When something may fall due next; nil if nothing is waited for.
    package var nextDue: LedgerTime? { state.due.first?.time }

    private mutating func keep() {
        let first = SequenceNumber(raw: state.next.raw - UInt64(scratch.events.count))
        do throws(EventFormatError) {
            events += try scratch.events.events(from: first)
        } catch {
            note("\(error)")
        }
    }

    private func told(_ outcome: Outcome, _ new: ArraySlice<Event>) -> Told {
        let types = new.map(\.fact.type)
        let own: Int =
            switch outcome {
            case .done(_, let count): count
            case .exists: 0
            case .refused: types.last == .refused ? 1 : 0
            }
        return Told(outcome: outcome, due: Array(types.dropLast(own)), own: types.suffix(own))
    }

    /// Says that something is wrong.
    package mutating func note(_ problem: String) { problems.append(problem) }
}

/// Memory for the events of a command, used again and again. One thread's.
package final class Scratch {
    package var events = EventBatch(capacity: 1_100)
    package init() {}
}

// What the two must agree on, and what must hold.
extension LedgerPair {
    private mutating func compare(from known: Int, _ before: StateDigest) {
        if events.count == known, state.digest != before { note("changed without an event") }
        guard events.count == model.events.count + 1 else {
            let (ours, theirs) = (events[known...].map(\.fact.type), model.events.dropFirst(known - 1))
            return note("events \(ours), the model has \(theirs.map(\.type))")
        }
        for index in known..<events.count {
            let ours = events[index]
            if let found = model.events[index - 1].difference(from: ours) { note(found) }
            if !ours.legs.isBalanced { note("legs of \(ours.fact.type) do not sum to zero") }
        }
        if events.count > known, looks { look() }
    }

    /// Everything that must hold after every event, of the model and of the ledger.
    private mutating func look() {
        for problem in model.check() { note("the model does not hold: \(problem)") }
        compareAccounts()
        for problem in state.brokenPromises() { note(problem) }
    }

    private mutating func compareAccounts() {
        var count = 0
        var number = state.accounts.firstRow()
        while let found = number {
            let row = state.accounts[found]
            let sums = model.balance(row.id)
            let isSame =
                Int128(row.debitsPosted) == sums.debitsPosted
                && Int128(row.creditsPosted) == sums.creditsPosted
                && Int128(row.debitsPending) == sums.debitsPending
                && Int128(row.creditsPending) == sums.creditsPending
            if !isSame { note("\(row.id.account) of \(row.id.owner): \(row), the model has \(sums)") }
            count += 1
            number = state.accounts.firstRow(from: RowNumber(raw: found.raw + 1))
        }
        if count != model.accountCount { note("\(count) accounts, the model has \(model.accountCount)") }
    }
}
