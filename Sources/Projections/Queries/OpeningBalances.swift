package import Ledger

// From what an account came to when a month began to what it came to at any sequence, and its statements.
extension LedgerState {
    /// What an account came to before the first event of `month`; zeros if it was never touched before. Nil
    /// if that is forgotten: of an account that has changed before it, the 84 months up to the one in which
    /// it was touched last are known, and all after.
    package func openingBalance(of account: AccountID, _ month: LedgerMonth) -> AccountRow? {
        past(of: account).opening(of: month)?.sums
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
        past(of: account).opening(of: LedgerMonth(containing: start)).map {
            StatementBuilder(account, from: start, to: end, sums: $0.sums, at: $0.next)
        }
    }
}
