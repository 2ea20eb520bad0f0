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
        now = turnTime(time)
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
        if row.phase == .live, row.expiresAt <= now, !row.held.isZero, !firstHeld(row).isZero {
            first = min(first, DueEntry(time: row.expiresAt, kind: .hold, id: row.id.raw))
        }
        if row.isReturnable {
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
        case .dispute: disputeDue(id(entry.number), entry.time, &batch)
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
        let isAwaited =
            awaited(id).map { $0.awaited.dueKind == entry.kind && $0.deadline == entry.time } ?? false
        switch entry.kind {
        case .hold: holdDue(number, entry.time, &batch)
        case .debit where row.isReturnable && row.expiresAt == entry.time:
            makeDebitFinal(number, &batch)
        case .review where isAwaited: expireReview(number, &batch)
        case .action where isAwaited: decline(number, .authenticationAbandoned, &batch)
        case .attempt where isAwaited: loseAttempt(number, &batch)
        default: break
        }
    }

    /// The time to announce the end of the first hold, or its end. An end that has come meanwhile is not
    /// announced any more, and has its turn when it is due.
    private mutating func holdDue(_ number: RowNumber, _ time: LedgerTime, _ batch: inout EventBatch) {
        let row = payments[number]
        guard row.phase == .live, !row.flags.contains(.isDebit), !firstHeld(row).isZero else { return }
        if time >= row.expiresAt {
            expireHold(number, &batch)
        } else if row.expiresAt <= now {
            due.push(DueEntry(time: row.expiresAt, kind: .hold, id: row.id.raw))
        } else if !row.flags.contains(.expiryAnnounced) {
            announceExpiry(number, &batch)
        }
    }

    private mutating func incrementDue(_ id: HoldID, _ batch: inout EventBatch) {
        guard let hold = holds.find(id.raw), !holds[hold].held.isZero else { return }
        author = Author(of: merchantID(payments[holds[hold].payment]))
        expireIncrement(hold, &batch)
    }

    private mutating func disputeDue(_ id: DisputeID, _ time: LedgerTime, _ batch: inout EventBatch) {
        guard let dispute = disputes.find(id.raw), disputes[dispute].status == .needsResponse,
            disputes[dispute].dueAt == time
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

extension PaymentRow {
    /// Whether it is a debit that the bank may still send back.
    fileprivate var isReturnable: Bool {
        flags.contains(.isDebit) && !expiresAt.isNone && !captured.isZero
    }
}

extension DueEntry.Kind {
    /// Events that it writes at most.
    fileprivate var eventsMax: Int { self == .review ? 2 : 1 }
}
