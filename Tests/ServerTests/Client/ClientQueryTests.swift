import Client
import Ledger
import Protocol
import Testing

/// Questions of a client to a real server.
@Suite struct ClientQueryTests {
    @Test func `a client is answered with everything it was told before`() async throws {
        let served = try ServedLedger()
        let client = try await served.connect()
        try await ShopCommands.open(client)
        for round in 1...20 {
            let made = try await client.execute(ShopCommands.authorization(1_000), key: "order \(round)").made
            var query = PaymentQuery()
            query.payment = PaymentID(raw: made)
            let answer = try #require(try await client.ask(query).answer)
            #expect(answer.payment.payment.raw == made && answer.payment.status == .authorized)
            let captured = try await client.execute(
                ShopCommands.capture(PaymentID(raw: made)), key: "capture \(round)")
            let after = try await client.ask(query)
            #expect(after.answer?.payment.captured == Amount(minorUnits: 1_000))
            #expect(after.position.raw > captured.position)
        }
        var list = PaymentsQuery()
        list.merchant = ShopCommands.shop
        list.limit = 7
        let page = try #require(try await client.ask(list).answer)
        #expect(page.payments.count == 7 && !page.next.isNone)
        await client.close()
        try served.stop()
    }

    @Test func `what nobody has is not found, and what the key may not ask is an error`() async throws {
        let served = try ServedLedger()
        let client = try await served.connect()
        try await ShopCommands.open(client)
        var unknown = PaymentQuery()
        unknown.payment = PaymentID(raw: 12_345)
        #expect(try await client.ask(unknown).answer == nil)
        let key = try await ShopKey.make(client)
        let shop = try await served.connect(key: key.text)
        #expect(shop.session.merchant == ShopCommands.shop && shop.session.scopes == .ofMerchant)
        #expect(try await shop.ask(MerchantQuery()).answer?.merchant.merchant == ShopCommands.shop)
        do {
            _ = try await shop.ask(StatusQuery())
            Issue.record("a merchant was told the state of the ledger")
        } catch ClientError.failed(let reason) {
            #expect(reason.code == 21)
        }
        await shop.close()
        await client.close()
        try served.stop()
    }

    @Test func `many questions and commands at once all find their answers, over a restart too`() async throws
    {
        let served = try ServedLedger()
        let client = try await served.connect()
        try await ShopCommands.open(client)
        let before = try await client.ask(StatusQuery()).answer
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 1...300 {
                group.addTask {
                    let made = try await client.execute(
                        ShopCommands.authorization(Int64(index)), key: "order \(index)")
                    var query = PaymentQuery()
                    query.payment = PaymentID(raw: made.made)
                    let answer = try await client.ask(query).answer
                    #expect(answer?.payment.authorized == Amount(minorUnits: Int64(index)))
                }
            }
            try served.restart()
            try await group.waitForAll()
        }
        let after = try #require(try await client.ask(StatusQuery()).answer)
        #expect(after.ledger == before?.ledger && after.payments == 300)
        await client.close()
        try served.stop()
    }

    @Test func `a client that is full lets callers wait, and serves all of them`() async throws {
        let served = try ServedLedger()
        var options = ClientOptions(port: served.port, key: try served.key)
        options.waitingMax = 3
        let client = try await LedgerClient.connect(options)
        try await ShopCommands.open(client)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 1...50 {
                // Some ask for more at once than there is room for.
                group.addTask { try await ShopCommands.authorize(1 + index % 5, "round \(index)", client) }
            }
            try await group.waitForAll()
        }
        #expect(try await client.ask(StatusQuery()).answer?.payments == 150)
        await client.close()
        try served.stop()
    }

    @Test func `a client that was closed says so`() async throws {
        let served = try ServedLedger()
        let client = try await served.connect()
        await client.close()
        await #expect(throws: ClientError.self) { try await client.ask(StatusQuery()) }
        await #expect(throws: ClientError.self) { try await client.execute(ShopCommands.merchant, key: "m") }
        let events = client.subscribe()
        await #expect(throws: ClientError.self) { for try await _ in events {} }
        await client.close()
        try served.stop()
    }
}

/// Keys of the shop.
enum ShopKey {
    /// Has a key made that may do all that a merchant's may.
    static func make(_ client: LedgerClient) async throws -> APIKey {
        let secret = (0..<32).map { UInt8($0) }
        let key = try #require(APIKey(publicID: Hash128(low: 0x5307, high: 1), secret: secret))
        var body = CreateAPIKey()
        body.publicID = key.publicID
        body.name = Text("shop") ?? Text()
        body.scopes = Scopes.ofMerchant.rawValue
        body.storedKey = KeyVerifier(bytes: key.verifier.storedKey) ?? .none
        body.serverKey = KeyVerifier(bytes: key.verifier.serverKey) ?? .none
        var command = Command(.createAPIKey(body))
        command.merchant = ShopCommands.shop
        #expect(try await client.execute(command).status == .done)
        return key
    }
}
