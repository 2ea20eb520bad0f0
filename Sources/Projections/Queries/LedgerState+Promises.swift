package import Ledger

// What docs/payments.md promises after every event, read off the state itself: for auditors and tests.
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
            found += brokenPromises(at: row, overcapture[merchant])
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
        return brokenPromises(at: number, overcapture)
    }

    /// What a merchant may take beyond an authorization, now.
    package func overcapture(of merchant: MerchantID) -> Rate {
        merchants.find(merchant.raw).map { merchants[$0].settings.overcapture } ?? .zero
    }

    private func brokenPromises(at number: RowNumber, _ most: Rate?) -> [String] {
        let (row, view) = (payments[number], view(number))
        var found: [String] = []
        let name = "payment \(row.id.createdBy.raw)"
        let overcapture = most ?? overcapture(of: view.merchant)
        let captured = view.captured.minorUnits
        if row.held > row.authorized {
            found.append("\(name): \(row.held.minorUnits) held of \(row.authorized.minorUnits)")
        }
        if view.captured > view.authorized + overcapture.of(view.authorized) {
            found.append("\(name): \(captured) captured of \(view.authorized.minorUnits) authorized")
        }
        let given = view.refundPending + view.refunded + view.disputed
        // A capture that was withdrawn keeps what was given back of it; hardly any payment has one.
        if given.minorUnits > captured, given.minorUnits > captured + withdrawn(row) {
            found.append("\(name): \(given.minorUnits) given back of \(captured)")
        }
        if view.settled > view.captured {
            found.append("\(name): \(view.settled.minorUnits) settled of \(captured)")
        }
        if view.refundable.minorUnits > max(0, captured - given.minorUnits) {
            let ofOthers = given.minorUnits - returnedOfWithdrawn(row)
            if view.refundable.minorUnits > max(0, captured - ofOthers) {
                found.append("\(name): \(view.refundable.minorUnits) refundable of \(captured)")
            }
        }
        return found
    }

    /// The withdrawn captures of a payment together.
    private func withdrawn(_ row: PaymentRow) -> Int64 { sumOfWithdrawn(row) { $0.amount.minorUnits } }

    /// What was given back of them: of nothing that can still be given back.
    private func returnedOfWithdrawn(_ row: PaymentRow) -> Int64 {
        sumOfWithdrawn(row) { $0.refunded.minorUnits }
    }

    private func sumOfWithdrawn(_ row: PaymentRow, _ amount: (CaptureRow) -> Int64) -> Int64 {
        var sum: Int64 = 0
        var capture = row.firstCapture
        while !capture.isNone {
            if captures[capture].state == .withdrawn { sum += amount(captures[capture]) }
            capture = captures[capture].next
        }
        return sum
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
        for currency in sums.keys.sorted() {
            guard let sum = sums[currency], sum.posted != 0 || sum.pending != 0 else { continue }
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
