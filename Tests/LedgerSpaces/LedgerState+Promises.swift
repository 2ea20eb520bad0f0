import Ledger
package import Projections

// What docs/payments.md promises after every event, read off the state itself.
extension LedgerState {
    /// What does not hold, in words.
    package var brokenPromises: [String] { brokenPayments + brokenAccounts }

    private var brokenPayments: [String] {
        var found: [String] = []
        var held: Int128 = 0
        var number = payments.firstRow()
        while let row = number {
            let payment = payments[row]
            held += Int128(payment.held.minorUnits)
            found += brokenPromises(of: payment)
            number = payments.firstRow(from: RowNumber(raw: row.raw + 1))
        }
        let receivable = pending(.acquirerReceivable)
        let owed = pending(.merchantPending)
        if receivable != held || owed != -held {
            found.append("\(held) held, \(receivable) pending on 1100, \(owed) on 2010")
        }
        return found
    }

    private func brokenPromises(of row: PaymentRow) -> [String] {
        guard let view = view(of: row.id) else { return ["payment \(row.id.raw) is not to be seen"] }
        var found: [String] = []
        let name = "payment \(row.id.createdBy.raw)"
        let merchant = MerchantID(number: row.merchantNumber, shard: shard)
        let overcapture = merchants.find(merchant.raw).map { merchants[$0].settings.overcapture } ?? .zero
        let captured = view.captured.minorUnits
        if row.held > row.authorized { found.append("\(name): more held than authorized") }
        if view.captured > view.authorized + overcapture.of(view.authorized) {
            found.append("\(name): more captured than may be")
        }
        // A capture that was withdrawn keeps what was given back of it.
        let withdrawn = withdrawn(of: row.id)
        let given = view.refundPending + view.refunded + view.disputed
        if given.minorUnits > captured + withdrawn {
            found.append("\(name): \(given.minorUnits) given back of \(captured)")
        }
        if view.settled > view.captured { found.append("\(name): more settled than captured") }
        if view.refundable.minorUnits > max(0, captured - given.minorUnits) {
            found.append("\(name): \(view.refundable.minorUnits) refundable of \(captured)")
        }
        return found
    }

    /// The withdrawn captures of a payment together.
    private func withdrawn(of id: PaymentID) -> Int64 {
        let captures = detail(of: id)?.captures ?? []
        return captures.reduce(0) { $0 + ($1.state == .withdrawn ? $1.amount.minorUnits : 0) }
    }

    private func pending(_ account: Account) -> Int128 {
        trialBalance.filter { $0.account == account }
            .reduce(0) { $0 + Int128($1.debitsPending) - Int128($1.creditsPending) }
    }

    private var brokenAccounts: [String] {
        var found: [String] = []
        var (posted, pending, suspense): (Int128, Int128, Int128) = (0, 0, 0)
        for line in trialBalance {
            let balance = Int128(line.debitsPosted) - Int128(line.creditsPosted)
            posted += balance
            pending += Int128(line.debitsPending) - Int128(line.creditsPending)
            if line.account == .suspense { suspense += balance }
            guard !line.account.mayGoNegative, let side = line.account.normalSide else { continue }
            if side == .debit ? balance < 0 : balance > 0 {
                found.append("\(line.account) stands at \(balance)")
            }
        }
        if posted != 0 || pending != 0 { found.append("accounts sum to \(posted) and \(pending)") }
        var explained: Int128 = 0
        var number = exceptions.firstRow()
        while let row = number {
            if exceptions[row].state != .resolved { explained += Int128(exceptions[row].suspense) }
            number = exceptions.firstRow(from: RowNumber(raw: row.raw + 1))
        }
        if suspense != explained { found.append("\(suspense) on 1900, exceptions say \(explained)") }
        return found
    }
}
