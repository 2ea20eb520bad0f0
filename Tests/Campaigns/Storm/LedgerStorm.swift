import Ledger
import Projections

/// A midnight at which 100,000 batches close and a million holds end at the same moment, between entries that
/// say nothing any more; commands keep arriving.
///
/// No reply waits behind more than `tickEventsMax` timed events; what a command is about is decided as if
/// everything due of it had happened; all that is due is written once, oldest first. A case is a command or a
/// tick. Times are printed, and nothing is said about them.
///
/// What waits behind what follows from the order in which the ledger is driven. It goes in turns:
///
/// 1. A tick, of `tickEventsMax` events at most.
/// 2. The commands that waited when the tick ended, in the order of arrival. They write what is due of their
///    own subjects first, `commandsDueMax` events together at most: who finds no room for its own is `busy`.
/// 3. What arrives meanwhile is in the next turn.
///
/// So the longest wait is that of a command that arrives just after a tick and is the last of its turn. Here
/// every command arrives at that moment, and for each reply the timed events are counted that were written
/// after it, whoever wrote them. In the first turns at midnight all of them have something due of their own,
/// and some are requests of many commands that have.
package struct LedgerStorm: Campaign {
    /// A deliberate mistake; the campaign must find it.
    package enum Mutation: Sendable, CaseIterable {
        /// Two ticks between commands.
        case impatientTick
        /// Commands that write all that is due of them, whatever others wrote.
        case endlessRoom
        /// One timed event is not seen.
        case lostEvent
        /// Two are seen the other way round.
        case swappedEvents
    }

    private let mutation: Mutation?
    /// Holds taken; two of seven are captured before they end.
    private static let holdCount = 1_400_000
    private static let batchCount = 100_000
    /// Commands that wait at one time.
    static let waitingMax = 128
    /// Commands of a request, each about a hold that ends and a batch that closes.
    static let requestCount = 16
    /// Turns at midnight in which every command has a hold and a batch due of its own. Two would do.
    static let crowdedTurns = 4

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
    /// Nanoseconds of ticks that wrote as much as they might.
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
