import Ledger

// Which payments may leave the memory.
extension LedgerState {
    /// Whether nothing of a payment falls due, is asked for or is on its way: it changes only if a command
    /// names it, and whoever drives the state brings it back before.
    ///
    /// That no entry of what is due stands for it is what eviction rests on: such an entry finds nobody.
    func isQuiet(_ row: PaymentRow) -> Bool {
        switch row.phase {
        case .processing, .requiresAction, .unknown: return false
        case .live where row.flags.contains(.underReview): return false
        case .live, .declined, .blocked, .voided, .expired: break
        }
        guard row.held.isZero, !row.isReturnable, awaited.find(row.id.raw) == nil else { return false }
        return areCapturesQuiet(row) && areDisputesQuiet(row)
    }

    private func areCapturesQuiet(_ row: PaymentRow) -> Bool {
        var number = row.firstCapture
        while !number.isNone {
            let capture = captures[number]
            // A debit that came back is not settled any more.
            guard capture.state.isOver || row.flags.contains(.isReturned) && capture.state.isTaken,
                areRefundsQuiet(capture)
            else { return false }
            number = capture.next
        }
        return true
    }

    private func areRefundsQuiet(_ capture: CaptureRow) -> Bool {
        var part = capture.firstPart
        while !part.isNone {
            if isOpen(refunds[refundParts[part].refund]) { return false }
            part = refundParts[part].nextOfCapture
        }
        return true
    }

    /// Whether a refund is on its way. Of one that left with a batch nobody may ever say more than that the
    /// batch was reconciled.
    private func isOpen(_ refund: RefundRow) -> Bool {
        switch refund.state {
        case .succeeded, .failed: false
        case .pending, .submitted: refund.batch.isNone || batches[refund.batch].state != .reconciled
        }
    }

    private func areDisputesQuiet(_ row: PaymentRow) -> Bool {
        var dispute = row.firstDispute
        while !dispute.isNone {
            if disputes[dispute].status.isOpen { return false }
            dispute = disputes[dispute].next
        }
        return true
    }
}

extension CaptureState {
    /// Whether nobody is expected to say more about it.
    fileprivate var isOver: Bool {
        switch self {
        case .failed, .voided, .settled, .withdrawn: true
        case .requested, .unknown, .captured, .rejected, .accepted: false
        }
    }
}
