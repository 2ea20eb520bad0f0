package import Ledger

/// What one account of the chart comes to in one currency, over all its owners.
package struct TrialBalanceLine: Equatable, Sendable {
    package let account: Account
    package let currency: Currency
    /// Of all owners together.
    package let debitsPosted: UInt128
    package let creditsPosted: UInt128
    package let debitsPending: UInt128
    package let creditsPending: UInt128
}

/// Whether the money that is there covers what is owed to merchants and cardholders, in one currency.
package struct Safeguarding: Equatable, Sendable {
    package let currency: Currency
    /// 1010, 1100, 1110, 1120: at banks and acquirers, or on the way.
    package let assets: Int128
    /// 2010 … 2060: to merchants and cardholders.
    package let liabilities: Int128
    /// 1900: money that nobody has explained; debits positive.
    package let suspense: Int128
    /// Since when the oldest of it is there; none if there is none.
    package let suspenseSince: LedgerTime
    /// Since when the oldest batch waits to be sent or reconciled, by its cutoff; none if none does.
    package let unmatchedSince: LedgerTime
    /// Since when an exception says that something is missing; none if none is open.
    package let shortfallSince: LedgerTime

    /// What is missing; zero if nothing is.
    package var shortfall: Int128 { max(0, liabilities - assets) }

    /// The exception to open, in nobody's name: nil if nothing is missing, or one says so.
    package var report: OpenException? {
        guard shortfall > 0, shortfallSince.isNone else { return nil }
        var report = OpenException()
        report.kind = .safeguardingShortfall
        report.currency = currency.number
        // An exception's amounts have the limit of all: more is missing than that all the same.
        report.expected = Int64(min(shortfall, Int128(Amount.payableMax.minorUnits)))
        return report
    }
}

extension LedgerState {
    /// Every account and currency with anything posted, in the order of the chart, then of currency numbers.
    /// Looks at every account: for auditors and daily checks.
    package var trialBalance: [TrialBalanceLine] {
        var sums: [UInt64: AccountRow] = [:]
        forEachAccount { row in
            let key = UInt64(row.id.account.rawValue) << 16 | UInt64(row.id.currency.number)
            var sum = sums[key] ?? AccountRow(row.id)
            sum.add(row)
            sums[key] = sum
        }
        return sums.keys.sorted().compactMap { key in
            sums[key].map { sum in
                TrialBalanceLine(
                    account: sum.id.account, currency: sum.id.currency, debitsPosted: sum.debitsPosted,
                    creditsPosted: sum.creditsPosted, debitsPending: sum.debitsPending,
                    creditsPending: sum.creditsPending)
            }
        }
    }

    /// By currency, in the order of their numbers.
    package var safeguarding: [Safeguarding] {
        var sums: [UInt16: (assets: Int128, liabilities: Int128, suspense: Int128, currency: Currency)] = [:]
        for line in trialBalance {
            let balance = Int128(line.debitsPosted) - Int128(line.creditsPosted)
            var sum = sums[line.currency.number] ?? (0, 0, 0, line.currency)
            switch line.account.safeguardingSide {
            case .debit: sum.assets += balance
            case .credit: sum.liabilities -= balance
            case nil where line.account == .suspense: sum.suspense += balance
            case nil: continue
            }
            sums[line.currency.number] = sum
        }
        let open = exceptions.sortedRows.filter { $0.state != .resolved }
        let waiting = batches.sortedRows.filter { $0.state != .open && $0.state != .reconciled }
        return sums.keys.sorted().compactMap { number in
            let ofCurrency = open.filter { $0.currency == number }
            return sums[number].map {
                Safeguarding(
                    currency: $0.currency, assets: $0.assets, liabilities: $0.liabilities,
                    suspense: $0.suspense,
                    suspenseSince: Self.oldest(ofCurrency.filter { $0.suspense != 0 }.map(\.openedAt)),
                    unmatchedSince: Self.oldest(
                        waiting.filter { $0.currency.number == number }.map(\.closesAt)),
                    shortfallSince: Self.oldest(
                        ofCurrency.filter { $0.kind == .safeguardingShortfall }.map(\.openedAt)))
            }
        }
    }

    private static func oldest(_ times: [LedgerTime]) -> LedgerTime { times.min() ?? .none }

    private func forEachAccount(_ body: (AccountRow) -> Void) {
        var number = accounts.firstRow()
        while let found = number {
            body(accounts[found])
            number = accounts.firstRow(from: RowNumber(raw: found.raw + 1))
        }
    }
}

extension AccountRow {
    fileprivate mutating func add(_ other: AccountRow) {
        debitsPosted += other.debitsPosted
        creditsPosted += other.creditsPosted
        debitsPending += other.debitsPending
        creditsPending += other.creditsPending
    }
}

extension Account {
    /// Which side of the safeguarding check it is on; nil for neither.
    fileprivate var safeguardingSide: Side? {
        switch self {
        case .cash, .acquirerReceivable, .inTransit, .disputeClearing: .debit
        case .merchantPending, .merchantAvailable, .merchantReserve, .disputeHold, .payoutInTransit,
            .refundsPayable:
            .credit
        default: nil
        }
    }
}
