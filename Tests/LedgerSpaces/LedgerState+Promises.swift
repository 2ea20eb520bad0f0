package import Ledger
package import Projections

// What docs/payments.md promises after every event, read off the state itself.
extension LedgerState {
    /// What does not hold, in words.
    ///
    /// - Parameter overcapture: by merchant, the most that ever was allowed of it; where none is told, what
    ///   is allowed now.
    package func brokenPromises(overcapture: [MerchantID: Rate] = [:]) -> [String] {
        let unexplained = unexplainedSuspense
        let suspense = unexplained == 0 ? [] : ["\(unexplained) on 1900 that no exception speaks of"]
        return brokenPayments(overcapture) + brokenAccounts + suspense
    }

    private func brokenPayments(_ overcapture: [MerchantID: Rate]) -> [String] {
        var found: [String] = []
        var held: Int128 = 0
        var number = payments.firstRow()
        while let row = number {
            let payment = payments[row]
            held += Int128(payment.held.minorUnits)
            let merchant = MerchantID(number: payment.merchantNumber, shard: shard)
            found += brokenPromises(of: payment, overcapture[merchant])
            number = payments.firstRow(from: RowNumber(raw: row.raw + 1))
        }
        if let problem = difference(ofHeld: held) { found.append(problem) }
        return found
    }

    /// Whether what is held of all payments together is what is pending; nil if it is.
    package func difference(ofHeld held: Int128) -> String? {
        let (receivable, owed) = (pending(.acquirerReceivable), pending(.merchantPending))
        if receivable == held, owed == -held { return nil }
        return "\(held) held, \(receivable) pending on 1100, \(owed) on 2010"
    }

    /// What does not hold of one payment. `overcapture` is the most its merchant was ever allowed; nil for
    /// what it is allowed now.
    package func brokenPromises(of id: PaymentID, overcapture: Rate?) -> [String] {
        guard let number = payments.find(id.raw) else { return ["payment \(id.raw) is not there"] }
        return brokenPromises(of: payments[number], overcapture)
    }

    /// What a merchant may take beyond an authorization, now.
    package func overcapture(of merchant: MerchantID) -> Rate {
        merchants.find(merchant.raw).map { merchants[$0].settings.overcapture } ?? .zero
    }

    private func brokenPromises(of row: PaymentRow, _ most: Rate?) -> [String] {
        guard let view = view(of: row.id) else { return ["payment \(row.id.raw) is not to be seen"] }
        var found: [String] = []
        let name = "payment \(row.id.createdBy.raw)"
        let overcapture = most ?? overcapture(of: view.merchant)
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
        let ofOthers = given.minorUnits - returnedOfWithdrawn(row.id)
        if view.refundable.minorUnits > max(0, captured - ofOthers) {
            found.append("\(name): \(view.refundable.minorUnits) refundable of \(captured)")
        }
        let counters = [
            view.authorized, view.captured, view.capturable, view.settled, view.refundPending, view.refunded,
            view.refundable, view.disputed, row.held,
        ]
        if counters.contains(where: { $0.minorUnits < 0 }) { found.append("\(name): \(view)") }
        return found
    }

    /// The withdrawn captures of a payment together.
    private func withdrawn(of id: PaymentID) -> Int64 {
        let captures = detail(of: id)?.captures ?? []
        return captures.reduce(0) { $0 + ($1.state == .withdrawn ? $1.amount.minorUnits : 0) }
    }

    /// What was given back of them: of nothing that can still be given back.
    private func returnedOfWithdrawn(_ id: PaymentID) -> Int64 {
        let captures = detail(of: id)?.captures ?? []
        return captures.reduce(0) { $0 + ($1.state == .withdrawn ? $1.refunded.minorUnits : 0) }
    }

    private func pending(_ account: Account) -> Int128 {
        var sum: Int128 = 0
        var number = accounts.firstRow()
        while let row = number {
            if accounts[row].id.account == account { sum += accounts[row].pending }
            number = accounts.firstRow(from: RowNumber(raw: row.raw + 1))
        }
        return sum
    }

    /// What does not hold of the accounts: each on its side, and all of a currency in balance.
    package var brokenAccounts: [String] {
        var found: [String] = []
        var sums: [Currency: (posted: Int128, pending: Int128)] = [:]
        var number = accounts.firstRow()
        while let place = number {
            let row = accounts[place]
            let (account, currency) = (row.id.account, row.id.currency)
            sums[currency, default: (0, 0)].posted += row.posted
            sums[currency, default: (0, 0)].pending += row.pending
            if !account.allows(row.posted) || !account.allows(row.pending) {
                found.append(
                    "\(account) of \(row.id.owner) stands at \(row.posted), \(row.pending) pending")
            }
            number = accounts.firstRow(from: RowNumber(raw: place.raw + 1))
        }
        for (currency, sum) in sums where sum.posted != 0 || sum.pending != 0 {
            found.append("accounts of \(currency) sum to \(sum.posted) and \(sum.pending)")
        }
        return found
    }

    /// What is on 1900, less what open exceptions say is there. Between an event and the exception that
    /// follows from it there may be some; at the end of a command there may not.
    package var unexplainedSuspense: Int128 {
        var rest: Int128 = 0
        var account = accounts.firstRow()
        while let row = account {
            if accounts[row].id.account == .suspense { rest += accounts[row].posted }
            account = accounts.firstRow(from: RowNumber(raw: row.raw + 1))
        }
        var number = exceptions.firstRow()
        while let row = number {
            if exceptions[row].state != .resolved { rest -= Int128(exceptions[row].suspense) }
            number = exceptions.firstRow(from: RowNumber(raw: row.raw + 1))
        }
        return rest
    }
}
