package import Ledger

// What commands will look at lies somewhere in gigabytes, and waiting for it takes longer than deciding. So
// while one command is decided, the memory of those behind it is asked for: first the bucket of an index that
// tells where a row is; some commands later the row; then what the row names. Hints: nothing depends on them.
extension LedgerState {
    /// Commands between two steps: long enough for memory to answer, short enough for the cache to keep it.
    private static var stride: Int { 3 }
    private static var stepCount: Int { 4 }

    /// Asks for the memory of commands behind the one at `index`, which is to be decided next.
    package borrowing func lookAhead(_ commands: Span<Command>, at index: Int) {
        for step in 0..<Self.stepCount {
            let ahead = (Self.stepCount - step) * Self.stride
            if index + ahead < commands.count { prefetch(commands[index + ahead], step, ahead) }
        }
    }

    private func prefetch(_ command: borrowing Command, _ step: Int, _ ahead: Int) {
        switch step {
        case 0: prefetchBuckets(command, ahead)
        case 1: prefetchRows(command)
        case 2: prefetchLinks(command)
        default: prefetchRowsOfLinks(command)
        }
    }

    /// The buckets that the command itself names, and that of what it may make: most commands are one event.
    private func prefetchBuckets(_ command: borrowing Command, _ ahead: Int) {
        if !command.key.isNone { keys.prefetch(command.key) }
        if let merchant = findMerchant(command.merchant) { merchants.prefetch(merchant) }
        let created = PaymentID(createdBy: next.advanced(by: ahead), shard: shard).raw
        if !command.payment.isNone {
            payments.prefetchBucket(command.payment.raw)
            captures.prefetchBucket(created)
        } else if command.operation == .recordAuthorization,
            case .recordAuthorization(let request) = command.request
        {
            payments.prefetchBucket(created)
            prefetchPending(command.merchant, request.order.currency)
            forEachRiskKey(command.merchant, request.order) { risk.prefetchBucket($0) }
        }
    }

    private func prefetchRows(_ command: borrowing Command) {
        if !command.payment.isNone {
            payments.prefetchRow(command.payment.raw)
            return
        }
        guard let merchant = findMerchant(command.merchant) else { return }
        let newest = merchants[merchant].newestPayment
        if !newest.isNone { payments.prefetch(newest) }
        if command.operation == .recordAuthorization,
            case .recordAuthorization(let request) = command.request
        {
            if let account = pendingAccount(command.merchant, request.order.currency) {
                accounts.prefetchRow(account)
            }
            forEachRiskKey(command.merchant, request.order) { risk.prefetchRow($0) }
        }
    }

    private func prefetchLinks(_ command: borrowing Command) {
        guard !command.payment.isNone, let number = payments.prefetchRow(command.payment.raw) else { return }
        let row = payments[number]
        prefetchPending(merchantID(row), row.currency.number)
        openBatches.prefetchBucket(
            OpenBatchRow.key(merchant: row.merchantNumber, acquirer: row.acquirerNumber, row.currency))
        if !row.firstCapture.isNone { captures.prefetch(row.firstCapture) }
    }

    private func prefetchRowsOfLinks(_ command: borrowing Command) {
        guard !command.payment.isNone, let number = payments.find(command.payment.raw) else { return }
        let row = payments[number]
        if let account = pendingAccount(merchantID(row), row.currency.number) {
            accounts.prefetchRow(account)
        }
        let open = OpenBatchRow.key(
            merchant: row.merchantNumber, acquirer: row.acquirerNumber, row.currency)
        if let place = openBatches.find(open) { batches.prefetch(openBatches[place].batch) }
    }

    @inline(__always)
    private func forEachRiskKey(_ merchant: MerchantID, _ order: PaymentOrder, _ body: (UInt64) -> Void) {
        guard let currency = Currency(number: order.currency) else { return }
        body(RiskSubject.merchant(merchant, currency))
        body(RiskSubject.card(order.card.fingerprint, currency))
    }

    private func prefetchPending(_ merchant: MerchantID, _ currency: UInt16) {
        if let account = pendingAccount(merchant, currency) { accounts.prefetchBucket(account) }
    }

    private func pendingAccount(_ merchant: MerchantID, _ currency: UInt16) -> UInt64? {
        Currency(number: currency).map { AccountID(.merchantPending, $0, of: merchant).raw }
    }
}
