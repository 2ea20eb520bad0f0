import Ledger
import Testing

@Suite struct LegsTests {
    private let receivable = AccountID(.acquirerReceivable, .eur, of: AcquirerID(raw: 1))
    private let pending = AccountID(.merchantPending, .eur, of: MerchantID(raw: 1))
    private let dollars = AccountID(.merchantPending, .usd, of: MerchantID(raw: 1))

    @Test func `each currency and layer balances on its own`() {
        var legs = Legs()
        #expect(legs.isBalanced)
        legs.add(receivable, 100, .posted)
        #expect(!legs.isBalanced)
        var otherLayer = legs
        otherLayer.add(pending, -100, .pending)
        #expect(!otherLayer.isBalanced)
        var otherCurrency = legs
        otherCurrency.add(dollars, -100, .posted)
        #expect(!otherCurrency.isBalanced)
        legs.add(pending, -100, .posted)
        #expect(legs.isBalanced)
    }

    @Test func `a sum beyond 64 bits is not taken for zero`() {
        var legs = Legs()
        for _ in 0..<2 { legs.add(receivable, .max, .posted) }
        legs.add(pending, 2, .posted)
        #expect(!legs.isBalanced)
    }

    @Test func `a leg of nothing is left out`() {
        var legs = Legs()
        legs.move(.zero, debit: receivable, credit: pending)
        #expect(legs.count == 0)
    }

    @Test func `an account says its chart entry, currency and owner`() throws {
        for account in Account.allCases {
            let owner: UInt64 = account.owner == .ledger ? 0 : 1 << 32 | 77
            let raw = UInt64(account.rawValue) << 56 | 978 << 42 | owner
            let id = try #require(AccountID(raw: raw))
            #expect(id.account == account && id.currency == .eur && id.owner == owner)
        }
        #expect(AccountID(raw: receivable.raw & ~0x3FF_FFFF_FFFF) == nil)
        #expect(AccountID(raw: 0) == nil)
    }

    @Test func `the chart has every number once`() {
        #expect(Set(Account.allCases.map(\.number)).count == Account.allCases.count)
    }
}
