import Ledger

// What accounts came to when months began, so that nobody reads a log from its beginning to learn it.
extension LedgerState {
    /// The month of the latest event is another than that of the one before.
    @inline(never)
    mutating func beginMonth() {
        core.month = LedgerMonth(containing: core.time)
        core.monthEnd = core.month.end
    }

    /// An account is touched by the event at `sequence`, for the first time in this month: what it came to
    /// until now is remembered, and what is too old is forgotten.
    @inline(never)
    mutating func beginMonth(of number: RowNumber, at sequence: SequenceNumber) {
        let (row, month) = (accounts[number], core.month)
        if !row.month.isNone { forgetMonths(of: row) }
        monthBalances.insert(MonthBalanceRow(row, month: month, firstSequence: sequence))
        accounts.relink(number) { $0.month = month }
    }

    /// Rows are of the 84 months up to `row.month`; they are to be of the 84 up to this one.
    private mutating func forgetMonths(of row: AccountRow) {
        let count = Int(MonthBalanceRow.monthCountMax)
        let last = Int(row.month.number)
        let newest = min(Int(core.month.number) - count, last)
        var month = max(0, last - count + 1)
        while month <= newest {
            let old = LedgerMonth(number: UInt16(truncatingIfNeeded: month))
            if let number = monthBalances.find(MonthBalanceRow.key(row.id, old)) {
                monthBalances.remove(number)
            }
            month += 1
        }
    }
}
