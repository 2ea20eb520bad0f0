import Ledger
import Testing

@Suite struct ValuesTests {
    @Test func `a share is rounded to the nearest minor unit, halves up`() {
        let rate = Rate(partsPerMillion: 29_000)
        let expected: [(Int64, Int64)] = [(0, 0), (17, 0), (18, 1), (20, 1), (10_000, 290), (50, 1), (52, 2)]
        for (amount, share) in expected {
            #expect(rate.of(Amount(minorUnits: amount)).minorUnits == share, "of \(amount)")
        }
        #expect(Rate(partsPerMillion: 500_000).of(Amount(minorUnits: 1)).minorUnits == 1)
        #expect(Rate.whole.of(Amount(minorUnits: .max)).minorUnits == .max)
    }

    @Test func `payable is one minor unit to ten to the fifteenth`() {
        let edges: [(Int64, Bool)] = [
            (0, false), (1, true), (1_000_000_000_000_000, true), (1_000_000_000_000_001, false),
        ]
        for (amount, isPayable) in edges { #expect(Amount(minorUnits: amount).isPayable == isPayable) }
        #expect(Amount(minorUnits: .max).addingChecked(Amount(minorUnits: 1)) == nil)
    }

    @Test func `a balance is allowed on an account's normal side, on the other where the chart says so`() {
        for account in Account.allCases {
            let isFree = account.mayGoNegative || account.normalSide == nil
            #expect(account.allows(0))
            #expect(account.allows(1) == (isFree || account.normalSide == .debit), "\(account)")
            #expect(account.allows(-1) == (isFree || account.normalSide == .credit), "\(account)")
        }
    }

    @Test func `an id gives back what it was minted from`() {
        let shard = Shard(number: 1_023)
        let payment = PaymentID(createdBy: .max, shard: shard)
        #expect(payment.createdBy == .max)
        #expect(payment.raw == .max)
        #expect(MerchantID(number: .max, shard: shard).number == .max)
        #expect(PaymentID.none.isNone)
    }

    @Test func `time stops at its ends`() {
        #expect(LedgerTime.max.adding(.days(1)) == .max)
        #expect(LedgerTime(nanoseconds: 5).subtracting(.days(1)) == .none)
        #expect(LedgerTime(nanoseconds: 5).adding(.seconds(1)).nanoseconds == 1_000_000_005)
    }

    @Test func `a text has only what can be printed, and only so much of it`() {
        #expect(Text<4>("abcd")?.description == "abcd")
        #expect(Text<4>("abcde") == nil)
        #expect(Text<4>("a\nb") == nil)
        #expect(Text<4>("é") == nil)
        #expect(Text<4>("")?.isEmpty == true)
        #expect(Text<4>("ab") != Text<4>("ac"))
    }

    @Test func `a card network's answer has one name for all acquirers`() throws {
        let samples: [(String, DeclineCode)] = [
            ("51", .insufficientFunds), ("05", .doNotHonor), ("43", .stolenCard), ("ZZ", .doNotHonor),
        ]
        for (code, decline) in samples {
            #expect(DeclineCode(responseCode: try #require(Text(code))) == decline)
        }
        #expect(DeclineCode.stolenCard.retry == .never)
    }
}
