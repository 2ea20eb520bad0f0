import Ledger

/// Random commands to two machines, one with everything in memory and one with hardly anything: every
/// outcome, every event and the digest after every command must be the same, and the small machine must come
/// to them again from the events alone.
///
/// A unit is some lives; a life is a fresh pair of machines and a seed of its own. A case is a command, or a
/// tick.
package struct LedgerMemory: Campaign {
    /// Steps of all lives at share 1.
    private static let stepCountMax = 2_000_000
    private static let stepsPerLife = 2_000
    private static let livesPerUnit = 20

    /// A deliberate mistake; the campaign must find it.
    private let mutation: Mutation?

    /// What can be made wrong on the small machine.
    package enum Mutation: Sendable, CaseIterable {
        /// Halfway, everything that left the memory is lost.
        case lostAttic
        /// Keys that left the memory are not looked for.
        case lostKeys
    }

    package init(mutation: Mutation? = nil) { self.mutation = mutation }

    package let name = "ledger-memory"

    package func run(share: Double, seed: UInt64, progress: CampaignProgress) -> CampaignResult {
        let lives = max(1, Int(Double(Self.stepCountMax / Self.stepsPerLife) * share))
        if let only = progress.onlyCase, let life = UInt64(only) { return live(life) }
        let starts = Array(stride(from: 0, to: lives, by: Self.livesPerUnit))
        return progress.forEachUnit(starts.map { "\($0)" }) { unit in
            var result = CampaignResult()
            for life in starts[unit]..<min(starts[unit] + Self.livesPerUnit, lives) {
                result.add(live(seed &* 1_000_003 &+ UInt64(life)))
            }
            return result
        }
    }

    private func live(_ seed: UInt64) -> CampaignResult {
        var life = MemoryLife(seed: seed, mutation: mutation)
        return life.run(steps: Self.stepsPerLife)
    }
}
