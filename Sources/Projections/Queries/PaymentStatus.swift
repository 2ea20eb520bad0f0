package import Ledger

/// A payment as it is now: its counters, and what follows from them.
package struct PaymentView: Equatable, Sendable {
    package let id: PaymentID
    package let merchant: MerchantID
    package let status: PaymentStatus
    package let currency: Currency
    package let authorized: Amount
    /// Held, and free to be captured.
    package let capturable: Amount
    package let captured: Amount
    package let settled: Amount
    /// Asked back, not confirmed.
    package let refundPending: Amount
    package let refunded: Amount
    package let refundable: Amount
    package let disputed: Amount
    /// When the first hold ends; none if nothing is held.
    package let expiresAt: LedgerTime
    package let isUnderReview: Bool
    package let isVoidRequested: Bool
    /// Its latest event: the version of what is seen.
    package let latest: SequenceNumber
}

extension LedgerState {
    /// A payment as it is now; nil if it is not in memory.
    package func view(of id: PaymentID) -> PaymentView? { payments.find(id.raw).map { view($0) } }

    func view(_ number: RowNumber) -> PaymentView {
        let row = payments[number]
        let (settled, pending, refunded) = (settled(row), pendingRefunds(row), returned(row))
        return PaymentView(
            id: row.id, merchant: merchantID(row),
            status: status(row, settled: settled, refunded: refunded), currency: row.currency,
            authorized: row.authorized, capturable: row.held - min(row.held, reserved(row)),
            captured: row.captured, settled: settled, refundPending: pending, refunded: refunded,
            refundable: refundable(row), disputed: disputed(row),
            expiresAt: row.held.isZero ? .none : row.expiresAt,
            // Raised with the order; there is something to review once the hold is there.
            isUnderReview: row.phase == .live && row.flags.contains(.underReview),
            isVoidRequested: row.flags.contains(.voidRequested), latest: row.latest)
    }

    private func status(_ row: PaymentRow, settled: Amount, refunded: Amount) -> PaymentStatus {
        switch row.phase {
        case .processing: return .processing
        case .requiresAction: return .requiresAction
        case .unknown: return .unknown
        case .declined: return .declined
        case .blocked: return .blocked
        case .voided: return .voided
        case .expired: return .expired
        case .live: break
        }
        if row.flags.contains(.isReturned) { return .returned }
        if !disputed(row).isZero { return .disputed }
        if row.captured.isZero { return .authorized }
        if !refunded.isZero { return refunded < row.captured ? .partiallyRefunded : .refunded }
        if settled == row.captured { return .settled }
        return row.held.isZero ? .captured : .partiallyCaptured
    }

    /// Paid for by the acquirer.
    private func settled(_ row: PaymentRow) -> Amount {
        sum(row) { $0.state == .settled ? $0.amount : .zero }
    }

    /// Asked back by refunds that have not succeeded or failed.
    private func pendingRefunds(_ row: PaymentRow) -> Amount {
        sumOfParts(row) { $0 == .pending || $0 == .submitted }
    }

    /// Given back.
    private func returned(_ row: PaymentRow) -> Amount {
        sumOfParts(row) { $0 == .succeeded }
    }

    private func sum(_ row: PaymentRow, _ amount: (CaptureRow) -> Amount) -> Amount {
        var sum = Amount.zero
        var capture = row.firstCapture
        while !capture.isNone {
            sum += amount(captures[capture])
            capture = captures[capture].next
        }
        return sum
    }

    private func sumOfParts(_ row: PaymentRow, _ counts: (RefundState) -> Bool) -> Amount {
        sum(row) { capture in
            var sum = Amount.zero
            var part = capture.firstPart
            while !part.isNone {
                if counts(refunds[refundParts[part].refund].state) { sum += refundParts[part].amount }
                part = refundParts[part].nextOfCapture
            }
            return sum
        }
    }
}
