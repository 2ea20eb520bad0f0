import Ledger
import Projections
import Testing

/// Same events, same state: whatever was asked, in whatever order.
@Suite struct ReplayTests {
    @Test func `the log of another shard is not replayed`() async {
        await #expect(processExitsWith: .failure) {
            var opening = LedgerOpened()
            opening.shard = 4
            var state = LedgerState(shard: Shard(number: 3))
            state.apply(
                Event(
                    sequence: SequenceNumber(raw: 0), time: LedgerTime(nanoseconds: 1),
                    fact: .ledgerOpened(opening)))
        }
    }

    @Test(arguments: 0..<20)
    func `random commands keep the money together, and replay gives the same state`(_ seed: UInt64) {
        var random = RandomCommands(seed: seed)
        var ledger = TestLedger(overcapture: Rate(partsPerMillion: seed % 2 == 0 ? 0 : 100_000))
        for step in 0..<600 {
            random.step(&ledger)
            if step % 50 == 0 { expectTogether(ledger) }
        }
        expectTogether(ledger)
        #expect(ledger.state.captures.count > 20 && ledger.state.reversals.count > 5)
        #expect(ledger.replayed() == ledger.state.digest, "seed \(seed)")
    }

    @Test func `two states that differ in one event have different digests`() {
        var ledger = TestLedger()
        let payment = ledger.authorize(100)
        let before = ledger.state.digest
        ledger.capture(payment)
        #expect(ledger.state.digest != before)
        #expect(ledger.replayed(upTo: ledger.events.count - 2) == before)
    }

    /// Pending accounts are what is held, posted ones what is captured, and all accounts sum to nothing.
    private func expectTogether(_ ledger: borrowing TestLedger) {
        var (held, captured) = (0, 0)
        var number = ledger.state.payments.firstRow()
        while let found = number {
            let row = ledger.state.payments[found]
            held += Int(row.held.minorUnits)
            captured += Int(row.captured.minorUnits)
            #expect(row.held <= row.authorized)
            number = ledger.state.payments.firstRow(from: RowNumber(raw: found.raw + 1))
        }
        #expect(ledger.balance(.acquirerReceivable) == (captured, held))
        #expect(ledger.balance(.merchantPending) == (-captured, -held))
    }
}

/// Commands drawn from a seed, mostly sensible ones.
private struct RandomCommands {
    private var state: UInt64
    private var payments: [PaymentID] = []

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    /// Marsaglia's xorshift64.
    private mutating func draw(_ bound: UInt64) -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state % bound
    }

    mutating func step(_ ledger: inout TestLedger) {
        let payment = payments.isEmpty ? PaymentID.none : payments[Int(draw(UInt64(payments.count)))]
        switch draw(10) {
        case 0...2: payments.append(ledger.authorize(Int64(draw(1_000)), automatic: draw(3) == 0))
        case 3...5: ledger.capture(payment, Int64(draw(600)), isFinal: draw(2) == 0)
        case 6: ledger.void(payment)
        case 7:
            let latest = ledger.events[Int(draw(UInt64(ledger.events.count)))]
            ledger.voidCapture(
                CaptureID(createdBy: latest.sequence, shard: Shard(number: 0)), of: latest.context.payment)
        case 8:
            ledger.now = ledger.now.adding(.hours(draw(20)))
            if draw(2) == 0 { _ = ledger.tick() }
        default:
            ledger.perform(
                draw(2) == 0 ? .freezeMerchant(FreezeMerchant()) : .unfreezeMerchant(UnfreezeMerchant()))
        }
    }
}
