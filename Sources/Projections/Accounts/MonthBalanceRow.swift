import Invariants
package import Ledger

/// What an account had come to before a month in which it was touched: its sums before its first event there.
///
/// 88 bytes. A month in which an account is not touched has no row: its opening balance is that of the next
/// month that has one, or what the account comes to now.
package struct MonthBalanceRow: TableRow {
    package let id: AccountID
    /// Of the first event of the month that touched the account.
    package let firstSequence: SequenceNumber
    // In halves: a row is aligned to eight bytes.
    private let words: InlineArray<8, UInt64>
    package let month: LedgerMonth

    /// Most months an account is remembered for, the one it was touched in last included: seven years.
    package static var monthCountMax: UInt16 { 84 }

    init(_ row: AccountRow, month: LedgerMonth, firstSequence: SequenceNumber) {
        id = row.id
        self.month = month
        self.firstSequence = firstSequence
        let sums: InlineArray<4, UInt128> = [
            row.debitsPosted, row.creditsPosted, row.debitsPending, row.creditsPending,
        ]
        words = InlineArray { UInt64(truncatingIfNeeded: sums[$0 / 2] >> ($0 % 2 * 64)) }
    }

    package var key: UInt64 { Self.key(id, month) }
    package static var table: TableNumber { .monthBalances }

    /// Nothing is lost: accounts are below 2^5, currencies below 2^10, owners below 2^42; of months, of which
    /// no account has more than 84 in a row, the lowest seven bits tell which.
    ///
    ///     63…59   account
    ///     58…49   currency number
    ///     48…7    owner
    ///     6…0     month modulo 128
    package static func key(_ id: AccountID, _ month: LedgerMonth) -> UInt64 {
        let (account, currency) = (id.raw >> 56, id.raw >> 42 & 0x3FFF)
        invariant(account < 1 << 5 && currency < 1 << 10, "no room for account \(id.raw) beside a month")
        return account << 59 | currency << 49 | id.owner << 7 | UInt64(month.number & 127)
    }

    package func digest(into hasher: inout RowHasher) {
        hasher.combine(id.raw)
        hasher.combine(firstSequence.raw)
        hasher.combine(UInt64(month.number))
        for index in 0..<4 { hasher.combine(words[2 * index]) }
        // As with accounts.
        guard hasUpperHalves else { return }
        for index in 0..<4 { hasher.combine(words[2 * index + 1]) }
    }

    /// The account as it was then.
    package var sums: AccountRow {
        var row = AccountRow(id)
        row.debitsPosted = sum(0)
        row.creditsPosted = sum(1)
        row.debitsPending = sum(2)
        row.creditsPending = sum(3)
        return row
    }

    private func sum(_ index: Int) -> UInt128 {
        UInt128(words[2 * index + 1]) << 64 | UInt128(words[2 * index])
    }

    /// Whether the account had never been touched.
    var isFirstOfAll: Bool { words[0] | words[2] | words[4] | words[6] == 0 && !hasUpperHalves }
    private var hasUpperHalves: Bool { words[1] | words[3] | words[5] | words[7] > 0 }
}
