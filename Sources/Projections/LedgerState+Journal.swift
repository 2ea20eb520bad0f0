// All or nothing: while the journal is open every table remembers what is done to it.

extension LedgerState {
    /// What is put back as a whole.
    struct Mark {
        var core: LedgerCore
        var byteCount: Int
        var count: Int
    }

    mutating func openJournal() {
        accounts.openJournal()
        monthBalances.openJournal()
        merchants.openJournal()
        terms.openJournal()
        acquirers.openJournal()
        keys.openJournal()
        risk.openJournal()
        payments.openJournal()
        awaited.openJournal()
        holds.openJournal()
        reversals.openJournal()
        lateApprovals.openJournal()
        captures.openJournal()
        captureCalls.openJournal()
        refunds.openJournal()
        refundParts.openJournal()
        batches.openJournal()
        openBatches.openJournal()
        disputes.openJournal()
        exceptions.openJournal()
        payouts.openJournal()
        reserves.openJournal()
        corrections.openJournal()
        due.openJournal()
    }

    mutating func commitJournal() {
        accounts.commitJournal()
        monthBalances.commitJournal()
        merchants.commitJournal()
        terms.commitJournal()
        acquirers.commitJournal()
        keys.commitJournal()
        risk.commitJournal()
        payments.commitJournal()
        awaited.commitJournal()
        holds.commitJournal()
        reversals.commitJournal()
        lateApprovals.commitJournal()
        captures.commitJournal()
        captureCalls.commitJournal()
        refunds.commitJournal()
        refundParts.commitJournal()
        batches.commitJournal()
        openBatches.commitJournal()
        disputes.commitJournal()
        exceptions.commitJournal()
        payouts.commitJournal()
        reserves.commitJournal()
        corrections.commitJournal()
        due.commitJournal()
    }

    mutating func undoJournal() {
        accounts.undoJournal()
        monthBalances.undoJournal()
        merchants.undoJournal()
        terms.undoJournal()
        acquirers.undoJournal()
        keys.undoJournal()
        risk.undoJournal()
        payments.undoJournal()
        awaited.undoJournal()
        holds.undoJournal()
        reversals.undoJournal()
        lateApprovals.undoJournal()
        captures.undoJournal()
        captureCalls.undoJournal()
        refunds.undoJournal()
        refundParts.undoJournal()
        batches.undoJournal()
        openBatches.undoJournal()
        disputes.undoJournal()
        exceptions.undoJournal()
        payouts.undoJournal()
        reserves.undoJournal()
        corrections.undoJournal()
        due.undoJournal()
    }
}
