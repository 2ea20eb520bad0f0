import Invariants
package import Ledger

// What falls due by itself: written as events of its own, oldest first, by the tick, or before a command
// about the same payment is decided.
extension LedgerState {
    /// Most timed events that a reply waits behind, if whoever drives the state takes turns: a tick, then the
    /// commands that wait, which together write no more than `dueRoom`. Who comes after a tick waits behind
    /// the rest of that turn, the next tick, and what commands before it write in the next turn.
    package static var replyDueMax: Int { commandsDueMax + tickEventsMax + commandsDueMax }
    /// Most timed events of one tick.
    package static var tickEventsMax: Int { 512 }
    /// What `dueRoom` is set to with each tick.
    package static var commandsDueMax: Int { 256 }

    /// Most entries of one tick, those that say nothing any more included: every captured payment leaves
    /// one behind.
    package static var tickEntriesMax: Int { 4_096 }

    /// Most entries that say nothing any more and leave with one event.
    package static var idleEntriesMax: Int { 4 }

    /// Writes what is due at `time`, as far as there is room and no more than `tickEventsMax` events.
    ///
    /// - Returns: whether there is more to look at, for the next commit.
    package mutating func tick(at time: LedgerTime, into events: inout EventBatch) -> Bool {
        guard beginTurn(at: time) else { return false }
        let end = events.count + Self.tickEventsMax
        for _ in 0..<Self.tickEntriesMax {
            guard let entry = due.first, entry.time <= now else { return false }
            let count = entry.kind.eventsMax
            guard events.count + count <= end, events.room >= count else { return true }
            _ = due.popFirst()
            pace.beginTurn()
            happen(entry, &events)
        }
        return true
    }

    /// Takes entries out that say nothing any more, a few with every event: where nobody ticks, on replay,
    /// they would pile up.
    mutating func dropIdleEntries(until time: LedgerTime) {
        for _ in 0..<Self.idleEntriesMax {
            guard let entry = due.first, entry.time <= time, !stands(entry) else { return }
            _ = due.popFirst()
        }
    }

    /// Writes everything due of one payment, so that a command meets it as it is by now. False if that leaves
    /// less room than asked for.
    mutating func writeDue(of number: RowNumber, leaving room: Int, _ events: inout EventBatch) -> Bool {
        while let entry = firstDue(of: number) {
            guard takeDueRoom(entry.kind.eventsMax, leaving: room, events) else { return false }
            happen(entry, &events)
        }
        return true
    }

    /// Takes room for so many timed events that come before a command; false if there is less, or they would
    /// leave less than asked for.
    mutating func takeDueRoom(_ count: Int, leaving room: Int, _ events: borrowing EventBatch) -> Bool {
        guard events.room >= room + count, dueRoom >= count else { return false }
        dueRoom -= count
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

    /// The bits of the id an entry is about, whatever it is the id of.
    private func id(_ entry: DueEntry) -> UInt64 {
        PaymentID(createdBy: SequenceNumber(raw: entry.number), shard: shard).raw
    }

    /// Whether what an entry announced still holds: rows change, entries stay.
    private func stands(_ entry: DueEntry) -> Bool {
        let id = id(entry)
        switch entry.kind {
        case .hold: return payments.find(id).map { stands(payments[$0], entry.time) } ?? false
        case .debit:
            return payments.find(id).map {
                payments[$0].isReturnable && payments[$0].expiresAt == entry.time
            } ?? false
        case .review, .action, .attempt:
            return awaited.find(id).map {
                awaited[$0].awaited.dueKind == entry.kind && awaited[$0].deadline == entry.time
            } ?? false
        case .increment: return holds.find(id).map { !holds[$0].held.isZero } ?? false
        case .dispute:
            return disputes.find(id).map {
                disputes[$0].status == .needsResponse && disputes[$0].dueAt == entry.time
            } ?? false
        case .capture: return captures.find(id).map { captures[$0].state == .requested } ?? false
        case .cutoff: return batches.find(id).map { batches[$0].state == .open } ?? false
        case .reserve: return reserves.find(entry.reserveKey) != nil
        }
    }

    /// Whether a first hold is still to be announced, or to end.
    private func stands(_ row: PaymentRow, _ time: LedgerTime) -> Bool {
        guard row.phase == .live, !row.flags.contains(.isDebit), !firstHeld(row).isZero else { return false }
        return time >= row.expiresAt || !row.flags.contains(.expiryAnnounced)
    }

    /// What an entry announced, if it still holds.
    private mutating func happen(_ entry: DueEntry, _ events: inout EventBatch) {
        guard stands(entry) else { return }
        switch entry.kind {
        case .hold, .debit, .review, .action, .attempt:
            let number = payment(PaymentID(raw: id(entry)))
            author = Author(of: merchantID(payments[number]))
            happen(entry, to: number, &events)
        case .increment, .dispute, .capture: happen(entry, id(entry), &events)
        case .cutoff:
            let number = batchNumber(BatchID(raw: id(entry)))
            author = Author(of: MerchantID(number: batches[number].merchantNumber, shard: shard))
            closeBatch(number, &events)
        case .reserve: reserveDue(entry, &events)
        }
    }

    private mutating func happen(_ entry: DueEntry, to number: RowNumber, _ events: inout EventBatch) {
        switch entry.kind {
        case .hold: holdDue(number, entry.time, &events)
        case .debit: makeDebitFinal(number, &events)
        case .review: expireReview(number, &events)
        case .action: decline(number, .authenticationAbandoned, &events)
        case .attempt: loseAttempt(number, &events)
        default: invariantViolated("\(entry.kind) is of no payment")
        }
    }

    /// The time to announce the end of the first hold, or its end. An end that has come meanwhile is not
    /// announced any more, and has its turn when it is due.
    private mutating func holdDue(_ number: RowNumber, _ time: LedgerTime, _ events: inout EventBatch) {
        let end = payments[number].expiresAt
        if time >= end {
            expireHold(number, &events)
        } else if end <= now {
            due.push(DueEntry(time: end, kind: .hold, id: payments[number].id.raw))
        } else {
            announceExpiry(number, &events)
        }
    }

    private mutating func happen(_ entry: DueEntry, _ id: UInt64, _ events: inout EventBatch) {
        if entry.kind == .increment, let hold = holds.find(id) {
            author = Author(of: merchantID(payments[holds[hold].payment]))
            expireIncrement(hold, &events)
        } else if entry.kind == .dispute, let dispute = disputes.find(id) {
            author = Author(of: merchantID(payments[disputes[dispute].payment]))
            expireDispute(dispute, &events)
        } else if entry.kind == .capture, let capture = captures.find(id) {
            author = Author(of: merchantID(payments[captures[capture].payment]))
            loseCapture(capture, &events)
        }
    }

    private mutating func reserveDue(_ entry: DueEntry, _ events: inout EventBatch) {
        guard let number = reserves.find(entry.reserveKey) else { return }
        author = Author(of: MerchantID(number: entry.reserveMerchant, shard: shard))
        releaseDue(reserves[number], entry.reserveCurrency, entry.reserveDay, &events)
    }
}

extension DueEntry {
    /// Of an entry about a reserve: whose, in what, and the day that ends then.
    fileprivate var reserveMerchant: UInt32 { UInt32(truncatingIfNeeded: number >> 10) }
    fileprivate var reserveCurrency: Currency {
        LedgerState.checked(UInt16(truncatingIfNeeded: number & 0x3FF))
    }
    fileprivate var reserveDay: BusinessDay {
        BusinessDay(containing: time.subtracting(LedgerSpan(nanoseconds: 1)))
    }
    fileprivate var reserveKey: UInt64 {
        ReserveRow.key(merchant: reserveMerchant, reserveCurrency, reserveDay)
    }
}

extension PaymentRow {
    /// Whether it is a debit that the bank may still send back.
    var isReturnable: Bool {
        flags.contains(.isDebit) && !expiresAt.isNone && !captured.isZero
    }
}

extension DueEntry.Kind {
    /// Events that it writes at most.
    fileprivate var eventsMax: Int { self == .review ? 2 : 1 }
}
