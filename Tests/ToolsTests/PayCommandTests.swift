import Foundation
import Testing

/// Payments from a terminal, against a server.
@Suite struct PayCommandTests {
    @Test func `a payment is made, shown, taken and partly given back, and is there after a restart`() throws
    {
        let served = try ServedCommand()
        try served.openShop()
        let payment = try served("pay", "authorize", "12.34", "EUR", "--key", "order", "--quiet").text
            .trimmingCharacters(in: .newlines)
        #expect(payment.hasPrefix("pay_") && payment.utf8.count == 20)
        let again = try served("pay", "authorize", "12.34", "EUR", "--key", "order", "--json")
        #expect(try again.json["status"] as? String == "exists")
        #expect(try again.json["payment"] as? String == payment)
        #expect(try served("pay", "capture", payment, "5.00 EUR", "--more").status == 0)
        #expect(try served("pay", "capture", payment).status == 0)
        #expect(try served("pay", "refund", payment, "1.30", "--reason", "duplicate").status == 0)
        let before = try served("pay", "show", payment, "--json")
        let told = try #require(try before.json["payment"] as? [String: Any])
        #expect(told["captured"] as? String == "12.34" && told["status"] as? String == "captured")
        #expect(
            (try before.json["captures"] as? [[String: Any]])?.map { $0["amount"] as? String }
                == ["5.00", "7.34"])
        served.stop()
        #expect(try served("status").status == 68)
        try served.start()
        #expect(try served("pay", "show", payment, "--json").text == before.text)
        #expect(try served("pay", "list").text.hasPrefix("\(payment)  captured  12.34 EUR"))
        #expect(try ServedCommand.lines(served("pay", "list", "--status", "voided", "--json")).isEmpty)
        #expect(try served.holdfast.run(["audit", "data"]).status == 0)
    }

    @Test func `what is refused has its number and a status of its own`() throws {
        let served = try ServedCommand()
        #expect(try served("pay", "authorize", "1 EUR").status == 66)
        try served.openShop()
        let zero = try served("pay", "authorize", "0 EUR", "--json")
        #expect(zero.status == 20)
        #expect(try zero.json["code"] as? Int == 102 && zero.json["reason"] as? String == "amountZero")
        let payment = try served("pay", "authorize", "1500", "JPY", "--quiet").text
            .trimmingCharacters(in: .newlines)
        #expect(try served("pay", "void", payment).status == 0)
        let late = try served("pay", "capture", payment, "--key", "late")
        #expect(late.status == 20 && late.errors.contains("paymentVoided (605)"), "\(late.errors)")
        #expect(late.errors.contains("late"))
        #expect(try served("pay", "show", "pay_00000000000000aa").status == 66)
        #expect(try served("pay", "show", "cap_00000000000000aa").status == 64)
    }

    @Test(
        arguments: [
            "12.345 EUR", "1.5 JPY", "12,34 EUR", "1 000 EUR", "12.34", "EUR", "1e3 EUR", ".5 EUR", "5. EUR",
            "5 XYZ", "99999999999999999999 EUR", "٣ EUR",
        ])
    func `an amount that is not exact is none`(_ text: String) throws {
        // Not even a connection is made for it.
        let holdfast = try Command()
        let refused = try holdfast.run(["pay", "authorize", text, "--directory", "nowhere", "--port", "1"])
        #expect(refused.status == 64, "\(refused.errors)")
    }

    @Test func `amounts are read digit by digit, in any currency`() throws {
        let served = try ServedCommand()
        try served.openShop()
        for (text, shown) in [
            ("12.34 EUR", "12.34 EUR"), ("usd 0.1", "0.10 USD"), ("1.234KWD", "1.234 KWD"),
            ("1500 JPY", "1500 JPY"), ("10000000000000 EUR", "10000000000000.00 EUR"),
        ] {
            let made = try served("pay", "authorize", text)
            #expect(made.text.hasPrefix("authorized \(shown), pay_"), "\(made.text)\(made.errors)")
        }
        let payment = try served("pay", "authorize", "3 EUR", "--quiet").text
            .trimmingCharacters(in: .newlines)
        // Another currency than the payment's, and nothing, which to the ledger would be everything.
        #expect(try served("pay", "capture", payment, "1 USD").status == 64)
        #expect(try served("pay", "capture", payment, "0.00").status == 64)
    }
}
