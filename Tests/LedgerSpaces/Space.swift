import Ledger
import LedgerModel

/// A small space of states: everything that some moves reach from a start, told apart by a few words.
package struct Space: Sendable {
    /// Heads its section of the page.
    package let title: String
    /// Moves that lead from the ledger that is set up to the first state.
    package let start: [String]
    /// Moves that lead on; `due` and `wait` pass time.
    package let alphabet: [String]
    /// How many moves a state is from the first one at most.
    package let depthMax: Int
    /// What tells its states apart.
    package let words: @Sendable (Scene) -> [String]
    /// Whether a state is looked beyond.
    package let isWithin: @Sendable (Scene) -> Bool

    /// The step that passes the time until something falls due.
    package static let due = "due"
    /// The step that passes three minutes: longer than acquirers are given.
    package static let wait = "wait"

    package init(
        _ title: String, start: [String] = [], alphabet: [String], depthMax: Int = 8,
        words: @escaping @Sendable (Scene) -> [String],
        isWithin: @escaping @Sendable (Scene) -> Bool = { _ in true }
    ) {
        self.title = title
        self.start = start
        self.alphabet = alphabet
        self.depthMax = depthMax
        self.words = words
        self.isWithin = isWithin
    }
}

extension Space {
    /// The same start, with more steps and without bounds but those of the walk.
    package func widened(by more: [String]) -> Space {
        Space(title, start: start, alphabet: alphabet + more.filter { !alphabet.contains($0) }, words: words)
    }
}

/// All states of a space, each with the shortest way there.
package struct Exploration {
    /// One of the states.
    package struct State {
        package let name: String
        /// The moves from the ledger that is set up.
        package let way: [String]
        package let place: LedgerPair.Place
        let depth: Int
    }

    package let space: Space
    package private(set) var states: [State] = []
    /// Moves made, those that led nowhere new included.
    package private(set) var transitions = 0
    /// What went wrong on the way.
    package private(set) var problems: [String] = []

    /// Walks the space breadth first.
    ///
    /// - Parameters:
    ///   - words: more words to tell states apart by, for a finer walk.
    ///   - depthMax: instead of that of the space.
    ///   - countMax: states after which no more are looked for.
    package init(
        _ space: Space, from setUp: LedgerPair.Place, scratch: Scratch, depthMax: Int? = nil,
        countMax: Int = .max, words: ((Scene) -> [String])? = nil
    ) {
        self.space = space
        let words = words ?? space.words
        var names: Set<String> = []
        var pair = LedgerPair(at: setUp, scratch: scratch)
        for name in space.start where !pair.take(name) { problems.append("\(name) is no step") }
        var next = 0
        add(pair, space.start, 0, &names, words)
        while next < states.count, states.count < countMax {
            let from = states[next]
            next += 1
            guard from.depth < depthMax ?? space.depthMax, space.isWithin(from.place.scene) else { continue }
            for step in space.alphabet {
                // Ask the model where it leads first: a ledger costs more. Every move is tried later anyway.
                if let name = Self.name(after: step, from: from.place, words), names.contains(name) {
                    transitions += 1
                    continue
                }
                var pair = LedgerPair(at: from.place, scratch: scratch)
                guard pair.take(step) else { continue }
                transitions += 1
                add(pair, from.way + [step], from.depth + 1, &names, words)
            }
        }
    }

    /// What the state is called that a move leads to; nil if the step is none.
    private static func name(
        after step: String, from place: LedgerPair.Place, _ words: (Scene) -> [String]
    ) -> String? {
        guard let move = Move.named(step) else { return nil }
        let model = place.model.copy()
        _ = model.perform(place.command(move), at: place.time)
        let time = place.time.adding(LedgerSpan(nanoseconds: 1_000_000))
        return name(words(Scene(model: model, time: time)))
    }

    private static func name(_ words: [String]) -> String {
        words.isEmpty ? "nothing yet" : words.joined(separator: ", ")
    }

    private mutating func add(
        _ pair: borrowing LedgerPair, _ way: [String], _ depth: Int, _ names: inout Set<String>,
        _ words: (Scene) -> [String]
    ) {
        problems += pair.problems.map { "\(way.joined(separator: ", ")): \($0)" }
        let name = Self.name(words(pair.scene))
        guard names.insert(name).inserted else { return }
        states.append(State(name: name, way: way, place: pair.place, depth: depth))
    }
}

extension LedgerPair.Place {
    /// What a move sees of it.
    package var scene: Scene { Scene(model: model, time: time) }

    /// Whether a move would be done here, as the model says.
    package func does(_ move: Move) -> Bool {
        if case .done = model.copy().perform(command(move), at: time) { return true }
        return false
    }

    /// The command of a move here, under a key that is never given out.
    fileprivate func command(_ move: Move) -> Command {
        var command = Command(move.request(scene))
        command.merchant = move.merchant
        command.actor = ActorID(raw: move.actor)
        (command.key, command.fingerprint) = (Hash128(low: 1, high: 9), 1)
        return command
    }
}

extension LedgerPair {
    /// Takes a step by its name. False if there is no such move, or nothing to fall due.
    package mutating func take(_ step: String) -> Bool {
        if step == Space.due { return passToNextDue() }
        if step == Space.wait {
            time = time.adding(.seconds(180))
            tick()
            return true
        }
        guard let move = Move.named(step) else { return false }
        perform(move)
        return true
    }
}
