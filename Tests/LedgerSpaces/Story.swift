import Ledger
import LedgerModel
import Projections

/// Some who act on one payment, each in an order of its own; between them any order may come about.
package struct Story: Sendable {
    package let title: String
    /// Steps from the ledger that is set up to where the story begins.
    package let start: [String]
    /// Who acts, and what each does, by names of moves.
    package let actors: [[String]]

    package init(_ title: String, start: [String], _ actors: [[String]]) {
        self.title = title
        self.start = start
        self.actors = actors
    }

    /// One thing that happens in a run of the story.
    package enum Event: Hashable, Sendable {
        /// The next step of an actor.
        case step(Int)
        /// What was asked at this place of the run is asked once more, under another key.
        case again(Int)
        /// Time passes until something falls due.
        case due
    }

    /// What may come between the steps, once each.
    package struct Extras: Sendable {
        /// How many requests are made a second time.
        package var repetitions = 0
        /// How often time passes.
        package var dues = 0

        package init(repetitions: Int = 0, dues: Int = 0) {
            self.repetitions = repetitions
            self.dues = dues
        }
    }

    /// Calls `body` with every order in which the actors' steps can come, with extras at every place.
    package func forEachRun(_ extras: Extras, _ body: ([Event]) -> Void) {
        var run: [Event] = []
        visit(&run, left: actors.map(\.count), extras, body)
    }

    private func visit(
        _ run: inout [Event], left: [Int], _ extras: Extras, _ body: ([Event]) -> Void
    ) {
        if left.allSatisfy({ $0 == 0 }), extras.repetitions == 0, extras.dues == 0 { body(run) }
        for actor in actors.indices where left[actor] > 0 {
            var rest = left
            rest[actor] -= 1
            run.append(.step(actor))
            visit(&run, left: rest, extras, body)
            run.removeLast()
        }
        if extras.dues > 0 {
            run.append(.due)
            visit(&run, left: left, Extras(repetitions: extras.repetitions, dues: extras.dues - 1), body)
            run.removeLast()
        }
        guard extras.repetitions > 0 else { return }
        for (place, event) in run.enumerated() {
            guard case .step = event else { continue }
            run.append(.again(place))
            visit(&run, left: left, Extras(repetitions: extras.repetitions - 1, dues: extras.dues), body)
            run.removeLast()
        }
    }
}

/// What one run of a story came to.
package struct StoryRun {
    package private(set) var problems: [String] = []
    /// Commands given, repetitions included.
    package private(set) var commands = 0
    private var asked: [Asked] = []
    private var requests: [Int: (Request, Move)] = [:]
    private var own: [Scene.Own]
    private var done: [Int]

    /// A command whose key is remembered, and what was last known of it.
    private struct Asked {
        let command: Command
        let time: LedgerTime
        var outcome: KeyOutcome
    }

    /// Keys live longer; beyond that a repetition is a new request.
    private static let keySpan = LedgerSpan.hours(70)

    /// Runs the events from a place. After each of them every earlier command is given again as it was: it
    /// must be answered as the first time, and write nothing.
    ///
    /// - Parameter replays: whether the events are also replayed.
    package init(
        _ story: Story, _ run: [Story.Event], from place: LedgerPair.Place, replays: Bool, scratch: Scratch
    ) {
        own = story.actors.map { _ in Scene.Own() }
        done = story.actors.map { _ in 0 }
        var pair = LedgerPair(at: place, scratch: scratch)
        for (index, event) in run.enumerated() {
            take(event, at: index, story, &pair)
            askAgain(&pair)
            if let problem = pair.overpaid { pair.note(problem) }
            guard pair.problems.isEmpty else {
                problems = pair.problems.map { "after \(index + 1) of \(story.text(run)): \($0)" }
                return
            }
        }
        if replays, LedgerPair.replay(pair.events).digest != pair.state.digest {
            problems.append("\(story.text(run)): replay gives another state")
        }
    }

    private mutating func take(
        _ event: Story.Event, at index: Int, _ story: Story, _ pair: inout LedgerPair
    ) {
        switch event {
        case .due: _ = pair.passToNextDue()
        case .again(let place):
            guard let (request, move) = requests[place] else { return }
            give(pair.command(request, of: move.merchant, by: move.actor), &pair)
        case .step(let actor):
            let name = story.actors[actor][done[actor]]
            done[actor] += 1
            if name == Space.due {
                _ = pair.passToNextDue()
                return
            }
            guard let move = Move.named(name) else { return pair.note("\(name) is no move") }
            var scene = pair.scene
            scene.own = own[actor]
            let request = move.request(scene)
            requests[index] = (request, move)
            let known = pair.events.count
            give(pair.command(request, of: move.merchant, by: move.actor), &pair)
            for new in pair.events[known...] { own[actor].take(new) }
        }
    }

    private mutating func give(_ command: Command, _ pair: inout LedgerPair) {
        let time = pair.time
        let told = pair.perform(command)
        commands += 1
        switch told.outcome {
        case .done: asked.append(Asked(command: command, time: time, outcome: .pending))
        case .refused(let code) where told.own == [.refused]:
            asked.append(Asked(command: command, time: time, outcome: .refused(code)))
        default: break
        }
    }

    /// One key, one answer: open at first, if it is for others to give, and then for ever the same.
    private mutating func askAgain(_ pair: inout LedgerPair) {
        for (index, first) in asked.enumerated() where pair.time < first.time.adding(Self.keySpan) {
            // A fact that found nothing it could be about left its key free, and is heard once it fits.
            let key = first.command.key
            let isFree = first.command.operation.isFact && !pair.events.contains { $0.context.key == key }
            let again = pair.perform(first.command)
            commands += 1
            if isFree {
                if Self.isToldAmiss(again) { pair.note("\(first.command.operation) told again") }
                asked[index].outcome = .pending
                continue
            }
            let outcome: KeyOutcome? =
                switch again.outcome {
                case .exists(_, let outcome): outcome
                case .refused(let code): .refused(code)
                case .done: nil
                }
            if let outcome, again.own.isEmpty, again.due.isEmpty {
                if first.outcome == .pending { asked[index].outcome = outcome }
                if first.outcome == .pending || first.outcome == outcome { continue }
            }
            pair.note("\(first.command.request.operation) was \(first.outcome), then \(again.outcome)")
        }
    }
}

extension StoryRun {
    /// Whether a fact that left its key free is answered, told again, as it must not be: it is known already,
    /// or heard because it fits by now.
    private static func isToldAmiss(_ again: LedgerPair.Told) -> Bool {
        switch again.outcome {
        case .refused: true
        case .exists: !again.own.isEmpty
        case .done: again.own.isEmpty
        }
    }
}

extension Story {
    /// A run in words: `refundPayment part · due · again 1`.
    package func text(_ run: [Event]) -> String {
        var done = actors.map { _ in 0 }
        let words = run.map { event -> String in
            switch event {
            case .due: return "due"
            case .again(let place): return "again \(place + 1)"
            case .step(let actor):
                done[actor] += 1
                return actors[actor][done[actor] - 1]
            }
        }
        return words.joined(separator: " · ")
    }
}

extension Scene {
    /// What an actor has made itself.
    package struct Own: Sendable {
        var capture: CaptureID?
        var refund: RefundID?
        var dispute: DisputeID?
        var payout: PayoutID?

        package init() {}

        mutating func take(_ event: Event) {
            switch event.fact {
            case .captured(let fact):
                let made = CaptureID(createdBy: event.sequence, shard: LedgerPair.shard)
                capture = fact.capture.isNone ? made : fact.capture
            case .captureRequested:
                capture = CaptureID(createdBy: event.sequence, shard: LedgerPair.shard)
            case .refundRequested:
                refund = RefundID(createdBy: event.sequence, shard: LedgerPair.shard)
            case .disputeOpened:
                dispute = DisputeID(createdBy: event.sequence, shard: LedgerPair.shard)
            case .payoutCreated: payout = PayoutID(createdBy: event.sequence, shard: LedgerPair.shard)
            default: break
            }
        }
    }
}

extension LedgerPair {
    /// More has gone out than came in: what merchants were paid and cardholders given back is more than was
    /// captured, and nobody owes the difference.
    var overpaid: String? {
        var (taken, given): (Int128, Int128) = (0, 0)
        var capture = state.captures.firstRow()
        while let row = capture {
            let (state, amount) = (state.captures[row].state, state.captures[row].amount.minorUnits)
            switch state {
            case .captured, .accepted, .settled, .rejected: taken += Int128(amount)
            case .requested, .unknown, .failed, .voided, .withdrawn: break
            }
            given += Int128(self.state.captures[row].refunded.minorUnits)
            capture = self.state.captures.firstRow(from: RowNumber(raw: row.raw + 1))
        }
        for payment in model.payments {
            given += Int128(state.view(of: payment.id)?.disputed.minorUnits ?? 0)
        }
        var number = state.payouts.firstRow()
        while let row = number {
            let payout = state.payouts[row]
            if payout.state == .created || payout.state == .paid { given += Int128(payout.amount.minorUnits) }
            number = state.payouts.firstRow(from: RowNumber(raw: row.raw + 1))
        }
        let debt = model.balance(AccountID(.merchantReceivable, .eur, of: Scene.merchant)).posted
        return given > taken + debt ? "\(given) went out, \(taken) came in, \(debt) is owed" : nil
    }
}
