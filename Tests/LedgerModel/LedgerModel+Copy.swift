// Several ways on from one place.

import Ledger

extension LedgerModel {
    /// A second model that knows the same and goes its own way from here.
    package func copy() -> LedgerModel {
        let other = LedgerModel(nextSequence: nextSequence.raw, shard: shard)
        other.state = state
        other.events = events
        other.lastTime = lastTime
        other.broken = broken
        return other
    }
}
