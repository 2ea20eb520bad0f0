import LedgerSpaces

/// Walks the spaces of docs/matrix.md further: more steps, states told apart by everything about them. Every
/// move is tried in every state, at once and at the moment when the next thing falls due.
///
/// A unit is a space; a case is a move in a state.
package struct LedgerMatrix: Campaign {
    package let name = "ledger-matrix"
    /// States of a space at share 1.
    private static let statesMax = 600
    /// Steps that every space may take besides its own.
    private static let more = [
        "freezeMerchant", "capturePayment part", "refundPayment part", "openDispute of part",
        "closeBatch last",
        "submitBatch last", "settleItem", "rejectItem presented again", "decideDispute lost", "createPayout",
        "voidPayment", "reversePayment", Space.due, Space.wait,
    ]

    package init() {}

    package func run(share: Double, seed: UInt64, progress: CampaignProgress) -> CampaignResult {
        let most = max(2, Int(Double(Self.statesMax) * share))
        let spaces = Space.all
        if let only = progress.onlyCase {
            return spaces.first { only.hasPrefix($0.title) }.map { Self.walk($0, most) } ?? CampaignResult()
        }
        return progress.forEachUnit(spaces.map(\.title)) { Self.walk(spaces[$0], most) }
    }

    private static func walk(_ space: Space, _ most: Int) -> CampaignResult {
        let scratch = Scratch()
        let exploration = Exploration(
            space.widened(by: more), from: LedgerPair.setUp(scratch), scratch: scratch, depthMax: 12,
            countMax: most, words: { $0.allWords })
        var result = CampaignResult()
        for problem in exploration.problems { result.fail(.init(replay: space.title, problem)) }
        for state in exploration.states {
            let places = [state.place, LedgerPair.late(state.place, scratch: scratch)]
            for place in places.compactMap(\.self) {
                let trials = Trials(at: place, scratch: scratch)
                result.cases += trials.outcomes.count
                for problem in trials.problems {
                    let way = state.way.joined(separator: " · ")
                    result.fail(.init(replay: space.title, "\(way): \(problem)"))
                }
            }
        }
        result.add(exploration.states.count, to: "states")
        result.add(exploration.transitions, to: "transitions")
        return result
    }
}
