import Ledger
import Projections
import Testing

/// Lists in pages, and statements from events.
@Suite struct ListTests {
    private static let shard = Shard(number: 0)

    private static func open(_ ledger: inout TestLedger) -> ExceptionID {
        var exception = OpenException()
        exception.kind = .unknownReference
        guard case .done(let first, _) = ledger.perform(.openException(exception)) else { return .none }
        return ExceptionID(createdBy: first, shard: shard)
    }

    private static func resolve(_ exception: ExceptionID, _ ledger: inout TestLedger) {
        var resolve = ResolveException()
        (resolve.exception, resolve.reason) = (exception, Text("seen") ?? Text())
        ledger.perform(.resolveException(resolve))
    }

    @Test(arguments: [1, 2, 3, 7, 100])
    func `what is there all the time is told once, whatever comes and goes between pages`(limit: Int) {
        var ledger = TestLedger()
        var settings = ChangeSettings()
        settings.settings.approvalAbove = Amount(minorUnits: 1)
        ledger.perform(.changeSettings(settings), of: MerchantID.none)
        let made = (0..<30).map { _ in Self.open(&ledger) }
        var (told, gone) = ([ExceptionID](), Set<ExceptionID>())
        var cursor = Cursor.start
        var round = 0
        repeat {
            let page = ledger.state.openExceptions(after: cursor, limit: limit)
            #expect(page.elements.count <= limit)
            told += page.elements.map(\.id)
            cursor = page.next
            // The one just told, one further on, and a new one.
            for place in [page.elements.last?.id, made[round % made.count]].compactMap({ $0 }) {
                Self.resolve(place, &ledger)
                gone.insert(place)
            }
            _ = Self.open(&ledger)
            round += 1
        } while !cursor.isStart
        #expect(Set(told).count == told.count && told == told.sorted(by: >))
        let always = made.filter { !gone.contains($0) }
        #expect(Set(told).isSuperset(of: always), "limit \(limit)")
    }

    @Test func `a payment is told with all that hangs on it`() throws {
        var ledger = TestLedger()
        let payment = ledger.authorize(100)
        var increment = IncrementAuthorization()
        (increment.payment, increment.amount) = (payment, 10)
        ledger.perform(.incrementAuthorization(increment))
        ledger.capture(payment, 30, isFinal: false)
        ledger.capture(payment, 20, isFinal: false)
        var refund = RefundPayment()
        (refund.payment, refund.amount, refund.place) = (payment, 15, ledger.place)
        ledger.perform(.refundPayment(refund))
        let found = ledger.state.detail(of: payment)
        let detail = try #require(found)
        #expect(detail.captures.map(\.amount.minorUnits) == [30, 20])
        #expect(detail.refunds.map(\.amount.minorUnits) == [15])
        #expect(detail.holds.map(\.held.minorUnits).reduce(0, +) == 60)
        let batch = ledger.state.batches(of: ledger.merchant, limit: 10).elements.map(\.id)
        #expect(batch.count == 1)
        #expect(ledger.state.items(of: batch[0], limit: 2).elements.count == 2)
        #expect(ledger.state.items(of: batch[0], limit: 10).elements.count == 3)
        #expect(ledger.state.detail(of: PaymentID(raw: 9)) == nil)
    }

    @Test func `a statement's lines lead from its opening to its closing, wherever it begins`() {
        var ledger = TestLedger()
        for amount in 1...40 {
            _ = ledger.authorize(Int64(amount), automatic: amount % 3 == 0)
            ledger.now = ledger.now.adding(.hours(1))
        }
        let account = AccountID(.merchantPending, .eur, of: ledger.merchant)
        let (start, end) = (ledger.events[30].time, ledger.events[60].time)
        var whole = StatementBuilder(account, from: start, to: end)
        for event in ledger.events { whole.take(event) }
        #expect(!whole.lines.isEmpty && !whole.isOpen)
        #expect(whole.lines.allSatisfy { $0.time >= start && $0.time < end })
        let sum = whole.lines.reduce(Int128(0)) { $0 + ($1.leg.layer == .posted ? Int128($1.leg.amount) : 0) }
        #expect(whole.opening.posted + sum == whole.closing.posted)
        #expect(whole.lines.last?.posted == whole.closing.posted)

        // As of each sequence the balance is what the state had there.
        var state = LedgerState()
        var asOf = StatementBuilder(account, from: .max, to: .max)
        for event in ledger.events {
            state.apply(event)
            asOf.take(event)
            #expect(asOf.closing.posted == state.account(account).posted)
            #expect(asOf.closing.pending == state.account(account).pending)
        }

        // From sums known in the middle it is the same.
        var before = StatementBuilder(account, from: start, to: start)
        for event in ledger.events { before.take(event) }
        var later = StatementBuilder(account, from: start, to: end, sums: before.closing, at: before.next)
        for event in ledger.events { later.take(event) }
        #expect(later.lines == whole.lines && later.closing.posted == whole.closing.posted)
    }
}
