import Ledger
import Projections
import Protocol
import Server
import Testing

/// Who is told what: every query, every kind of key, what is its own and what is another's.
@Suite struct QueryAccessTests {
    private static let (own, foreign) = (QueryWorld.own, QueryWorld.foreign)

    /// A question, and what is asked about: a merchant by name, a merchant's thing, or nobody.
    private enum Subject: Equatable {
        case named(MerchantID)
        case thing(of: MerchantID)
        case nobody
    }

    private static func questions(_ world: borrowing QueryWorld) -> [(QueryKind, [UInt8], Subject)] {
        var found: [(QueryKind, [UInt8], Subject)] = []
        func add<Asked: Query>(_ subject: Subject, _ query: Asked) {
            found.append((Asked.kind, QueryWorld.body(query), subject))
        }
        add(.nobody, StatusQuery())
        add(.nobody, DigestQuery())
        add(.nobody, SettingsQuery())
        add(.nobody, APIKeysQuery())
        add(.nobody, AcquirersQuery())
        add(.nobody, MerchantsQuery())
        add(.nobody, TrialBalanceQuery())
        add(.nobody, SafeguardingQuery())
        add(.nobody, ExceptionsQuery())
        add(.nobody, with(AccountQuery()) { $0.account = AccountID(.suspense, .eur) })
        add(.nobody, with(PastBalanceQuery()) { $0.account = AccountID(.suspense, .eur) })
        for merchant in [own, foreign] {
            add(.named(merchant), with(MerchantQuery()) { $0.merchant = merchant })
            add(.named(merchant), with(BalancesQuery()) { $0.merchant = merchant })
            add(.named(merchant), with(PaymentsQuery()) { $0.merchant = merchant })
            add(.named(merchant), with(HoldsQuery()) { $0.merchant = merchant })
            add(.named(merchant), with(BatchesQuery()) { $0.merchant = merchant })
            add(.named(merchant), with(DisputesQuery()) { $0.merchant = merchant })
            add(.named(merchant), with(PayoutsQuery()) { $0.merchant = merchant })
            let account = AccountID(.merchantPending, .eur, of: merchant)
            add(.named(merchant), with(AccountQuery()) { $0.account = account })
            add(.named(merchant), with(PastBalanceQuery()) { $0.account = account })
            for payment in world.payments[merchant] ?? [] {
                add(.thing(of: merchant), with(PaymentQuery()) { $0.payment = payment })
            }
            let batch = world.batches[merchant] ?? .none
            add(.thing(of: merchant), with(BatchItemsQuery()) { $0.batch = batch })
        }
        return found
    }

    private static func with<Asked: Query>(_ query: Asked, _ change: (inout Asked) -> Void) -> Asked {
        var query = query
        change(&query)
        return query
    }

    /// What must become of a question: nothing, an answer, or that there is no such thing.
    private enum Expected: Equatable { case forbidden, found, notFound }

    /// By the words of docs/protocol.md, not by the table.
    private static func expected(_ kind: QueryKind, _ subject: Subject, _ asker: Asker) -> Expected {
        let needed: Scopes =
            switch kind {
            case .digest: .audit
            case .settings, .apiKeys: .admin
            default: .read
            }
        guard asker.scopes.contains(needed) else { return .forbidden }
        if asker.merchant.isNone { return .found }
        switch subject {
        case .nobody: return .forbidden
        case .named(let merchant): return merchant == asker.merchant ? .found : .forbidden
        case .thing(let owner): return owner == asker.merchant ? .found : .notFound
        }
    }

    @Test func `every key is told what it may know, and nothing else`() throws {
        var world = try QueryWorld.make()
        let questions = Self.questions(world)
        #expect(Set(questions.map(\.0)) == Set(QueryKind.allCases))
        for (kind, body, subject) in questions {
            for bits in UInt8(0)...15 {
                for merchant in [MerchantID.none, Self.own, Self.foreign] {
                    let asker = QueryWorld.asker(Scopes(rawValue: bits), of: merchant)
                    let (outcome, bytes) = try world.ask(body, as: asker)
                    #expect(
                        Self.became(outcome, bytes) == Self.expected(kind, subject, asker),
                        "\(kind) of \(subject) by \(asker)")
                }
            }
        }
    }

    private static func became(_ outcome: QueryOutcome, _ bytes: [UInt8]) -> Expected? {
        switch outcome {
        case .answered: bytes[2] == 1 ? .found : .notFound
        case .failed(let failure): failure.code == .forbidden && bytes.isEmpty ? .forbidden : nil
        // Where it is to be looked for has been told: that is all the state has to say.
        case .readsLog: bytes.isEmpty ? .found : nil
        }
    }

    @Test func `whoever names nobody asks of the merchant of the key`() throws {
        var world = try QueryWorld.make()
        let asker = QueryWorld.asker(.read, of: Self.foreign)
        #expect(try world.answer(MerchantQuery(), as: asker)?.merchant.merchant == Self.foreign)
        let payments = try world.answer(PaymentsQuery(), as: asker)?.payments ?? []
        #expect(payments.map(\.payment) == world.payments[Self.foreign]?.reversed())
        let accounts = try world.answer(BalancesQuery(), as: asker)?.accounts ?? []
        #expect(!accounts.isEmpty && accounts.allSatisfy { $0.account.owner == Self.foreign.raw })
        #expect(try world.answer(HoldsQuery(), as: asker)?.elements.map(\.held.minorUnits) == [100])
        let batch = try world.answer(BatchesQuery(), as: asker)?.elements.first
        #expect(batch?.merchant == Self.foreign && batch?.count == 3)
        #expect(try world.answer(DisputesQuery(), as: asker)?.elements.map(\.merchant) == [Self.foreign])
        #expect(try world.answer(PayoutsQuery(), as: asker)?.elements.map(\.merchant) == [Self.foreign])
        // A key of the whole ledger that names nobody asks of nobody.
        #expect(try world.answer(PaymentsQuery()) == nil)
    }

    @Test func `nobody is told what a key is recognized by`() throws {
        var world = try QueryWorld.make()
        let (_, bytes) = try world.ask(QueryWorld.body(APIKeysQuery()), as: QueryWorld.asker(.all))
        let secret: [UInt8] = [0x00, 0xE7, 0xC2, 0x5E, 0x00, 0xE7, 0xC2, 0x5E]
        #expect(bytes.count > 100)
        #expect(!bytes.indices.contains { Array(bytes[$0...].prefix(8)) == secret })
    }
}
