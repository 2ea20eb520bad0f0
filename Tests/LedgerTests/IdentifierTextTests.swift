import Ledger
import Testing

/// Ids as people read and write them.
@Suite struct IdentifierTextTests {
    @Test func `an id is read as it was written`() {
        for raw: UInt64 in [1, 0xCA37_6D73_9649_2CFA, .max, 1 << 63, 9] {
            #expect(PaymentID(text: PaymentID(raw: raw).text) == PaymentID(raw: raw))
            #expect(MerchantID(text: MerchantID(raw: raw).text) == MerchantID(raw: raw))
        }
        #expect(PaymentID(raw: 0xAB).text == "pay_00000000000000ab")
        #expect(MerchantID(raw: 7).text == "mer_7" && MerchantID(text: "7") == MerchantID(raw: 7))
    }

    @Test(
        arguments: [
            "", "pay_", "pay_1", "00000000000000ab", "cap_00000000000000ab", "pay_00000000000000ag",
            "pay_0000000000000000", "pay_+0000000000000ab", "pay_-0000000000000ab", "pay_00000000000000ab0",
        ])
    func `other texts are no payment`(_ text: String) { #expect(PaymentID(text: text) == nil) }

    @Test(arguments: ["", "mer_", "mer_0", "mer_+7", "mer_-7", "acq_7", "mer_7a", "mer_18446744073709551616"])
    func `other texts are no merchant`(_ text: String) { #expect(MerchantID(text: text) == nil) }
}
