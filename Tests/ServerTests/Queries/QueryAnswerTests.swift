import Ledger
import Projections
import Protocol
import Replay
import Server
import Testing

/// What is answered is what the state knows.
@Suite struct QueryAnswerTests {
    private static let own = QueryWorld.own

    @Test func `a payment is told with what hangs on it`() throws {
        var world = try QueryWorld.make()
        let ids = try #require(world.payments[Self.own])
        var query = PaymentQuery()
        query.payment = ids[1]
        let refunded = try #require(try world.answer(query))
        #expect(refunded.payment.status == .captured && refunded.payment.refundPending.minorUnits == 30)
        #expect(refunded.captures.map(\.amount.minorUnits) == [100])
        #expect(refunded.captures.map(\.refunded.minorUnits) == [30])
        #expect(refunded.refunds.map(\.amount.minorUnits) == [30])
        #expect(refunded.refunds.map(\.batch) == [world.batches[Self.own]])
        #expect(refunded.holds == [] && refunded.disputes == [])
        query.payment = ids[2]
        let disputed = try #require(try world.answer(query))
        #expect(disputed.payment.status == .disputed && disputed.disputes.map(\.amount.minorUnits) == [40])
        query.payment = ids[0]
        let held = try #require(try world.answer(query))
        #expect(held.payment.status == .authorized && held.holds.map(\.held.minorUnits) == [100])
        #expect(held.payment.latest == Position(raw: ids[0].createdBy.raw))
        query.payment = PaymentID(raw: 77)
        #expect(try world.answer(query) == nil)
    }

    @Test func `a payment that left the memory is told as if it had not`() throws {
        var limits = MemoryLimits()
        (limits.payments, limits.quietSpan) = (0, LedgerSpan(nanoseconds: 0))
        var world = try QueryWorld.make(memory: limits)
        var query = PaymentQuery()
        query.payment = try #require(world.payments[Self.own]?[0])
        var void = VoidPayment()
        void.payment = query.payment
        try world.perform(.voidPayment(void), of: Self.own)
        let reversal = try #require(world.ledger.state.reversals.sortedRows.first)
        var answer = AnswerReversal()
        (answer.payment, answer.reversal, answer.isConfirmed) = (query.payment, reversal.id, true)
        try world.perform(.answerReversal(answer), of: Self.own)
        let before = try #require(try world.answer(query))
        #expect(before.payment.status == .voided)
        for _ in 0..<3 { try world.ledger.trim() }
        #expect(world.ledger.state.view(of: query.payment) == nil)
        #expect(try world.answer(query) == before)
        #expect(world.ledger.state.view(of: query.payment) != nil)
    }

    @Test func `pages tell everything once, newest first`() throws {
        var world = try QueryWorld.make()
        for _ in 0..<9 { _ = try world.authorize(Self.own) }
        for limit in UInt16(1)...13 {
            var (query, found) = (PaymentsQuery(), [PaymentID]())
            (query.merchant, query.limit) = (Self.own, limit)
            repeat {
                let page = try #require(try world.answer(query))
                #expect(page.payments.count <= Int(limit) && page.completeAfter.isNone)
                found += page.payments.map(\.payment)
                query.after = page.next
            } while !query.after.isNone
            #expect(found.count == 12 && found == found.sorted(by: >))
        }
    }

    @Test func `items of a batch are told in pages, captures and refunds mixed`() throws {
        var world = try QueryWorld.make()
        var query = BatchItemsQuery()
        (query.batch, query.limit) = (try #require(world.batches[Self.own]), 1)
        var found: [BatchItemRecord] = []
        repeat {
            let page = try #require(try world.answer(query))
            found += page.elements
            query.after = page.next
        } while query.after != .start
        #expect(found.map(\.amount.minorUnits) == [30, 100, 100])
        #expect(found.map { $0.refundState.word != nil } == [true, false, false])
        #expect(found.map { $0.captureState.word } == [nil, .captured, .captured])
    }

    @Test func `merchants are told in pages, newest first`() throws {
        var world = try QueryWorld.make()
        var merchants = MerchantsQuery()
        merchants.limit = 1
        let first = try #require(try world.answer(merchants))
        #expect(first.elements.map(\.merchant) == [QueryWorld.foreign] && first.next == QueryWorld.foreign)
        merchants.after = first.next
        let last = try #require(try world.answer(merchants))
        #expect(last.elements.map(\.merchant) == [Self.own] && last.next.isNone)
    }

    @Test func `acquirers, keys and settings are told as they were set up`() throws {
        var world = try QueryWorld.make()
        let acquirers = try #require(try world.answer(AcquirersQuery())).elements
        let names = acquirers.map { "\($0.settings.name)" }
        #expect(names == ["Acquirer"])
        let keys = try #require(try world.answer(APIKeysQuery())).elements
        #expect(keys.map(\.merchant) == [QueryWorld.foreign, Self.own])
        let settings = try #require(try world.answer(SettingsQuery()))
        let spans = settings.holdSpans.map(\.span)
        #expect(spans == [.days(5)])
        let keySpan = settings.settings.keySpan
        #expect(keySpan == SettingsChanged().keySpan)
    }

    @Test func `a merchant is told with its terms`() throws {
        var world = try QueryWorld.make()
        var merchant = MerchantQuery()
        merchant.merchant = Self.own
        let told = try #require(try world.answer(merchant))
        #expect(told.terms.map(\.fee.partsPerMillion) == [14_000] && told.merchant.state == .active)
        merchant.merchant = MerchantID(raw: 3)
        #expect(try world.answer(merchant) == nil)
    }

    @Test func `money is told as it lies in the accounts`() throws {
        var world = try QueryWorld.make()
        var query = AccountQuery()
        query.account = AccountID(.merchantPending, .eur, of: Self.own)
        let account = try #require(try world.answer(query))
        let row = world.ledger.state.account(query.account)
        #expect(account.creditsPosted == row.creditsPosted && account.debitsPosted == row.debitsPosted)
        #expect(account.creditsPosted > 0 && account.creditsPending == row.creditsPending)
        let lines = try #require(try world.answer(TrialBalanceQuery())).lines
        let sum = lines.reduce(Int128(0)) { $0 + Int128($1.debitsPosted) - Int128($1.creditsPosted) }
        #expect(lines.count > 4 && sum == 0)
        let safe = try #require(try world.answer(SafeguardingQuery())).currencies
        #expect(safe.map(\.currency) == [.eur] && safe.allSatisfy { $0.liabilities > 0 })
        let exceptions = try #require(try world.answer(ExceptionsQuery())).elements
        #expect(exceptions.map(\.merchant) == [QueryWorld.foreign, Self.own])
        #expect(exceptions.allSatisfy { $0.proposal.word == nil && $0.expected.minorUnits == 5 })
    }

    @Test func `status and digest say where the ledger is`() throws {
        var world = try QueryWorld.make()
        let status = try #require(try world.answer(StatusQuery()))
        #expect(status.ledger == QueryWorld.ledgerID && status.next == Position(world.ledger.state.next))
        #expect(status.time == world.ledger.state.time && status.memory > 100_000)
        #expect((status.merchants, status.payments, status.captures) == (2, 6, 4))
        #expect((status.refunds, status.disputes, status.payouts) == (2, 2, 2))
        let digest = try #require(try world.answer(DigestQuery()))
        #expect(digest.digest == world.ledger.state.digest.value && digest.rows > 30)
    }

    @Test func `positions are tokens for those who may not read the log`() throws {
        var world = try QueryWorld.make()
        var query = PaymentQuery()
        query.payment = try #require(world.payments[Self.own]?[0])
        let body = QueryWorld.body(query)
        let (_, bytes) = try world.ask(body, as: QueryWorld.asker(.read))
        // As a client reads it: what is shown stays what it is.
        let shown = try unsafe AnswerMessage<PaymentQuery>(reading: bytes.span.bytes)
        let payment = try #require(shown.answer).payment
        #expect(shown.position.raw != world.ledger.state.next.raw)
        #expect(payment.payment.raw == QueryWorld.names.close(query.payment))
        #expect(payment.latest.raw != query.payment.createdBy.raw)
        #expect(payment.merchant == Self.own)
    }
}
