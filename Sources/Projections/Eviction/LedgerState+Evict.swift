package import Ledger

extension LedgerState {
    /// Takes payments out of the memory that are quiet and whose latest event is before `quietBefore`, a few
    /// a call, and packs them.
    ///
    /// Goes over places of the table in turn, so that whatever is quiet for long enough leaves within one
    /// round, about oldest first; no call looks at more than `budget` places.
    ///
    /// - Parameters:
    ///   - count: payments that leave, at most.
    ///   - packed: gets them at its end; the caller keeps them until it gives them back to `restore`.
    /// - Returns: how many have left.
    @discardableResult
    package mutating func evictPayments(
        atMost count: Int, lookingAt budget: Int, quietBefore: SequenceNumber,
        into packed: inout PackedPayments
    ) -> Int {
        var evicted = 0
        for _ in 0..<budget {
            if evicted == count { break }
            let number = eviction.sweep
            eviction.sweep = RowNumber(raw: number.raw + 1)
            guard let isAlive = payments.isAlive(number) else {
                eviction.sweep = RowNumber(raw: 0)
                continue
            }
            guard isAlive, payments[number].latest < quietBefore, isQuiet(payments[number]),
                pack(number, into: &packed)
            else { continue }
            pace.beginTurn()
            evict(number)
            evicted += 1
        }
        return evicted
    }

    /// Takes a packed payment's rows out of their tables and out of its merchant's list.
    private mutating func evict(_ number: RowNumber) {
        let row = payments[number]
        unlist(number, row)
        var hold = row.firstIncrement
        while !hold.isNone {
            let next = holds[hold].next
            holds.evict(hold)
            hold = next
        }
        var capture = row.firstCapture
        while !capture.isNone {
            let next = captures[capture].next
            evictParts(captures[capture].firstPart)
            captures.evict(capture)
            capture = next
        }
        var dispute = row.firstDispute
        while !dispute.isNone {
            let next = disputes[dispute].next
            disputes.evict(dispute)
            dispute = next
        }
        payments.evict(number)
        eviction.newestAbsent = max(eviction.newestAbsent, row.id)
    }

    /// Parts of refunds from one capture, and each refund with the last of its parts.
    private mutating func evictParts(_ first: RowNumber) {
        var part = first
        while !part.isNone {
            let row = refundParts[part]
            let first = refunds[row.refund].firstPart
            // Parts of a refund are taken from its list in whatever order they come.
            if first == part {
                refunds.relink(row.refund) { $0.firstPart = row.nextOfRefund }
            } else {
                unlink(part, row, from: first)
            }
            refundParts.evict(part)
            if refunds[row.refund].firstPart.isNone { refunds.evict(row.refund) }
            part = row.nextOfCapture
        }
    }

    private mutating func unlink(_ part: RowNumber, _ row: RefundPartRow, from first: RowNumber) {
        var before = first
        while refundParts[before].nextOfRefund != part { before = refundParts[before].nextOfRefund }
        refundParts.relink(before) { $0.nextOfRefund = row.nextOfRefund }
    }

    /// Joins the neighbours of a payment in its merchant's list. One that has come back before is not in it.
    private mutating func unlist(_ number: RowNumber, _ row: PaymentRow) {
        merchants.relink(merchantNumber(row)) { owner in
            if owner.newestPayment == number { owner.newestPayment = row.older }
            owner.newestAbsent = max(owner.newestAbsent, row.id)
        }
        if !row.newer.isNone { payments.relink(row.newer) { $0.older = row.older } }
        if !row.older.isNone { payments.relink(row.older) { $0.newer = row.newer } }
    }
}
