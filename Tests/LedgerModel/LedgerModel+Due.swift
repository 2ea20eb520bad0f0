// Step 4: what has fallen due is written before anybody decides anything.

import Ledger

/// Something that falls due at a moment. Ordered by time, then kind, then id.
struct Due {
    enum Act {
        case announce(payment: Int)
        case endHold(payment: Int, hold: Int)
        case endReview(payment: Int)
        case endChallenge(payment: Int)
        case closeBatch(BatchID)
        case expireDispute(payment: Int, dispute: Int)
        case finishDebit(payment: Int)
        case releaseReserve(ModelState.ReleaseKey)
        case loseAttempt(payment: Int)
        case loseCapture(payment: Int, capture: Int)
    }

    var time: LedgerTime
    var kind: Int
    var id: UInt64
    var second: UInt64 = 0
    var act: Act

    static func < (left: Self, right: Self) -> Bool {
        (left.time.nanoseconds, left.kind, left.id, left.second)
            < (right.time.nanoseconds, right.kind, right.id, right.second)
    }
}

extension LedgerModel {
    /// What is due of the things a command is about. False if there is not enough room for it.
    func writeDue(before command: Command) -> Bool {
        let merchant = command.merchant
        var payments: [Int] = []
        var batches: [BatchID] = []
        if let index = try? payment(command.request.payment, of: merchant) {
            payments = [index]
            if command.request.mayFillBatch, let batch = state.openBatches[state.payments[index].batchKey] {
                batches.append(batch)
            }
        }
        if let (acquirer, currency) = command.request.newPlace,
            let batch = state.openBatches[
                .init(merchant: merchant, acquirer: acquirer, currency: currency)]
        {
            batches.append(batch)
        }
        let named = command.request.batch
        if state.batches[named]?.state == .open, state.batches[named]?.key.merchant == merchant {
            batches.append(named)
        }
        return writeDue(of: payments, batches: [], isTick: false)
            && writeDue(of: [], batches: batches, isTick: false)
    }

    /// Whether something is due of the payment that a command names.
    func isDue(before command: Command, at time: LedgerTime) -> Bool {
        guard let index = state.paymentIndex[command.request.payment] else { return false }
        return dues(ofPayment: index).contains { $0.time <= time }
    }

    /// Writes the oldest thing due, looks again, and so on, in nobody's name. False if there is more than
    /// there is room for.
    @discardableResult
    func writeDue(of payments: [Int], batches: [BatchID], isTick: Bool) -> Bool {
        author = ModelAuthor()
        // Writing never makes anything due of another payment: each is listed once, in order, and looked
        // at again when its turn comes.
        var all = payments.flatMap { dues(ofPayment: $0) } + batches.compactMap { due(ofBatch: $0) }
        if isTick { all += state.releases.keys.map { due(ofReserve: $0) } }
        for due in all.filter({ $0.time <= now }).sorted(by: <) where isStill(due) {
            // Nobody's decision depends on an announcement: only the tick makes them.
            if case .announce = due.act, !isTick { continue }
            let before = events.count
            if let left = dueLeft, left <= 0 { return false }
            write(due)
            dueLeft = dueLeft.map { $0 - (events.count - before) }
        }
        return true
    }

    /// Whether an earlier one of the same round has not settled it.
    private func isStill(_ due: Due) -> Bool {
        let current: [Due] =
            switch due.act {
            case .closeBatch(let batch): self.due(ofBatch: batch).map { [$0] } ?? []
            case .releaseReserve: [due]
            case .announce(let payment), .endReview(let payment), .endChallenge(let payment),
                .finishDebit(let payment), .loseAttempt(let payment), .endHold(let payment, _),
                .expireDispute(let payment, _), .loseCapture(let payment, _):
                dues(ofPayment: payment)
            }
        return current.contains { $0.kind == due.kind && $0.id == due.id && $0.time == due.time }
    }

    private func write(_ due: Due) {
        switch due.act {
        case .announce(let index):
            state.payments[index].holds[0].isAnnounced = true
            let payment = state.payments[index]
            write(
                .holdExpiring, of: index,
                says: ["amount": payment.held, "expiresAt": payment.holds[0].ends])
        case .endHold(let index, let hold): expireHold(hold, of: index)
        case .endReview(let index):
            endReview(index, false, Text())
            voidHeld(index, .reviewExpired)
        case .endChallenge(let index): decline(index, .authenticationAbandoned)
        case .closeBatch(let batch): close(batch)
        case .expireDispute(let index, let dispute):
            close(dispute, of: index, .expired, as: .disputeExpired)
        case .finishDebit(let index):
            state.payments[index].isDebitFinal = true
            write(.debitFinal, of: index, says: [:])
            end(.payment(state.payments[index].id), .done)
        case .releaseReserve(let key): releaseDue(key)
        case .loseAttempt(let index): loseCall(of: index)
        case .loseCapture(let index, let capture): loseCapture(capture, of: index)
        }
    }

    /// As far as the reserve has it, if that is nothing.
    private func releaseDue(_ key: ModelState.ReleaseKey) {
        let purse = Purse(merchant: key.merchant, currency: key.currency)
        let planned = state.releases.removeValue(forKey: key) ?? 0
        let amount = Int64(clamping: min(Int128(planned), credit(of: purse.account(.merchantReserve))))
        releaseReserve(amount, to: purse, day: key.day)
    }
}

// What will fall due, whenever.
extension LedgerModel {
    func dues(ofPayment index: Int) -> [Due] {
        let payment = state.payments[index]
        let id = payment.id.raw
        var dues = holdDues(of: index)
        if payment.phase == .live, payment.isUnderReview {
            dues.append(Due(time: payment.reviewEnds, kind: 2, id: id, act: .endReview(payment: index)))
        }
        if payment.phase == .requiresAction {
            dues.append(Due(time: payment.challengeEnds, kind: 3, id: id, act: .endChallenge(payment: index)))
        }
        for (place, dispute) in payment.disputes.enumerated() where dispute.state == .needsResponse {
            let act = Due.Act.expireDispute(payment: index, dispute: place)
            dues.append(Due(time: dispute.dueAt, kind: 5, id: dispute.id.raw, act: act))
        }
        if payment.order.method == .ach, !payment.isReturned, !payment.isDebitFinal, payment.captured > 0 {
            dues.append(
                Due(time: payment.returnableUntil, kind: 6, id: id, act: .finishDebit(payment: index)))
        }
        if payment.isAttemptOpen, let attempt = payment.attempts.last {
            dues.append(Due(time: attempt.deadline, kind: 8, id: id, act: .loseAttempt(payment: index)))
        }
        for (place, capture) in payment.captures.enumerated() where capture.state == .requested {
            let act = Due.Act.loseCapture(payment: index, capture: place)
            dues.append(Due(time: capture.deadline, kind: 9, id: capture.id.raw, act: act))
        }
        return dues
    }

    private func holdDues(of index: Int) -> [Due] {
        let payment = state.payments[index]
        var dues: [Due] = []
        for (place, hold) in payment.holds.enumerated() where hold.left > 0 {
            let act = Due.Act.endHold(payment: index, hold: place)
            if place > 0 {
                dues.append(Due(time: hold.ends, kind: 10, id: hold.id.raw, act: act))
            } else if hold.isAnnounced || hold.ends <= now {
                dues.append(Due(time: hold.ends, kind: 1, id: payment.id.raw, act: act))
            } else {
                let act = Due.Act.announce(payment: index)
                dues.append(Due(time: hold.noticeAt, kind: 1, id: payment.id.raw, act: act))
            }
        }
        return dues
    }

    private func due(ofBatch id: BatchID) -> Due? {
        guard let batch = state.batches[id], batch.state == .open else { return nil }
        return Due(time: batch.closesAt, kind: 4, id: id.raw, act: .closeBatch(id))
    }

    private func due(ofReserve key: ModelState.ReleaseKey) -> Due {
        let end = (UInt64(key.day) + 1) * LedgerSpan.days(1).nanoseconds
        return Due(
            time: LedgerTime(nanoseconds: end), kind: 7, id: key.merchant.raw,
            second: UInt64(key.currency.number), act: .releaseReserve(key))
    }
}
