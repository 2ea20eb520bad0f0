import Invariants
package import Ledger

// From what an account came to when a month began to what it came to at any sequence, and its statements.
extension LedgerState {
    /// What an account came to before the first event of `month`; zeros if it was never touched before. Nil
    /// if that is forgotten: of an account that has changed before it, the 84 months up to the one in which
    /// it was touched last are known, and all after.
    package func openingBalance(of account: AccountID, _ month: LedgerMonth) -> AccountRow? {
        opening(of: account, month)?.sums
    }

    /// The opening balance of a month, and the first event at or after its beginning that may touch the
    /// account.
    func opening(
        of id: AccountID, _ month: LedgerMonth
    ) -> (sums: AccountRow, next: SequenceNumber)? {
        let row = account(id)
        // Not touched since it began, or never at all.
        guard !row.month.isNone, month <= row.month else { return (row, next) }
        let oldest = Int(row.month.number) - Int(MonthBalanceRow.monthCountMax) + 1
        var number = UInt16(truncatingIfNeeded: max(oldest, Int(month.number)))
        while number <= row.month.number {
            if let found = monthBalance(of: id, LedgerMonth(number: number)) {
                guard Int(month.number) >= oldest || found.isFirstOfAll else { return nil }
                return (found.sums, found.firstSequence)
            }
            number += 1
        }
        invariantViolated("account \(id.raw) was touched in month \(row.month.number), which has no row")
    }

    /// What is remembered of a month in which an account was touched; nil if it was not, or if that is
    /// forgotten.
    package func monthBalance(of id: AccountID, _ month: LedgerMonth) -> MonthBalanceRow? {
        guard let number = monthBalances.find(MonthBalanceRow.key(id, month)) else { return nil }
        let row = monthBalances[number]
        // A key has seven bits of the month only.
        return row.month == month ? row : nil
    }

    /// A statement of a period that starts to read where the account's sums are known: feed it events from
    /// its `next` on. Nil if what the account came to before the period is forgotten.
    package func statement(
        of account: AccountID, from start: LedgerTime, to end: LedgerTime
    ) -> StatementBuilder? {
        opening(of: account, LedgerMonth(containing: start)).map {
            StatementBuilder(account, from: start, to: end, sums: $0.sums, at: $0.next)
        }
    }
}
