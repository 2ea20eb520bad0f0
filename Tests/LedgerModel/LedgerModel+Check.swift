// What must hold after every event, whatever anybody asked for.

import Ledger

extension LedgerModel {
    /// The broken invariants, in words; empty if all hold.
    package func check() -> [String] {
        broken + brokenSides() + brokenTotals() + state.payments.flatMap { brokenCounters($0) } + brokenRows()
            + brokenExceptions()
    }

    /// Accounts on the wrong side.
    private func brokenSides() -> [String] {
        state.sums.compactMap { account, sums in
            guard !account.account.mayGoNegative, let side = account.account.normalSide else { return nil }
            let sign: Int128 = side == .debit ? 1 : -1
            if sums.posted * sign >= 0, sums.pending * sign >= 0 { return nil }
            return "\(account.account) of \(account.owner) in \(account.currency): \(sums)"
        }
    }

    /// All accounts of a currency sum to zero.
    private func brokenTotals() -> [String] {
        var totals: [Currency: (posted: Int128, pending: Int128)] = [:]
        for (account, sums) in state.sums {
            totals[account.currency, default: (0, 0)].posted += sums.posted
            totals[account.currency, default: (0, 0)].pending += sums.pending
        }
        return totals.compactMap { currency, total in
            total.posted == 0 && total.pending == 0 ? nil : "\(currency) sums to \(total)"
        }
    }

    private func brokenCounters(_ payment: ModelPayment) -> [String] {
        let name = "payment \(payment.id.createdBy.raw)"
        var found: [String] = []
        if payment.held > payment.authorized { found.append("\(name): more held than authorized") }
        if payment.held > 0, payment.phase != .live { found.append("\(name): held but not live") }
        let rate = state.merchants[payment.merchant]?.overcaptureMost ?? .zero
        let over = rate.of(Amount(minorUnits: payment.authorized)).minorUnits
        if payment.captured + payment.reserved > payment.authorized + over {
            found.append("\(name): more captured than may be")
        }
        // What an acquirer sent back for good was captured when it was given back or disputed.
        let withdrawn = payment.captures.reduce(0) { $0 + ($1.state == .withdrawn ? $1.amount : 0) }
        if payment.refunded + payment.disputed > payment.captured + withdrawn {
            found.append("\(name): more refunded and disputed than captured")
        }
        if payment.settled > payment.captured { found.append("\(name): more settled than captured") }
        for capture in payment.captures {
            let most = capture.isCaptured ? capture.amount - capture.refunded : 0
            if capture.left < 0 || capture.left > max(0, most) { found.append("\(name): \(capture)") }
        }
        return found
    }

    /// Each is somebody's who can resolve it.
    private func brokenExceptions() -> [String] {
        state.exceptions.values.filter { !$0.merchant.isNone && state.merchants[$0.merchant] == nil }.map {
            "an exception of merchant \($0.merchant.raw), whom nobody knows"
        }
    }

    /// Accounts that are the sums of rows.
    private func brokenRows() -> [String] {
        var rows = Rows()
        for payment in state.payments { add(payment, to: &rows) }
        for payout in state.payouts.values where payout.state == .created {
            rows.add(AccountID(.payoutInTransit, payout.currency, of: payout.merchant), -payout.amount)
        }
        for exception in state.exceptions.values where !exception.isResolved {
            if let currency = exception.currency {
                rows.add(AccountID(.suspense, currency), exception.suspense)
            }
        }
        for account in state.sums.keys where account.account.isSumOfRows {
            let (posted, pending) = (balance(account).posted, balance(account).pending)
            rows.add(account, posted: -posted, pending: -pending)
        }
        return rows.sums.compactMap { account, rest in
            if rest.posted == 0, rest.pending == 0 { return nil }
            return "\(account.account) of \(account.owner) in \(account.currency) is off its rows by \(rest)"
        }
    }

    private func add(_ payment: ModelPayment, to rows: inout Rows) {
        rows.add(payment.ofMerchant(.merchantPending), posted: 0, pending: -Int128(payment.held))
        for capture in payment.captures {
            rows.add(payment.ofMerchant(.merchantPending), -capture.left)
        }
        for dispute in payment.disputes where dispute.isOpen {
            rows.add(payment.ofMerchant(.disputeHold), -dispute.accepted)
        }
        if payment.acquirer.isNone { return }
        let receivable = payment.ofAcquirer(.acquirerReceivable)
        rows.add(receivable, posted: 0, pending: Int128(payment.held))
        for capture in payment.captures {
            let isHere = capture.state == .captured && state.batches[capture.batch]?.isSent != true
            if isHere || capture.state == .rejected { rows.add(receivable, capture.amount) }
        }
        for refund in payment.refunds where refund.state == .pending {
            let isHere = refund.batch.isNone || state.batches[refund.batch]?.isSent != true
            if isHere { rows.add(payment.ofAcquirer(.refundsPayable), -refund.amount) }
        }
    }
}

/// What accounts should have, by what the rows say.
private struct Rows {
    var sums: [AccountID: (posted: Int128, pending: Int128)] = [:]

    mutating func add(_ account: AccountID, _ posted: Int64) {
        add(account, posted: Int128(posted), pending: 0)
    }

    mutating func add(_ account: AccountID, posted: Int128, pending: Int128) {
        sums[account, default: (0, 0)].posted += posted
        sums[account, default: (0, 0)].pending += pending
    }
}

extension Account {
    /// Whether what stands on it is exactly what payments, payouts and exceptions say.
    fileprivate var isSumOfRows: Bool {
        switch self {
        case .acquirerReceivable, .merchantPending, .disputeHold, .payoutInTransit, .refundsPayable,
            .suspense:
            true
        default: false
        }
    }
}
