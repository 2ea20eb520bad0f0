import Ledger
import Testing

@Suite struct CurrencyTests {
    @Test func `every currency is found by its number and by its code`() {
        var count = 0
        for number in UInt16(0)...1_100 {
            guard let currency = Currency(number: number) else { continue }
            #expect(Currency(code: currency.code) == currency)
            #expect((0...4).contains(currency.exponent))
            count += 1
        }
        #expect(count == 158)
    }

    @Test func `decimals are those of the standard`() {
        let samples = [("EUR", 2), ("USD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("ISK", 0), ("HUF", 2)]
        for (code, exponent) in samples { #expect(Currency(code: code)?.exponent == exponent) }
        #expect(Currency(code: "XAU") == nil)
        #expect(Currency(code: "eur") == .eur)
    }
}
