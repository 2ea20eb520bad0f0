import Ledger
import LogStore
import Protocol
import Server
import Simulation
import Testing

/// What a server answers, and when.
@Suite struct ServerCoreTests {
    private static let own = MerchantID(raw: 1)
    private static let foreign = MerchantID(raw: 2)

    private func openMerchant(perSecond: UInt32 = 0) -> Command {
        var body = OpenMerchant()
        body.settings.name = Text("Shop") ?? Text()
        body.settings.requestsPerSecond = perSecond
        return Command(.openMerchant(body))
    }

    private var acquirer: Command {
        var body = SetAcquirer()
        body.settings.name = Text("Acquirer") ?? Text()
        return Command(.setAcquirer(body))
    }

    private func authorize(_ amount: Int64, for merchant: MerchantID = own) -> Command {
        var body = RecordAuthorization()
        body.order.amount = amount
        body.order.currency = 978
        body.acquirer = AcquirerID(raw: 1)
        var command = Command(.recordAuthorization(body))
        command.merchant = merchant
        return command
    }

    /// A server with an acquirer and two merchants.
    private func server(perSecond: UInt32 = 0) throws -> (CoreHarness, CoreClient) {
        let harness = try CoreHarness()
        let admin = try harness.connect(harness.firstKey)
        for command in [acquirer, openMerchant(perSecond: perSecond), openMerchant()] {
            try #require(try harness.ask(admin, [command]).statuses == [.done])
        }
        return (harness, admin)
    }

    @Test func `an answer waits until the log is durable, a refusal too`() throws {
        let (harness, client) = try server()
        client.send([authorize(100)], keys: ["order"])
        try harness.turn()
        client.send([authorize(101)], keys: ["order"])
        try harness.turn()
        harness.core.release(durableEnd: harness.log.durableEnd)
        #expect(try client.frames().isEmpty)
        try harness.settle()
        let frames = try client.frames()
        #expect(frames.map(\.header.type) == [.results, .results])
    }

    @Test func `each operation is refused to keys that are not good for it, and to keys of another merchant`()
        throws
    {
        let (harness, admin) = try server()
        var number: UInt8 = 10
        for scopes in [Scopes.write, .read, .audit, .admin] {
            for bound in [MerchantID.none, Self.own] where bound.isNone || scopes.isSubset(of: .ofMerchant) {
                number += 1
                let key = try harness.makeKey(number, scopes: scopes, merchant: bound, by: admin)
                let client = try harness.connect(key)
                let asker = try #require(client.connection.state.asker)
                for operation in Operation.allCases where operation != .revokeAPIKey {
                    for merchant in [MerchantID.none, Self.own, Self.foreign] {
                        var command = Command(Request(empty: operation))
                        command.merchant = merchant
                        let answer = try harness.ask(client, [command], key: "k\(number)\(operation)")
                        // Without a merchant a command is of the key's.
                        let named = merchant.isNone ? bound : merchant
                        let isForbidden = answer == .failure(.forbidden, index: 0)
                        let isZone = answer == .failure(.malformedRequest, index: 0)
                        #expect(
                            (isForbidden || isZone) != asker.may(Access(operation), for: named),
                            "\(operation) of \(merchant) by \(scopes) of \(bound): \(answer)")
                    }
                }
            }
        }
    }

    @Test func `a key that was revoked is not good any more, also for connections that have it`() throws {
        let (harness, admin) = try server()
        let key = try harness.makeKey(10, scopes: .write, merchant: .none, by: admin)
        let client = try harness.connect(key)
        #expect(try harness.ask(client, [authorize(100)], key: "a").statuses == [.done])
        var body = RevokeAPIKey()
        body.apiKey = APIKeyID(raw: 2)
        body.reason = Text("left") ?? Text()
        client.send([authorize(101)], keys: ["b"])
        admin.send([Command(.revokeAPIKey(body))], keys: [""])
        client.send([authorize(102)], keys: ["c"])
        try harness.turn()
        try harness.settle()
        let answers = try client.frames().map(\.header.type)
        #expect(answers == [.results, .failure])
        #expect(try admin.answer().statuses == [.done])
        #expect(throws: (any Error).self) { _ = try harness.connect(key) }
    }

    @Test func `a malformed command is told by its index, and nothing of its request is done`() throws {
        let (harness, client) = try server()
        var out = WireBuffer()
        let start = out.beginFrame()
        CommandsRequest.writeHead(isAtomic: false, count: 2, to: &out)
        Array("first".utf8).withRawSpan {
            CommandsRequest.put(authorize(100), key: $0, names: .asShown, to: &out)
        }
        out.put(UInt16(3))
        out.put([0xFF, 0xFF, 0x00])
        out.endFrame(start, .commands, request: 77)
        client.send(out)
        try harness.turn()
        try harness.settle()
        #expect(try client.answer() == .failure(.malformedRequest, index: 1))
        let again = try harness.ask(client, [authorize(100)], key: "first")
        #expect(again.statuses == [.done])
    }

    @Test func `a query knows what was decided before it, and waits with it`() throws {
        let (harness, client) = try server()
        client.send([authorize(100)], keys: ["order"])
        let frame = try client.ask(StatusQuery(), of: harness)
        #expect(frame.header.type == .answer && frame.header.request == 99)
        try frame.body.withBytes { body in
            let message = try AnswerMessage<StatusQuery>(reading: body)
            #expect(message.position.raw == harness.log.position.nextSequence)
            #expect(message.answer?.merchants == 2)
        }
    }

    @Test func `what an account came to is read from the log, and told to who asked`() throws {
        let (harness, client) = try server()
        #expect(try harness.ask(client, [authorize(100)], key: "order").statuses == [.done])
        var query = PastBalanceQuery()
        query.account = AccountID(.merchantPending, .eur, of: Self.own)
        query.position = Position(raw: harness.log.position.nextSequence - 1)
        let frame = try client.ask(query, of: harness)
        #expect(frame.header.type == .answer)
        try frame.body.withBytes { body in
            let message = try AnswerMessage<PastBalanceQuery>(reading: body)
            #expect(message.answer?.account == query.account)
        }
        query.position = Position(raw: 1 << 40)
        #expect(try client.ask(query, of: harness).header.type == .failure)
    }

    @Test func `who asks too often is told so, and others are not held up`() throws {
        let (harness, client) = try server(perSecond: 5)
        let orders = (1...8).map { authorize(Int64($0)) } + [authorize(9, for: Self.foreign)]
        client.send(orders, keys: orders.indices.map { "order \($0)" })
        try harness.turn()
        try harness.settle()
        let statuses = try client.answer().statuses
        #expect(statuses.prefix(5).allSatisfy { $0 == .done })
        #expect(statuses[5..<8].allSatisfy { $0 == .refused(.rateLimited) })
        #expect(statuses[8] == .done)
        harness.clock.advance(nanoseconds: 1_000_000_000)
        #expect(try harness.ask(client, [authorize(6)], key: "order 5").statuses == [.done])
    }

    @Test func `a full inbox answers busy, and takes more after a turn`() throws {
        let harness = try CoreHarness(inboxRequests: 3)
        let client = try harness.connect(harness.firstKey)
        for _ in 0..<5 { client.send([openMerchant()], keys: [""]) }
        let busy = try client.frames()
        #expect(busy.count == 2 && busy.allSatisfy { $0.header.type == .failure })
        try harness.turn()
        try harness.settle()
        #expect(try client.frames().count == 3)
        #expect(try harness.ask(client, [openMerchant()]).statuses == [.done])
    }

    @Test func `events of one group never lie in two months`() throws {
        let (harness, client) = try server()
        // 2026-12-01 00:00:00 UTC, less half a millisecond.
        harness.clock.setWall(1_796_083_200_000_000_000 - 500_000)
        let orders = (1...60).map { authorize(Int64($0)) }
        client.send(orders, keys: orders.indices.map { "order \($0)" })
        // The month's file is made while the group waits in hand.
        for _ in 0..<3 {
            try harness.turn()
            try harness.settle()
        }
        #expect(try client.answer().statuses.allSatisfy { $0 == .done })
        #expect(harness.log.position.lastTime >= 1_796_083_200_000_000_000)
    }
}
