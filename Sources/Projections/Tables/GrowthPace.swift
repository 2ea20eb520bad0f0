/// What the indexes of one state have moved in the turn that runs, so that all of them together move little.
///
/// A turn is a command, an event that falls due, an event of a replay, a row that leaves the memory: whatever
/// somebody waits for. Ten indexes may grow at the same time, and one turn may add several rows to several
/// tables; each looks here how much is left for it before it moves anything. An index that has been put off
/// for so long that it could not finish in time goes on regardless: see `HashIndex`.
///
/// One object for all indexes of a state, used by the thread that owns the state. An index without one takes
/// each of its own verbs for a turn.
public final class GrowthPace {
    /// Slots that one turn moves.
    public static var slotsPerTurn: Int { 64 }
    /// Of these, slots that growing may take; the rest is for gaps that removals leave.
    static var slotsForGrowth: Int { 48 }

    private var spent = 0
    private var isBegun = false

    public init() {}

    /// A turn begins: nothing has been moved in it. Unless `prepareTurn` has begun it already.
    public func beginTurn() {
        if isBegun { isBegun = false } else { spent = 0 }
    }

    /// Begins the next turn ahead of `beginTurn`: what it needs is being brought back into the memory.
    func prepareTurn() {
        spent = 0
        isBegun = true
    }

    /// Slots that may still be moved to grow.
    var roomForGrowth: Int { max(0, Self.slotsForGrowth - spent) }
    /// Slots that may still be moved into gaps.
    var roomForGaps: Int { max(0, Self.slotsPerTurn - spent) }

    func spend(_ slots: Int) { spent += slots }
}

// Used by the one thread that owns the indexes it is shared by, and goes wherever they go.
extension GrowthPace: @unchecked Sendable {}
