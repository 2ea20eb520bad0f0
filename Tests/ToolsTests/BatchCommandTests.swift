import Testing

/// The days' batches from a command line.
@Suite struct BatchCommandTests {
    @Test func `a batch is closed once, and what is captured later goes to the next`() throws {
        let served = try ServedCommand()
        try served.openShop()
        #expect(try served("pay", "authorize", "12.34 EUR", "--capture").status == 0)
        #expect(try served("pay", "authorize", "1.00 EUR", "--capture").status == 0)
        let open = try #require(try ServedCommand.lines(served("batch", "list", "--json")).first)
        #expect(open["state"] as? String == "open" && open["items"] as? Int == 2)
        #expect(open["capturedMinor"] as? Int == 1_334)
        let batch = try #require(open["batch"] as? String)

        let closed = try served("batch", "close", batch, "--json").json
        #expect(closed["closed"] as? Int == 1)
        let again = try served("batch", "close", batch, "--json").json
        #expect(again["closed"] as? Int == 0 && again["existed"] as? Int == 1)

        #expect(try served("pay", "authorize", "5 EUR", "--capture").status == 0)
        #expect(try served("batch", "close", "--all").text.contains("closed 1 of 1"))
        let states = try ServedCommand.lines(served("batch", "list", "--merchant", "mer_1", "--json"))
            .compactMap { $0["state"] as? String }
        #expect(states == ["closed", "closed"])
        #expect(try served("batch", "list", "--state", "open").text.isEmpty)
    }

    @Test func `what is no batch is said to be none`() throws {
        let served = try ServedCommand()
        try served.openShop()
        #expect(try served("batch", "close", "bat_00000000000000aa").status == 66)
        #expect(try served("batch", "close").status == 64)
        #expect(try served("batch", "close", "bat_00000000000000aa", "--all").status == 64)
        #expect(try served("batch", "list", "--state", "shut").status == 64)
    }
}
