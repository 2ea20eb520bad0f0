import Client
import Ledger
import Protocol
import Testing

/// Subscriptions of a client to a real server.
@Suite struct ClientSubscriptionTests {
    @Test func `over a restart every event comes once, in order`() async throws {
        let served = try ServedLedger()
        let client = try await served.connect()
        try await ShopCommands.open(client)
        let writer = try await served.connect()
        for window in [UInt32(5), 4_096] {
            let events = client.subscribe(window: window)
            var iterator = events.makeAsyncIterator()
            var expected: UInt64 = 0
            for round in 0..<3 {
                try await ShopCommands.authorize(100, "\(window)/\(round)", writer)
                let end = try await writer.ask(StatusQuery()).position.raw
                // In the middle of what is on its way.
                if round > 0 { try served.restart() }
                while expected < end {
                    let event = try #require(try await iterator.next())
                    #expect(event.position == expected)
                    expected += 1
                    #expect(events.position == expected)
                }
            }
        }
        await writer.close()
        await client.close()
        try served.stop()
    }

    @Test func `what was worked off before is not told again by the next client`() async throws {
        let served = try ServedLedger()
        var client = try await served.connect()
        try await ShopCommands.open(client)
        try await ShopCommands.authorize(200, "orders", client)
        let end = try await client.ask(StatusQuery()).position.raw
        var (position, told) = (UInt64(0), [UInt64]())
        while told.count < Int(end) {
            let events = client.subscribe(from: position, endsWhenCaughtUp: true)
            for try await event in events {
                told.append(event.position)
                if told.count % 37 == 0 { break }
            }
            position = events.position
            await client.close()
            try served.restart()
            client = try await served.connect()
        }
        #expect(told == Array(0..<UInt64(told.count)))
        await client.close()
        try served.stop()
    }

    @Test func `a filter leaves out what was not asked for, and ends with everything there is`() async throws
    {
        let served = try ServedLedger()
        let client = try await served.connect()
        try await ShopCommands.open(client)
        try await ShopCommands.authorize(50, "orders", client)
        let types: Set = [FactType.authorizationRecorded.rawValue, FactType.ledgerOpened.rawValue]
        let events = client.subscribe(EventFilter(types: types), endsWhenCaughtUp: true)
        var facts: [Fact] = []
        for try await event in events {
            facts.append(try #require(try event.decoded()).fact)
            #expect(!event.isShown && types.contains(event.type))
        }
        #expect(facts.count == 51)
        guard case .ledgerOpened? = facts.first else {
            Issue.record("the first is \(facts.first.map { "\($0)" } ?? "none")")
            return
        }
        #expect(events.position == (try await client.ask(StatusQuery()).position.raw))
        await client.close()
        try served.stop()
    }

    @Test func `a merchant's events name payments as its commands do`() async throws {
        let served = try ServedLedger()
        let admin = try await served.connect()
        try await ShopCommands.open(admin)
        let key = try await ShopKey.make(admin)
        let client = try await served.connect(key: key.text)
        var made: [UInt64] = []
        for index in 1...10 {
            let result = try await admin.execute(ShopCommands.authorization(10), key: "order \(index)")
            made.append(result.made)
            let payment = PaymentID(raw: result.made)
            let captured = try await client.execute(ShopCommands.capture(payment), key: "capture \(index)")
            #expect(captured.status == .done)
        }
        var (named, previous) = ([UInt64](), [SequenceNumber]())
        for try await event in client.subscribe(endsWhenCaughtUp: true) {
            #expect(event.isShown)
            let decoded = try #require(try event.decoded())
            #expect(decoded.context.merchant == ShopCommands.shop)
            if case .captured = decoded.fact {
                named.append(decoded.context.payment.raw)
                previous.append(decoded.context.previous)
            }
        }
        #expect(named == made)
        // The event before it is named by a token; hardly any of them could be a sequence.
        #expect(Set(previous).count == made.count && previous.contains { $0 > .max })
        await client.close()
        await admin.close()
        try served.stop()
    }

    @Test func `whoever takes nothing holds up nobody else, and gets everything later`() async throws {
        let served = try ServedLedger()
        let client = try await served.connect()
        try await ShopCommands.open(client)
        let slow = client.subscribe(window: 2)
        var iterator = slow.makeAsyncIterator()
        #expect(try await iterator.next()?.position == 0)
        try await ShopCommands.authorize(300, "orders", client)
        let end = try await client.ask(StatusQuery()).position.raw
        for expected in 1..<end { #expect(try await iterator.next()?.position == expected) }
        await client.close()
        try served.stop()
    }

    @Test func `a position behind the end is an error, and cancelling ends without one`() async throws {
        let served = try ServedLedger()
        let client = try await served.connect()
        do {
            for try await _ in client.subscribe(from: 1_000_000) { Issue.record("an event came") }
            Issue.record("it ended in order")
        } catch ClientError.failed(let reason) {
            #expect(reason.code == 27)
        }
        let (started, signal) = AsyncStream.makeStream(of: Void.self)
        let follower = Task {
            for try await _ in client.subscribe() { signal.yield() }
        }
        for await _ in started { break }
        follower.cancel()
        try await follower.value
        await client.close()
        try served.stop()
    }
}
