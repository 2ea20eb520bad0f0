import Ledger
import Projections
import Testing

/// Keys that leave the memory before they are forgotten.
@Suite struct AgedKeyTests {
    private func command(_ key: UInt64, amount: Int64, _ ledger: borrowing TestLedger) -> Command {
        var request = RecordAuthorization()
        request.order.amount = amount
        request.order.currency = Currency.eur.number
        request.order.capture = .manual
        request.acquirer = ledger.acquirer
        request.place = ledger.place
        var command = Command(.recordAuthorization(request))
        command.merchant = ledger.merchant
        command.key = Hash128(low: key, high: 7)
        command.fingerprint = key
        return command
    }

    @Test func `a retry under a key that left is answered as if it had not`() throws {
        var ledger = TestLedger()
        var commands: [Command] = []
        for key in 1...20 as ClosedRange<UInt64> {
            // An amount too large for anybody is refused, and that is remembered too.
            commands.append(command(key, amount: key == 5 ? 1_000_000_000_000_001 : Int64(key), ledger))
            _ = ledger.perform(commands[Int(key) - 1])
            ledger.now = ledger.now.adding(.hours(1))
        }
        let expected = commands.map { command in ledger.perform(command) }
        let digest = ledger.state.digest
        var aged: [AgedKey] = []
        let inMemory = ledger.state.keyCount
        let spilled = ledger.state.spillKeys(atMost: 12, into: &aged)
        #expect(spilled == 12)
        #expect(ledger.state.keyCount == inMemory - 12)
        #expect(ledger.state.digest == digest)
        for (command, outcome) in zip(commands, expected) {
            let found = aged.first { $0.hash == KeyHash(command.key) }
            let mayBeAged = ledger.state.mayBeAged(command.key)
            #expect(mayBeAged == (found != nil) || command.key.low == 5)
            var batch = EventBatch(capacity: 64)
            let again = ledger.state.decide(command, at: ledger.now, agedKey: found, into: &batch)
            #expect(again == outcome)
            #expect(batch.count == 0)
        }
        // Without what was found it would be done twice: that is why somebody has to look.
        var batch = EventBatch(capacity: 64)
        guard case .done = ledger.state.decide(commands[0], at: ledger.now, into: &batch) else {
            return #expect(Bool(false))
        }
    }

    @Test func `a key that was forgotten is new, wherever it was`() {
        var ledger = TestLedger()
        var other = TestLedger()
        let first = command(1, amount: 10, ledger)
        _ = ledger.perform(first)
        _ = other.perform(first)
        var aged: [AgedKey] = []
        _ = ledger.state.spillKeys(atMost: 100, into: &aged)
        ledger.now = ledger.now.adding(.hours(80))
        other.now = ledger.now
        // The hours pass with an event.
        _ = ledger.authorize(1)
        _ = other.authorize(1)
        let live = aged.filter { ledger.state.isLive($0) }
        #expect(live.isEmpty)
        let mayBeAged = ledger.state.mayBeAged(first.key)
        #expect(!mayBeAged)
        var batch = EventBatch(capacity: 64)
        let outcome = ledger.state.decide(first, at: ledger.now, agedKey: aged.first, into: &batch)
        let expected = other.perform(first)
        #expect(outcome == expected)
        #expect(ledger.state.digest == other.state.digest)
        // Used again, it leaves again, and is found as what it is now.
        _ = ledger.state.spillKeys(atMost: 100, into: &aged)
        let found = aged.last { $0.hash == KeyHash(first.key) }
        batch.removeAll()
        let again = ledger.state.decide(first, at: ledger.now, agedKey: found, into: &batch)
        let expectedAgain = other.perform(first)
        #expect(again == expectedAgain)
        #expect(ledger.state.digest == other.state.digest)
    }
}
