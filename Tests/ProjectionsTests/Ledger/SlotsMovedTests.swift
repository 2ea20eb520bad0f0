import Ledger
import Projections
import Testing

@Suite struct SlotsMovedTests {
    private func pay(with card: UInt64, in ledger: inout TestLedger) -> Outcome {
        var request = RecordAuthorization()
        request.order.amount = 100
        request.order.currency = Currency.eur.number
        request.order.card.fingerprint = card
        request.acquirer = ledger.acquirer
        request.place = ledger.place
        return ledger.perform(.recordAuthorization(request))
    }

    /// All tables begin small, so that several grow at a time; and the replay moves no more at a time.
    @Test func `no command moves more than 64 slots of all tables together, and no event of a replay`() {
        var ledger = TestLedger()
        var (moved, most) = (ledger.state.slotsMoved(), UInt64(0))
        func note(_ now: UInt64) {
            most = max(most, now - moved)
            moved = now
        }
        for card in 1...UInt64(6_000) {
            guard case .done(let first, _) = pay(with: card, in: &ledger) else {
                Issue.record("payment \(card) was not done")
                return
            }
            note(ledger.state.slotsMoved())
            ledger.capture(PaymentID(createdBy: first, shard: Shard(number: 0)))
            note(ledger.state.slotsMoved())
        }
        #expect((24...64).contains(most), "\(most)")
        #expect(moved > 20_000)
        var again = LedgerState(seed: 1)
        (moved, most) = (0, 0)
        for event in ledger.events {
            again.apply(event)
            note(again.slotsMoved())
        }
        #expect((24...64).contains(most), "\(most)")
        #expect(again.digest == ledger.state.digest)
    }

    /// Two generations, forgotten at once, leave the memory with the events that follow.
    @Test func `the memory of windows of risk that are forgotten goes back a piece with each event`() {
        var ledger = TestLedger()
        for card in 1...UInt64(60_000) { _ = pay(with: card, in: &ledger) }
        let full = ledger.state.riskByteCount
        #expect(full > 5 << 20)
        ledger.now = ledger.now.adding(.days(70))
        var (before, pieces) = (full, 0)
        for card in 1...UInt64(20) {
            _ = pay(with: card, in: &ledger)
            let now = ledger.state.riskByteCount
            // What is mapped and was never touched counts now too.
            if card > 1 {
                #expect(before - now <= 3 << 20, "\(before) to \(now)")
                if now < before { pieces += 1 }
            }
            before = now
        }
        #expect(pieces >= 3)
        #expect(before < 1 << 20, "\(before)")
    }
}
