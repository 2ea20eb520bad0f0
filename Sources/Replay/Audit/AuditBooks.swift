package import Ledger
package import Projections

/// An auditor's own books: what every leg of every event comes to, kept apart from the ledger's state and by
/// other code, so that the two can be compared.
///
///     var books = AuditBooks()
///     for event in log { contradictions += books.take(event) }
package struct AuditBooks: Sendable {
    /// By the bits of the account's id.
    private var accounts: [UInt64: AuditedSums] = [:]
    /// Ascending; the ledger's time only grows.
    package private(set) var months: [AuditedMonth] = []
    /// Legs posted so far.
    package private(set) var legCount: UInt64 = 0

    package init() {}

    /// Enters an event. What of it cannot be, in words: legs that do not sum to zero, an account on the side
    /// it may never be on.
    package mutating func take(_ event: Event) -> [String] {
        let month = LedgerMonth(containing: event.time)
        if months.last?.month != month { months.append(AuditedMonth(month)) }
        months[months.count - 1].add(event)
        guard event.legs.count > 0 else { return [] }
        post(event.legs)
        var found = event.legs.isBalanced ? [] : Self.imbalances(of: event.legs)
        found += wrongSides(of: event.legs)
        return found
    }

    private mutating func post(_ legs: borrowing Legs) {
        let legs = legs.span
        for index in legs.indices { accounts[legs[index].account.raw, default: .init()].add(legs[index]) }
        legCount += UInt64(legs.count)
    }

    /// What legs of one currency and layer come to, where it is not zero.
    private static func imbalances(of legs: borrowing Legs) -> [String] {
        var sums: [(currency: Currency, layer: Layer, sum: Int128)] = []
        let legs = legs.span
        for index in legs.indices {
            let (currency, layer) = (legs[index].account.currency, legs[index].layer)
            let amount = Int128(legs[index].amount)
            if let known = sums.firstIndex(where: { $0.currency == currency && $0.layer == layer }) {
                sums[known].sum += amount
            } else {
                sums.append((currency, layer, amount))
            }
        }
        return sums.filter { $0.sum != 0 }.map { "\($0.layer) legs of \($0.currency) come to \($0.sum)" }
    }

    /// Accounts that an event leaves where they may never be; each once.
    private func wrongSides(of legs: borrowing Legs) -> [String] {
        var found: [String] = []
        let legs = legs.span
        for index in legs.indices {
            let id = legs[index].account
            guard let sums = accounts[id.raw],
                !id.account.allows(sums.posted) || !id.account.allows(sums.pending)
            else { continue }
            let what = "\(id.text) stands at \(sums.posted), \(sums.pending) pending"
            if !found.contains(what) { found.append(what) }
        }
        return found
    }

    // MARK: At the end

    /// Every account and currency, over all owners: in the order of the chart, then of currency numbers.
    package var trialBalance: [AuditedBalance] {
        var lines: [AuditedBalance] = []
        // Ids sort by account, then currency.
        for raw in accounts.keys.sorted() {
            guard let id = AccountID(raw: raw), let sums = accounts[raw] else { continue }
            if lines.last?.account != id.account || lines.last?.currency != id.currency {
                lines.append(AuditedBalance(account: id.account, currency: id.currency))
            }
            lines[lines.count - 1].sums.add(sums)
        }
        return lines
    }

    /// Where these books and a state of the same events differ, in words.
    package func differences(from state: borrowing LedgerState) -> [String] {
        var found: [String] = []
        for raw in accounts.keys.sorted() {
            guard let id = AccountID(raw: raw), let sums = accounts[raw] else { continue }
            let row = state.account(id)
            let theirs = AuditedSums(row)
            if theirs != sums {
                found.append("\(id.text): events come to \(sums.text), the state says \(theirs.text)")
            }
        }
        let count = state.accountCount
        if count != accounts.count {
            found.append("\(count) accounts in the state, \(accounts.count) in events")
        }
        return found
    }
}

/// What was debited and credited to an account, or to several.
package struct AuditedSums: Equatable, Sendable {
    package private(set) var debitsPosted: UInt128 = 0
    package private(set) var creditsPosted: UInt128 = 0
    package private(set) var debitsPending: UInt128 = 0
    package private(set) var creditsPending: UInt128 = 0

    init() {}

    init(_ row: AccountRow) {
        (debitsPosted, creditsPosted) = (row.debitsPosted, row.creditsPosted)
        (debitsPending, creditsPending) = (row.debitsPending, row.creditsPending)
    }

    /// Debits less credits.
    package var posted: Int128 { Int128(debitsPosted) - Int128(creditsPosted) }
    package var pending: Int128 { Int128(debitsPending) - Int128(creditsPending) }

    var text: String { "\(debitsPosted)/\(creditsPosted), pending \(debitsPending)/\(creditsPending)" }

    mutating func add(_ leg: Leg) {
        let size = UInt128(leg.amount.magnitude)
        if leg.layer == .posted {
            if leg.amount > 0 { debitsPosted += size } else { creditsPosted += size }
        } else {
            if leg.amount > 0 { debitsPending += size } else { creditsPending += size }
        }
    }

    mutating func add(_ other: Self) {
        debitsPosted += other.debitsPosted
        creditsPosted += other.creditsPosted
        debitsPending += other.debitsPending
        creditsPending += other.creditsPending
    }
}

/// A line of the trial balance: one account of the chart in one currency.
package struct AuditedBalance: Equatable, Sendable {
    package let account: Account
    package let currency: Currency
    package var sums = AuditedSums()
}

extension AccountID {
    /// For a report: number, whose, currency.
    var text: String { "\(account.number) of \(owner == 0 ? "the ledger" : "\(owner)") in \(currency)" }
}
