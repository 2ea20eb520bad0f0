import Ledger
import Projections
import Testing

/// Who may ask: keys, how they are found, and how they end.
@Suite struct APIKeyTests {
    private static let shard = Shard(number: 0)

    /// A request for a key that nothing is wrong with; all of these would lie in one place.
    private static func request(_ number: UInt64, _ scopes: Scopes = .read) -> CreateAPIKey {
        var body = CreateAPIKey()
        body.publicID = Hash128(low: 9, high: number)
        body.name = Text("Till \(number)") ?? Text()
        body.scopes = scopes.rawValue
        body.storedKey = KeyVerifier(first: Hash128(low: number, high: 1), second: Hash128(low: 2, high: 3))
        body.serverKey = KeyVerifier(first: Hash128(low: number, high: 4), second: Hash128(low: 5, high: 6))
        return body
    }

    private static func revocation(_ key: APIKeyID) -> RevokeAPIKey {
        var body = RevokeAPIKey()
        (body.apiKey, body.reason) = (key, Text("lost") ?? Text())
        return body
    }

    private static func id(_ number: UInt32) -> APIKeyID { APIKeyID(number: number, shard: shard) }

    @Test func `a key is found by its number and by the name that clients use, as it was told`() throws {
        var ledger = TestLedger()
        var body = Self.request(1, [.read, .write])
        (body.actor, body.expiresAt) = (ActorID(raw: 42), ledger.now.adding(.days(1)))
        let createdAt = ledger.now
        ledger.perform(.createAPIKey(body))
        ledger.perform(.createAPIKey(Self.request(2, .all)), of: MerchantID.none)
        let (first, second) = (ledger.state.apiKey(Self.id(1)), ledger.state.apiKey(Self.id(2)))
        let key = try #require(first)
        #expect(key.publicID == body.publicID && key.name == body.name && key.merchant == ledger.merchant)
        #expect(key.scopes == [.read, .write] && key.actor == ActorID(raw: 42))
        #expect(key.storedKey == body.storedKey && key.serverKey == body.serverKey)
        #expect(key.createdAt == createdAt && key.expiresAt == body.expiresAt && !key.isRevoked)
        // Nobody was told to act with it: it has an actor of its own.
        #expect(second?.actor == ActorID(number: 2, shard: Self.shard) && second?.merchant == MerchantID.none)
        for number: UInt64 in 1...2 {
            let found = ledger.state.apiKey(publicID: Hash128(low: 9, high: number))
            #expect(found == (number == 1 ? first : second))
        }
        let strangers = [
            ledger.state.apiKey(publicID: Hash128(low: 9, high: 3)), ledger.state.apiKey(Self.id(3)),
            ledger.state.apiKey(.none), ledger.state.apiKey(APIKeyID(number: 1, shard: Shard(number: 1))),
        ]
        #expect(strangers == [nil, nil, nil, nil])
    }

    @Test func `every set of scopes is had by who may have it`() {
        for bits in UInt8.min...UInt8.max {
            var ledger = TestLedger()
            var body = Self.request(1)
            body.scopes = bits
            let isKnown = bits > 0 && bits < 16
            let ofMerchant = ledger.perform(.createAPIKey(body))
            #expect((ofMerchant == .refused(.scopesInvalid)) == (bits == 0 || bits > 3), "\(bits)")
            body.publicID = Hash128(low: 1, high: 1)
            let ofLedger = ledger.perform(.createAPIKey(body), of: MerchantID.none)
            #expect((ofLedger == .refused(.scopesInvalid)) != isKnown, "\(bits)")
            #expect(Scopes(fieldBits: bits) == (bits < 16 ? Scopes(rawValue: bits) : nil))
        }
    }

    @Test func `the same words are known, any other under the same name are not`() {
        var ledger = TestLedger()
        let body = Self.request(1)
        ledger.perform(.createAPIKey(body))
        let before = ledger.state.digest
        var own = body
        own.actor = ActorID(number: 1, shard: Self.shard)
        for same in [body, own] {
            #expect(ledger.perform(.createAPIKey(same)) == .exists(.none, .done))
        }
        var others = Array(repeating: body, count: 6)
        others[0].name = Text("Other") ?? Text()
        others[1].scopes = Scopes.write.rawValue
        others[2].actor = ActorID(raw: 2)
        others[3].storedKey = body.serverKey
        others[4].serverKey = body.storedKey
        others[5].expiresAt = ledger.now.adding(.days(1))
        for other in others { #expect(ledger.perform(.createAPIKey(other)) == .refused(.apiKeyExists)) }
        #expect(ledger.perform(.createAPIKey(body), of: MerchantID.none) == .refused(.apiKeyExists))
        #expect(ledger.state.digest == before)
    }

    @Test func `a key ends once, by its merchant or by the ledger, and the event is of its merchant`() {
        var ledger = TestLedger()
        for number: UInt64 in 1...2 { ledger.perform(.createAPIKey(Self.request(number))) }
        ledger.perform(.createAPIKey(Self.request(3)), of: MerchantID.none)
        var open = OpenMerchant()
        open.settings.name = Text("Second") ?? Text()
        ledger.perform(.openMerchant(open), of: MerchantID.none)
        let (merchant, other) = (ledger.merchant, MerchantID(number: 2, shard: Self.shard))
        let trials: [(key: UInt32, of: MerchantID, isDone: Bool)] = [
            (1, other, false), (1, merchant, true), (2, .none, true), (3, merchant, false), (3, .none, true),
            (4, .none, false),
        ]
        for trial in trials {
            let outcome = ledger.perform(.revokeAPIKey(Self.revocation(Self.id(trial.key))), of: trial.of)
            #expect((outcome == .refused(.apiKeyUnknown)) != trial.isDone, "\(trial)")
        }
        let revoked = ledger.events.filter { $0.fact.type == .apiKeyRevoked }
        #expect(revoked.map(\.context.merchant) == [merchant, merchant, .none])
        let again = ledger.perform(.revokeAPIKey(Self.revocation(Self.id(1))))
        #expect(again == .exists(.none, .done))
        // Told again it is known, and does not come back.
        #expect(ledger.perform(.createAPIKey(Self.request(1))) == .exists(.none, .done))
        #expect(ledger.state.apiKey(Self.id(1))?.isRevoked == true)
    }

    @Test func `a key is usable until its end, to the nanosecond, unless it is revoked`() throws {
        var ledger = TestLedger()
        let end = ledger.now.adding(.days(1))
        var body = Self.request(1)
        body.expiresAt = ledger.now
        #expect(ledger.perform(.createAPIKey(body)) == .refused(.timeOutOfRange))
        body.expiresAt = end
        ledger.perform(.createAPIKey(body))
        ledger.perform(.createAPIKey(Self.request(2)))
        let (limited, endless) = (ledger.state.apiKey(Self.id(1)), ledger.state.apiKey(Self.id(2)))
        let key = try #require(limited)
        #expect(key.isUsable(at: end.subtracting(LedgerSpan(nanoseconds: 1))))
        #expect(!key.isUsable(at: end) && !key.isUsable(at: .max))
        #expect(endless?.isUsable(at: .max) == true)
        // Nothing is written when it is over.
        ledger.now = end.adding(.days(1))
        #expect(ledger.tick() == [0])
        ledger.perform(.revokeAPIKey(Self.revocation(Self.id(2))))
        let revoked = ledger.state.apiKey(Self.id(2))
        #expect(revoked?.isUsable(at: ledger.now) == false)
    }

    @Test func `a request that is undone leaves neither key nor end of one`() {
        var ledger = TestLedger()
        ledger.perform(.createAPIKey(Self.request(1)))
        let before = ledger.state.digest
        let commands: [Request] = [
            .createAPIKey(Self.request(2)), .revokeAPIKey(Self.revocation(Self.id(1))),
            .revokeAPIKey(Self.revocation(Self.id(3))),
        ]
        let merchant = ledger.merchant
        let outcome = ledger.performAll(
            commands.map { request in
                var command = Command(request)
                command.merchant = merchant
                return command
            }, key: 0)
        #expect(outcome == .refused(.apiKeyUnknown, index: 2))
        #expect(ledger.state.digest == before)
        let (kept, gone) = (
            ledger.state.apiKey(Self.id(1)), ledger.state.apiKey(publicID: Hash128(low: 9, high: 2))
        )
        #expect(kept?.isRevoked == false && gone == nil)
        ledger.perform(.createAPIKey(Self.request(3)))
        #expect(ledger.state.apiKey(Self.id(2))?.publicID == Hash128(low: 9, high: 3))
        #expect(ledger.replayed() == ledger.state.digest)
    }

    @Test(arguments: [1, 2, 7, 100])
    func `pages have every key once, newest first`(limit: Int) {
        var ledger = TestLedger()
        for number: UInt64 in 1...230 { ledger.perform(.createAPIKey(Self.request(number))) }
        var told: [UInt32] = []
        var cursor = Cursor.start
        repeat {
            let page = ledger.state.apiKeys(after: cursor, limit: limit)
            #expect(page.elements.count <= limit)
            told += page.elements.map(\.id.number)
            cursor = page.next
            // Newer than all that is told from now on.
            ledger.perform(.createAPIKey(Self.request(UInt64(1_000 + told.count))))
        } while !cursor.isStart
        #expect(told == (1...230).reversed())
    }

    @Test func `there are no more keys than there may be, and revoked ones count`() {
        var state = LedgerState()
        var time: UInt64 = 1_780_000_000_000_000_000
        func event(_ number: Int, _ fact: Fact) -> Event {
            time += 1
            return Event(
                sequence: SequenceNumber(raw: UInt64(number)), time: LedgerTime(nanoseconds: time), fact: fact
            )
        }
        state.apply(event(0, .ledgerOpened(LedgerOpened())))
        var fact = APIKeyCreated()
        for number in 1...LedgerState.apiKeyCountMax {
            fact.apiKey = Self.id(UInt32(number))
            fact.publicID = Hash128(low: UInt64(number), high: 0)
            state.apply(event(number, .apiKeyCreated(fact)))
        }
        var batch = EventBatch(capacity: 64)
        func decide(_ request: Request) -> Outcome {
            state.decide(Command(request), at: LedgerTime(nanoseconds: time), into: &batch)
        }
        var body = Self.request(1)
        #expect(decide(.createAPIKey(body)) == .refused(.tooManyAPIKeys))
        let next = SequenceNumber(raw: UInt64(LedgerState.apiKeyCountMax) + 1)
        #expect(decide(.revokeAPIKey(Self.revocation(Self.id(1)))) == .done(first: next, count: 1))
        #expect(decide(.createAPIKey(body)) == .refused(.tooManyAPIKeys))
        // Of a name that is there something else is said first.
        body.publicID = Hash128(low: 5, high: 0)
        #expect(decide(.createAPIKey(body)) == .refused(.apiKeyExists))
    }
}
