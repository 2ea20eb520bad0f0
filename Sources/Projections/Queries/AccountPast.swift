import Invariants
package import Ledger

/// What the state remembers of an account: what it comes to, and what it had come to before each month that
/// touched it. A copy: who reads the log takes it along and leaves the state alone.
package struct AccountPast: Sendable {
    /// What it comes to.
    package let now: AccountRow
    /// Of the next event: what is told is behind all before it.
    package let next: SequenceNumber
    /// Of the months that touched the account, oldest first; none that is forgotten.
    private let months: [MonthBalanceRow]

    init(_ now: AccountRow, next: SequenceNumber, months: [MonthBalanceRow]) {
        (self.now, self.next, self.months) = (now, next, months)
    }

    /// What is remembered of a month in which it was touched; nil if it was not, or if that is forgotten.
    package func balance(before month: LedgerMonth) -> MonthBalanceRow? {
        months.first { $0.month == month }
    }

    /// What it had come to when a month began, and the first event at or after its beginning that may touch
    /// it; nil if that is forgotten.
    package func opening(of month: LedgerMonth) -> (sums: AccountRow, next: SequenceNumber)? {
        // Not touched since it began, or never at all.
        guard !now.month.isNone, month <= now.month else { return (now, next) }
        guard let found = months.first(where: { $0.month >= month }) else {
            invariantViolated(
                "account \(now.id.raw) was touched in month \(now.month.number), which has no row")
        }
        guard month.number >= Self.oldest(now.month) || found.isFirstOfAll else { return nil }
        return (found.sums, found.firstSequence)
    }

    /// The first month that is remembered of an account that was touched in `latest` last.
    static func oldest(_ latest: LedgerMonth) -> UInt16 {
        latest.number - min(latest.number, MonthBalanceRow.monthCountMax - 1)
    }
}

extension LedgerState {
    /// What is remembered of an account. Looks for 84 rows at most.
    package func past(of id: AccountID) -> AccountPast {
        let now = account(id)
        guard !now.month.isNone else { return AccountPast(now, next: next, months: []) }
        let months = (AccountPast.oldest(now.month)...now.month.number).compactMap {
            monthBalance(of: id, LedgerMonth(number: $0))
        }
        return AccountPast(now, next: next, months: months)
    }
}
