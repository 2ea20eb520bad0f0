import Invariants
import Ledger

// What is told of a capture, refund, dispute or payout and contradicts what is known opens one exception. The
// row remembers that, so that the same told again, by whatever way and without a key, is known.
extension LedgerState {
    /// Remembers what an exception says, by the event that made what it is about: its cause. Exceptions that
    /// people open, and those about attempts, have none.
    mutating func noteContradiction(_ kind: ExceptionKind, of cause: SequenceNumber) {
        guard !cause.isNone else { return }
        switch kind {
        case .settledExceedsCaptured: noteContradiction(.saidSettled, ofCapture: cause)
        case .captureFailed: noteContradiction(.saidFailed, ofCapture: cause)
        case .amountOver, .amountUnder: noteContradiction(.saidOtherAmount, ofCapture: cause)
        // No event makes two of these: a debit, whose capture is made with it, has no attempts.
        case .secondOutcome:
            if let number = refunds.find(RefundID(createdBy: cause, shard: shard).raw) {
                var row = refunds[number]
                row.isSaidSucceeded = true
                refunds.update(number, row)
            } else if let number = disputes.find(DisputeID(createdBy: cause, shard: shard).raw) {
                var row = disputes[number]
                row.isSaidOtherwise = true
                disputes.update(number, row)
            } else if let number = payouts.find(PayoutID(createdBy: cause, shard: shard).raw) {
                var row = payouts[number]
                row.isSaidOtherwise = true
                payouts.update(number, row)
            } else if let number = payments.find(PaymentID(createdBy: cause, shard: shard).raw) {
                changePayment(number) { $0.flags.insert(.saidNotApproved) }
            } else {
                noteContradiction(.saidSucceeded, ofCapture: cause)
            }
        default: break
        }
    }

    private mutating func noteContradiction(_ flag: CaptureFlags, ofCapture cause: SequenceNumber) {
        guard let number = captures.find(CaptureID(createdBy: cause, shard: shard).raw) else {
            invariantViolated("an exception about event \(cause.raw), which made nothing it could be about")
        }
        changeCapture(number) { $0.flags.insert(flag) }
    }
}
