import Ledger
import Projections

/// A midnight at which 100,000 batches close and a million holds end at the same moment, between entries that
/// say nothing any more; commands keep arriving.
///
/// No reply waits behind more timed events than one tick may write; what a command is about is decided as if
/// everything due of it had happened; all that is due is written once, oldest first. A case is a command or a
/// tick. Times are printed, and nothing is said about them.
package struct LedgerStorm: Campaign {
    /// A deliberate mistake; the campaign must find it.
    package enum Mutation: Sendable, CaseIterable {
        /// Two ticks between commands.
        case impatientTick
        /// One timed event is not seen.
        case lostEvent
        /// Two are seen the other way round.
        case swappedEvents
    }

    private let mutation: Mutation?
    /// Holds taken; two of seven are captured before they end.
    private static let holdCount = 1_400_000
    private static let batchCount = 100_000

    package init(mutation: Mutation? = nil) { self.mutation = mutation }

    package let name = "ledger-storm"

    package func run(share: Double, seed: UInt64, progress: CampaignProgress) -> CampaignResult {
        var life = StormLife(
            holds: max(7, Int(Double(Self.holdCount) * share)),
            batches: max(2, Int(Double(Self.batchCount) * share)), seed: seed, mutation: mutation)
        life.run()
        return life.result
    }
}

/// What a storm took, told in the counts of a result.
struct StormTimes {
    /// Nanoseconds of ticks that wrote as much as a tick may.
    private var full: [Int] = []
    private var longest = 0

    mutating func add(_ time: Duration, events: Int) {
        let (seconds, attoseconds) = time.components
        let nanoseconds = Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
        if events == LedgerState.tickEventsMax { full.append(nanoseconds) }
        longest = max(longest, nanoseconds)
    }

    func tell(_ result: inout CampaignResult) {
        let sorted = full.sorted()
        result.add(sorted.count, to: "full ticks")
        result.add(sorted.isEmpty ? 0 : sorted[sorted.count / 2] / 1_000, to: "µs p50 of a full tick")
        result.add((sorted.last ?? 0) / 1_000, to: "µs max of a full tick")
        result.add(longest / 1_000, to: "µs max of any tick")
    }
}
