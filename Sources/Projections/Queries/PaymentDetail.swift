package import Ledger

/// Money held for a payment until a moment.
package struct HoldView: Equatable, Sendable {
    package let id: HoldID
    package let payment: PaymentID
    /// Neither captured nor let go.
    package let held: Amount
    package let expiresAt: LedgerTime
}

/// A payment with everything that hangs on it, each by age.
package struct PaymentDetail: Sendable {
    package let payment: PaymentView
    /// With something held.
    package let holds: [HoldView]
    package let captures: [CaptureRow]
    package let refunds: [RefundRow]
    package let disputes: [DisputeView]
}

extension LedgerState {
    /// A payment as it is now, whole; nil if it is not in memory.
    package func detail(of id: PaymentID) -> PaymentDetail? {
        guard let number = payments.find(id.raw) else { return nil }
        let row = payments[number]
        return PaymentDetail(
            payment: view(number), holds: holds(of: row), captures: captures(of: row),
            refunds: refunds(of: row), disputes: disputes(of: row))
    }

    /// The holds of a payment that have anything left, the first one first.
    package func holds(of id: PaymentID) -> [HoldView] {
        payments.find(id.raw).map { holds(of: payments[$0]) } ?? []
    }

    /// What is held for a merchant's payments, newest payment first. The limit is one of payments; those of
    /// which nothing is held are passed over, and at most `lookedAtMax` are looked at.
    package func holds(
        of merchant: MerchantID, after cursor: Cursor = .start, limit: Int
    ) -> Page<HoldView> {
        let limit = min(max(limit, 1), Self.pageSizeMax)
        var number = merchants.find(merchant.raw).map { merchants[$0].newestPayment } ?? .none
        var (found, told, looked) = ([HoldView](), 0, 0)
        var last = cursor
        while !number.isNone, told < limit, looked < Self.lookedAtMax {
            let row = payments[number]
            number = row.older
            guard cursor.isBefore(row.id.raw) else { continue }
            looked += 1
            last = Cursor(raw: row.id.raw)
            let held = holds(of: row)
            if !held.isEmpty { told += 1 }
            found += held
        }
        return Page(elements: found, next: number.isNone ? .start : last)
    }

    private func holds(of row: PaymentRow) -> [HoldView] {
        guard !row.held.isZero else { return [] }
        var found: [HoldView] = []
        let first = firstHeld(row)
        if !first.isZero {
            found.append(
                HoldView(
                    id: HoldID(raw: row.id.raw), payment: row.id, held: first, expiresAt: row.expiresAt))
        }
        var hold = row.firstIncrement
        while !hold.isNone {
            let more = holds[hold]
            if !more.held.isZero {
                found.append(
                    HoldView(id: more.id, payment: row.id, held: more.held, expiresAt: more.expiresAt))
            }
            hold = more.next
        }
        return found
    }

    private func captures(of row: PaymentRow) -> [CaptureRow] {
        var found: [CaptureRow] = []
        var capture = row.firstCapture
        while !capture.isNone {
            found.append(captures[capture])
            capture = captures[capture].next
        }
        return found
    }

    /// Each once, though it may take from several captures.
    private func refunds(of row: PaymentRow) -> [RefundRow] {
        var found: [RefundRow] = []
        for capture in captures(of: row) {
            var part = capture.firstPart
            while !part.isNone {
                let refund = refunds[refundParts[part].refund]
                if !found.contains(where: { $0.id == refund.id }) { found.append(refund) }
                part = refundParts[part].nextOfCapture
            }
        }
        return found.sorted { $0.id < $1.id }
    }

    private func disputes(of row: PaymentRow) -> [DisputeView] {
        var found: [DisputeView] = []
        var dispute = row.firstDispute
        while !dispute.isNone {
            found.append(view(disputes[dispute]))
            dispute = disputes[dispute].next
        }
        return found
    }
}
