import Invariants
package import Ledger

// What falls due by itself: written as events of its own, oldest first, by the tick, or before a command
// about the same payment is decided.
extension LedgerState {
    /// Most timed events of one commit: no reply waits behind more.
    package static var tickEventsMax: Int { 1_024 }

    /// Writes what is due at `time`, as far as there is room and no more than `tickEventsMax` events.
    ///
    /// - Returns: whether something due is left for the next commit.
    package mutating func tick(at time: LedgerTime, into batch: inout EventBatch) -> Bool {
        now = max(time, self.time)
        let end = batch.count + Self.tickEventsMax
        while let entry = due.first, entry.time <= now {
            let count = entry.kind.eventsMax
            guard batch.count + count <= end, batch.room >= count else { return true }
            _ = due.popFirst()
            happen(entry, &batch)
        }
        return false
    }

    /// Writes everything due of one payment, so that a command meets it as it is by now. False if that leaves
    /// less room than asked for.
    mutating func writeDue(of number: RowNumber, leaving room: Int, _ batch: inout EventBatch) -> Bool {
        while let entry = firstDue(of: number) {
            guard batch.room >= room + entry.kind.eventsMax else { return false }
            happen(entry, &batch)
        }
        return true
    }

    /// The first thing due of a payment, in the order of the tick.
    private func firstDue(of number: RowNumber) -> DueEntry? {
        let row = payments[number]
        var first = DueEntry(time: now.adding(LedgerSpan(nanoseconds: 1)), kind: .hold, id: 0)
        if row.phase == .live, !row.held.isZero { first = min(first, holdEntry(row)) }
        if row.flags.contains(.isDebit), !row.expiresAt.isNone {
            first = min(first, DueEntry(time: row.expiresAt, kind: .debit, id: row.id.raw))
        }
        if let waiting = awaited(row.id), let kind = waiting.awaited.dueKind, !waiting.deadline.isNone {
            first = min(first, DueEntry(time: waiting.deadline, kind: kind, id: row.id.raw))
        }
        first = min(first, firstDueOfIncrements(row, first))
        first = min(first, firstDueOfDisputes(row, first))
        first = min(first, firstDueOfCaptures(row, first))
        return first.time <= now ? first : nil
    }

    /// When the first hold asks for attention: to be announced, unless it is over by now, or to end.
    private func holdEntry(_ row: PaymentRow) -> DueEntry {
        let isOver = row.expiresAt <= now
        let isQuiet = isOver || row.flags.contains(.expiryAnnounced)
        if isOver && firstHeld(row).isZero {
            // Ended already; further holds remain.
            return DueEntry(time: .max, kind: .hold, id: row.id.raw)
        }
        return DueEntry(
            time: isQuiet ? row.expiresAt : row.expiresAt.subtracting(settings.noticeSpan), kind: .hold,
            id: row.id.raw)
    }

    private func firstDueOfIncrements(_ row: PaymentRow, _ first: DueEntry) -> DueEntry {
        var first = first
        var hold = row.firstIncrement
        while !hold.isNone {
            let increment = holds[hold]
            if !increment.held.isZero {
                first = min(
                    first, DueEntry(time: increment.expiresAt, kind: .increment, id: increment.id.raw))
            }
            hold = increment.next
        }
        return first
    }

    private func firstDueOfCaptures(_ row: PaymentRow, _ first: DueEntry) -> DueEntry {
        var first = first
        var capture = row.firstCapture
        while !capture.isNone {
            let asked = captures[capture]
            if asked.state == .requested, let call = captureCalls.find(asked.id.raw) {
                first = min(
                    first,
                    DueEntry(time: captureCalls[call].deadline, kind: .capture, id: asked.id.raw))
            }
            capture = asked.next
        }
        return first
    }

    private func firstDueOfDisputes(_ row: PaymentRow, _ first: DueEntry) -> DueEntry {
        var first = first
        var dispute = row.firstDispute
        while !dispute.isNone {
            let found = disputes[dispute]
            if found.status == .needsResponse {
                first = min(first, DueEntry(time: found.dueAt, kind: .dispute, id: found.id.raw))
            }
            dispute = found.next
        }
        return first
    }

    /// What an entry announced, if it still holds: rows change, entries stay.
    private mutating func happen(_ entry: DueEntry, _ batch: inout EventBatch) {
        switch entry.kind {
        case .hold, .debit, .review, .action, .attempt: happen(entry, toPayment: id(entry.number), &batch)
        case .increment: incrementDue(id(entry.number), &batch)
        case .dispute: disputeDue(id(entry.number), &batch)
        case .capture: captureDue(id(entry.number), &batch)
        case .cutoff:
            let id: BatchID = id(entry.number)
            if let number = batches.find(id.raw) { writeCutoffIfDue(number, &batch) }
        case .reserve: reserveDue(entry, &batch)
        }
    }

    private mutating func happen(
        _ entry: DueEntry, toPayment id: PaymentID, _ batch: inout EventBatch
    ) {
        guard let number = payments.find(id.raw) else { return }
        let row = payments[number]
        author = Author(of: merchantID(row))
        let isAwaited = awaited(id).map { $0.awaited.dueKind == entry.kind && $0.deadline <= now } ?? false
        switch entry.kind {
        case .hold: holdDue(number, &batch)
        case .debit where row.flags.contains(.isDebit) && !row.expiresAt.isNone:
            makeDebitFinal(number, &batch)
        case .review where isAwaited: expireReview(number, &batch)
        case .action where isAwaited: decline(number, .authenticationAbandoned, &batch)
        case .attempt where isAwaited: loseAttempt(number, &batch)
        default: break
        }
    }

    private mutating func holdDue(_ number: RowNumber, _ batch: inout EventBatch) {
        let row = payments[number]
        guard row.phase == .live, !row.held.isZero, !row.flags.contains(.isDebit) else { return }
        if row.expiresAt <= now {
            if !firstHeld(row).isZero { expireHold(number, &batch) }
        } else if !row.flags.contains(.expiryAnnounced),
            row.expiresAt.subtracting(settings.noticeSpan) <= now
        {
            announceExpiry(number, &batch)
        }
    }

    private mutating func incrementDue(_ id: HoldID, _ batch: inout EventBatch) {
        guard let hold = holds.find(id.raw), !holds[hold].held.isZero else { return }
        author = Author(of: merchantID(payments[holds[hold].payment]))
        expireIncrement(hold, &batch)
    }

    private mutating func disputeDue(_ id: DisputeID, _ batch: inout EventBatch) {
        guard let dispute = disputes.find(id.raw), disputes[dispute].status == .needsResponse,
            disputes[dispute].dueAt <= now
        else { return }
        author = Author(of: merchantID(payments[disputes[dispute].payment]))
        expireDispute(dispute, &batch)
    }

    private mutating func captureDue(_ id: CaptureID, _ batch: inout EventBatch) {
        guard let capture = captures.find(id.raw), captures[capture].state == .requested else { return }
        author = Author(of: merchantID(payments[captures[capture].payment]))
        loseCapture(capture, &batch)
    }

    private mutating func reserveDue(_ entry: DueEntry, _ batch: inout EventBatch) {
        let merchant = MerchantID(number: UInt32(truncatingIfNeeded: entry.number >> 10), shard: shard)
        let currency = Self.checked(UInt16(truncatingIfNeeded: entry.number & 0x3FF))
        let day = BusinessDay(containing: entry.time.subtracting(LedgerSpan(nanoseconds: 1)))
        guard let number = reserves.find(ReserveRow.key(merchant, currency, day)) else { return }
        author = Author(of: merchant)
        releaseDue(reserves[number], currency, day, &batch)
    }
}

extension DueEntry.Kind {
    /// Events that it writes at most.
    fileprivate var eventsMax: Int { self == .review ? 2 : 1 }
}
