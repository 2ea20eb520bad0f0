package import Ledger
import LedgerModel
import Projections

/// Every move in one state, looked at from all sides. What leaves the state as it was shares one ledger; what
/// is done has one of its own.
package struct Trials {
    /// By the number of the move: `✓` and the facts, `=`, or the reason.
    package private(set) var outcomes: [String] = []
    package private(set) var problems: [String] = []

    /// Tries every move at a place.
    ///
    /// - Parameter replays: whether the events of a move that was done with this outcome are replayed.
    package init(
        at place: LedgerPair.Place, scratch: Scratch, replays: (Move, String) -> Bool = { _, _ in true }
    ) {
        var shared = LedgerPair(at: place, scratch: scratch)
        for move in Move.all {
            let known = shared.problems.count
            undo(move, in: &shared)
            if isDone(move, in: &shared) {
                var pair = LedgerPair(at: place, scratch: scratch)
                let command = pair.command(move)
                let told = pair.perform(command)
                let outcome = Self.cell(told)
                outcomes.append(outcome)
                if replays(move, outcome) { note(move, Self.problemsOfReplay(pair)) }
                note(move, Self.problemsOfRetry(command, after: told, &pair))
                note(move, pair.problems)
            } else {
                let before = shared.state.digest
                let command = shared.command(move)
                let told = shared.perform(command)
                outcomes.append(Self.cell(told))
                if told.due.isEmpty, told.own.isEmpty, shared.state.digest != before {
                    note(move, ["changed without an event"])
                }
                note(move, Self.problemsOfRetry(command, after: told, &shared))
            }
            note(move, Array(shared.problems[known...]))
        }
        let found = Self.problemsOfReplay(shared)
        problems += found.map { "all that was refused: \($0)" }
    }

    /// Whether the model would do it: then a ledger of its own is needed. Asked of a copy.
    private func isDone(_ move: Move, in pair: inout LedgerPair) -> Bool {
        let command = pair.command(move)
        if case .done = pair.model.copy().perform(command, at: pair.time) { return true }
        return false
    }

    private mutating func note(_ move: Move, _ found: [String]) {
        problems += found.map { "\(move.name): \($0)" }
    }

    /// A cell of the page.
    package static func cell(_ told: LedgerPair.Told) -> String {
        let due = told.due.isEmpty ? "" : "(\(told.due.map { "\($0)" }.joined(separator: ", "))) "
        switch told.outcome {
        case .done: return due + "✓ " + told.own.map { "\($0)" }.joined(separator: ", ")
        case .exists: return due + "="
        case .refused(let code): return due + "\(code)"
        }
    }

    private static func problemsOfReplay(_ pair: borrowing LedgerPair) -> [String] {
        LedgerPair.replay(pair.events).digest == pair.state.digest ? [] : ["replay gives another state"]
    }

    /// The same key: the same answer, and nothing written. Another request under it: `keyReused`, or, of a
    /// fact, an exception; but if the fact found nothing it could be about, its key is free, and where words
    /// are all that counts they are known.
    private static func problemsOfRetry(
        _ command: Command, after told: LedgerPair.Told, _ pair: inout LedgerPair
    ) -> [String] {
        if told.own.isEmpty { return [] }
        var problems: [String] = []
        let again = pair.perform(command)
        switch (told.outcome, again.outcome) {
        case (.done, .exists): break
        case (.refused(let code), .refused(let other)) where code == other: break
        default: problems.append("\(told.outcome), then under the same key \(again.outcome)")
        }
        if !again.own.isEmpty { problems.append("the same key twice wrote \(again.own)") }
        if command.request.operation.isFact, case .refused = told.outcome { return problems }
        var other = command
        other.fingerprint &+= 1
        let reused = pair.perform(other)
        let operation = command.request.operation
        let isKnown = !operation.needsKey && !pair.events.contains { $0.context.key == command.key }
        let isRight =
            operation.isFact
            ? reused.own == (isKnown ? [] : [.exceptionOpened]) && isConflictIfHeard(command, pair)
            : reused.outcome == .refused(.keyReused)
        if !isRight { problems.append("another request under the same key: \(reused.outcome)") }
        return problems
    }

    /// Whether an exception opened last is about a conflict exactly if the key was used before it.
    private static func isConflictIfHeard(_ command: Command, _ pair: borrowing LedgerPair) -> Bool {
        guard case .exceptionOpened(let fact)? = pair.events.last?.fact else { return true }
        let isUsed = pair.events.contains { $0.context.key == command.key }
        return (fact.kind == .conflictingFact) == isUsed
    }

    /// Done in a request whose next command is refused, it leaves nothing but the refusal, and of a refusal
    /// that is not logged not even that.
    private mutating func undo(_ move: Move, in pair: inout LedgerPair) {
        var closing = CloseBatch()
        closing.batch = BatchID(raw: 4_711)
        var refused = Command(.closeBatch(closing))
        refused.merchant = Scene.merchant
        let command = pair.command(move)
        let count = pair.events.count
        let before = pair.state.digest
        let outcome = pair.performAll([command, refused], key: command.key, fingerprint: 9)
        let new = pair.events[count...].map(\.fact.type)
        if case .refused = outcome {} else { note(move, ["undone: \(outcome)"]) }
        if new.isEmpty, pair.state.digest != before { note(move, ["undone without a trace, but changed"]) }
        // What was due stays.
        let own = new.filter { !Self.typesOfDue.contains($0) }
        if !own.isEmpty, own != [.refused] { note(move, ["undone, but \(own) are left"]) }
    }

    /// What falls due by itself. The lockstep campaign fails where a tick writes anything else, and all of it
    /// where one of these is never written by a tick.
    package static let typesOfDue: Set<FactType> = [
        .holdExpiring, .holdExpired, .reviewDecided, .voided, .declined, .batchClosed, .disputeExpired,
        .debitFinal, .reserveReleased, .attemptUnknown, .captureUnknown,
    ]
}

extension LedgerPair {
    /// The command of a move here, under a new key.
    mutating func command(_ move: Move) -> Command {
        command(move.request(scene), of: move.merchant, by: move.actor)
    }

    /// A place at the moment when the next thing falls due; nil if nothing will.
    package static func late(_ place: Place, scratch: Scratch) -> Place? {
        var pair = LedgerPair(at: place, scratch: scratch)
        guard let moment = pair.nextDue else { return nil }
        pair.time = max(pair.time, moment)
        return pair.place
    }
}
