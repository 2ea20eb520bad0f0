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
/// 1. A tick of at most `tickMost` events.
/// 2. Every command that was waiting when the tick ended, in the order of arrival. No more than `waitingMax`
///    wait at any time (what comes beyond is sent back before anything is decided), so that a turn takes
///    all of them and no command sees two ticks. One writes what is due of its own subject first: at a
///    midnight its hold and its merchant's batch, two events at most.
/// 3. What arrives meanwhile is in the next turn.
///
/// So the longest wait is that of a command that arrives just after a tick, with the buffer of those that
/// wait full again at once, and is the last of them: behind what is due of all commands of the turn that it
/// missed (2 · `waitingMax`), the next tick (`tickMost`), and what is due of all commands ahead of it and its
/// own (2 · `waitingMax`). Here every command arrives at that moment, and for each reply the timed events are
/// counted that were written after it, whoever wrote them. A tick that took all that one commit may
/// (`tickEventsMax`) would leave no room for those of commands.
package struct LedgerStorm: Campaign {
    /// A deliberate mistake; the campaign must find it.
    package enum Mutation: Sendable, CaseIterable {
        /// Two ticks between commands.
        case impatientTick
        /// Ticks that write all that one commit may, as if commands wrote nothing that is due.
        case roomyTick
        /// One timed event is not seen.
        case lostEvent
        /// Two are seen the other way round.
        case swappedEvents
    }

    private let mutation: Mutation?
    /// Holds taken; two of seven are captured before they end.
    private static let holdCount = 1_400_000
    private static let batchCount = 100_000
    /// Timed events of one tick.
    static let tickMost = 512
    /// Commands that wait at one time.
    static let waitingMax = 128
    /// Turns at midnight in which every command has as much due of its own as there can be. Two would do.
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
        if events == LedgerStorm.tickMost { full.append(nanoseconds) }
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
