import Invariants
package import Ledger

// What falls due by itself: written as events of its own, oldest first.
extension LedgerState {
    /// Most timed events of one commit: no reply waits behind more.
    package static var tickEventsMax: Int { 1_024 }

    /// Writes what is due at `time`, as far as there is room and no more than `tickEventsMax` events.
    ///
    /// - Returns: whether something due is left for the next commit.
    package mutating func tick(at time: LedgerTime, into batch: inout EventBatch) -> Bool {
        now = time
        let countMax = batch.count + Self.tickEventsMax
        while let entry = due.first, entry.time <= now {
            guard batch.count < countMax, batch.room > 0 else { return true }
            _ = due.popFirst()
            happen(entry, &batch)
        }
        return false
    }

    /// What an entry announced, if it still holds: rows change, entries stay.
    private mutating func happen(_ entry: DueEntry, _ batch: inout EventBatch) {
        switch entry.kind {
        case .hold: holdDue(entry, &batch)
        case .cutoff:
            guard let number = batches.find(entry.id), batches[number].state == .open else { return }
            author = Author(of: MerchantID(number: batches[number].merchantNumber, shard: shard))
            closeBatch(number, &batch)
        case .review, .action, .dispute, .debit, .reserve:
            invariantViolated("nothing falls due as \(entry.kind)")
        }
    }

    private mutating func holdDue(_ entry: DueEntry, _ batch: inout EventBatch) {
        guard let number = payments.find(entry.id) else { return }
        let row = payments[number]
        guard row.phase == .live, !row.held.isZero else { return }
        author = Author(of: MerchantID(number: row.merchantNumber, shard: shard))
        if row.expiresAt <= now { return expireIfDue(number, &batch) }
        guard !row.flags.contains(.expiryAnnounced) else { return }
        var fact = HoldExpiring()
        fact.amount = row.held
        fact.expiresAt = row.expiresAt
        write(.holdExpiring(fact), of: row.id, into: &batch)
    }
}
