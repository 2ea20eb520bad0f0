import Ledger

/// Random commands to the ledger and to a second one, written for clarity from docs/commands.md: every
/// outcome, event and balance must agree, what must always hold must hold after every step, and the events
/// alone must give the same state again. Of one life in twenty, by its seed, they are applied one at a time,
/// and what must always hold is looked at after every single event.
///
/// A unit is some lives; a life is a fresh pair of ledgers and a seed of its own. A case is a command, or a
/// tick.
package struct LedgerLockstep: Campaign {
    /// Steps of all lives at share 1.
    private static let stepCountMax = 10_000_000
    private static let stepsPerLife = 2_000
    private static let livesPerUnit = 25

    /// A deliberate mistake; the campaign must find it.
    private let mutation: Mutation?

    /// What can be made wrong between the two.
    package enum Mutation: Sendable, CaseIterable {
        /// One kind of event is not replayed.
        case lostEvent
        /// One leg is a unit more on one side.
        case changedLeg
        /// One outcome is told as another.
        case changedOutcome
        /// One field of one fact is another.
        case changedField
        /// Exceptions do not say what they are about.
        case lostCause
        /// A payment's chain of events ends early.
        case lostPrevious
        /// An event is a leg short in a ledger that is looked at event by event.
        case unbalancedEvent
        /// Merchants that may take more than was authorized are held for such that may not.
        case narrowOvercapture
    }

    package init(mutation: Mutation? = nil) { self.mutation = mutation }

    package let name = "ledger-lockstep"

    package func run(share: Double, seed: UInt64, progress: CampaignProgress) -> CampaignResult {
        let lives = max(1, Int(Double(Self.stepCountMax / Self.stepsPerLife) * share))
        if let only = progress.onlyCase, let life = UInt64(only) { return live(life) }
        let starts = Array(stride(from: 0, to: lives, by: Self.livesPerUnit))
        let mutation = mutation
        var all = progress.forEachUnit(starts.map { "\($0)" }) { unit in
            var result = CampaignResult()
            for life in starts[unit]..<min(starts[unit] + Self.livesPerUnit, lives) {
                var pair = LockstepLife(seed: seed &* 1_000_003 &+ UInt64(life), mutation: mutation)
                result.add(pair.run(steps: Self.stepsPerLife))
            }
            return result
        }
        // What few lives have not met is only told.
        for what in LockstepCoverage.missing(in: all) {
            all.add(1, to: "never met: \(what)")
            if share >= 1 { all.fail(.init(replay: "0", "never met in all lives: \(what)")) }
        }
        return all
    }

    private func live(_ seed: UInt64) -> CampaignResult {
        var pair = LockstepLife(seed: seed, mutation: mutation)
        return pair.run(steps: Self.stepsPerLife)
    }
}
