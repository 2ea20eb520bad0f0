import Ledger
import Projections
import Testing

/// What accounts came to when months began.
@Suite struct MonthTests {
    /// A ledger that opens at the first moment of a month.
    private static func ledger(at month: UInt16) -> TestLedger {
        var ledger = TestLedger()
        ledger.now = LedgerMonth(number: month).start
        return ledger
    }

    @Test func `seven years of months are remembered, and what came before is forgotten`() {
        // From July 2026 on; the ledger was opened in May.
        let first = UInt16(678)
        var ledger = Self.ledger(at: first)
        let account = AccountID(.acquirerReceivable, .eur, of: ledger.acquirer)
        var openings: [Int128] = []
        for number in first..<first + 100 {
            ledger.now = LedgerMonth(number: number).start.adding(.hours(1))
            openings.append(ledger.state.account(account).pending)
            _ = ledger.authorize(Int64(number))
        }
        let last = first + 99
        for number in first..<last {
            let told = ledger.state.openingBalance(of: account, LedgerMonth(number: number))
            let isKept = number + MonthBalanceRow.monthCountMax > last
            #expect(told.map(\.pending) == (isKept ? openings[Int(number - first)] : nil), "month \(number)")
        }
        #expect(ledger.state.openingBalance(of: account, LedgerMonth(number: first - 1)) == nil)
        // Not begun yet: what there is now.
        let next = ledger.state.openingBalance(of: account, LedgerMonth(number: last + 44))
        #expect(next?.pending == ledger.state.account(account).pending)

        var again = LedgerState()
        for event in ledger.events { again.apply(event) }
        #expect(again.digest == ledger.state.digest)
        #expect(again.monthBalances.count == ledger.state.monthBalances.count)
    }

    @Test func `a silence longer than seven years leaves one month`() {
        var ledger = Self.ledger(at: 678)
        let account = AccountID(.merchantPending, .eur, of: ledger.merchant)
        _ = ledger.authorize(10)
        ledger.now = LedgerMonth(number: 679).start
        _ = ledger.authorize(20)
        #expect(ledger.state.openingBalance(of: account, LedgerMonth(number: 0))?.pending == 0)
        let before = ledger.state.account(account).pending
        ledger.now = LedgerMonth(number: 679 + 128).start
        _ = ledger.authorize(40)
        #expect(ledger.state.monthBalance(of: account, LedgerMonth(number: 679)) == nil)
        #expect(ledger.state.monthBalance(of: account, LedgerMonth(number: 678)) == nil)
        let there = ledger.state.openingBalance(of: account, LedgerMonth(number: 807))
        #expect(there?.pending == before)
        // Within the 84 months: nothing happened until the last.
        let inSilence = ledger.state.openingBalance(of: account, LedgerMonth(number: 724))
        #expect(inSilence?.pending == before)
        #expect(ledger.state.openingBalance(of: account, LedgerMonth(number: 723)) == nil)
    }

    @Test func `accounts are told apart whatever their owner, currency and month`() {
        var keys = Set<UInt64>()
        var count = 0
        for account in Account.allCases {
            for month in [UInt16(0), 1, 83, 127] {
                for number in [UInt16(36), 756, 978, 999] {
                    guard Currency(number: number) != nil else { continue }
                    let owners: [UInt64] = account.owner == .ledger ? [0] : [1, 2, 1 << 32, 1 << 42 - 1]
                    for owner in owners {
                        let raw = UInt64(account.rawValue) << 56 | UInt64(number) << 42 | owner
                        guard let id = AccountID(raw: raw) else { continue }
                        keys.insert(MonthBalanceRow.key(id, LedgerMonth(number: month)))
                        count += 1
                    }
                }
            }
        }
        #expect(count > 700 && keys.count == count)
    }
}
