import Ledger

// What commands and events will look at lies somewhere in gigabytes, and waiting for it takes longer than
// deciding. So while one is decided or applied, the memory of those behind it is asked for: first the bucket
// of an index that tells where a row is; a few turns later the row; then what the row names. Hints: nothing
// depends on them.
extension LedgerState {
    /// Turns between two steps: long enough for memory to answer, short enough for the cache to keep it.
    private static var stride: Int { 3 }
    private static var stepCount: Int { 4 }

    /// Asks for the memory of what comes behind the one at `index`, whose turn is next.
    package borrowing func lookAhead(_ outlooks: Span<Outlook>, at index: Int) {
        for step in 0..<Self.stepCount {
            let ahead = (Self.stepCount - step) * Self.stride
            if index + ahead < outlooks.count { prefetch(outlooks[index + ahead], step, ahead) }
        }
    }

    @inline(__always)
    private func prefetch(_ outlook: Outlook, _ step: Int, _ ahead: Int) {
        switch step {
        case 0: prefetchBuckets(outlook, ahead)
        case 1: prefetchRows(outlook)
        case 2: prefetchLinks(outlook)
        default: prefetchRowsOfLinks(outlook)
        }
    }

    /// The buckets that it names itself, and that of what it may make: most commands are one event.
    private func prefetchBuckets(_ outlook: Outlook, _ ahead: Int) {
        if !outlook.key.isNone { keys.prefetch(outlook.key) }
        if let merchant = findMerchant(outlook.merchant) { merchants.prefetch(merchant) }
        let place = outlook.sequence.isNone ? next.advanced(by: ahead) : outlook.sequence
        let created = PaymentID(createdBy: place, shard: shard).raw
        if outlook.makesPayment {
            payments.prefetchBucket(created)
            if outlook.pending != 0 { accounts.prefetchBucket(outlook.pending) }
            if outlook.merchantSubject != 0 { risk.prefetchBucket(outlook.merchantSubject) }
            if outlook.cardSubject != 0 { risk.prefetchBucket(outlook.cardSubject) }
        } else if !outlook.payment.isNone {
            payments.prefetchBucket(outlook.payment.raw)
            captures.prefetchBucket(created)
        }
    }

    private func prefetchRows(_ outlook: Outlook) {
        if !outlook.makesPayment {
            if !outlook.payment.isNone { payments.prefetchRow(outlook.payment.raw) }
            return
        }
        guard let merchant = findMerchant(outlook.merchant) else { return }
        let newest = merchants[merchant].newestPayment
        if !newest.isNone { payments.prefetch(newest) }
        if outlook.pending != 0 { accounts.prefetchRow(outlook.pending) }
        if outlook.merchantSubject != 0 { risk.prefetchRow(outlook.merchantSubject) }
        if outlook.cardSubject != 0 { risk.prefetchRow(outlook.cardSubject) }
    }

    private func prefetchLinks(_ outlook: Outlook) {
        guard !outlook.makesPayment, !outlook.payment.isNone,
            let number = payments.prefetchRow(outlook.payment.raw)
        else { return }
        accounts.prefetchBucket(pendingAccount(number))
        openBatches.prefetchBucket(openBatchKey(number))
        let capture = payments[number].firstCapture
        if !capture.isNone { captures.prefetch(capture) }
    }

    private func prefetchRowsOfLinks(_ outlook: Outlook) {
        guard !outlook.makesPayment, !outlook.payment.isNone,
            let number = payments.prefetchRow(outlook.payment.raw)
        else { return }
        accounts.prefetchRow(pendingAccount(number))
        if let place = openBatches.find(openBatchKey(number)) { batches.prefetch(openBatches[place].batch) }
    }

    /// Of the batch that takes what is captured of a payment now.
    private func openBatchKey(_ payment: RowNumber) -> UInt64 {
        OpenBatchRow.key(
            merchant: payments[payment].merchantNumber, acquirer: payments[payment].acquirerNumber,
            payments[payment].currency)
    }

    /// Of its merchant, for what is not settled.
    private func pendingAccount(_ payment: RowNumber) -> UInt64 {
        let merchant = MerchantID(number: payments[payment].merchantNumber, shard: shard)
        return AccountID(.merchantPending, payments[payment].currency, of: merchant).raw
    }
}
