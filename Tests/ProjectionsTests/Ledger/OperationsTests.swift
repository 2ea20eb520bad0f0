import Ledger
import Projections
import Testing

/// What holds for every operation.
@Suite struct OperationsTests {
    @Test(arguments: Operation.allCases)
    func `every operation is decided, and no empty request stops the process`(_ operation: Operation) {
        var ledger = TestLedger()
        ledger.perform(Request(empty: operation))
        #expect(ledger.replayed() == ledger.state.digest)
    }

    @Test func `a batch of events that is too full for any command takes none`() {
        var state = LedgerState()
        var batch = EventBatch(capacity: Operation.openMerchant.eventsMax - 1)
        #expect(
            state.decide(
                Command(.openMerchant(OpenMerchant())), at: LedgerTime(nanoseconds: 1), into: &batch)
                == .refused(.busy))
    }

    @Test func `a claim by nobody is malformed, whatever it is about`() {
        var ledger = TestLedger()
        var claim = ClaimAttempt()
        (claim.payment, claim.attempt) = (PaymentID(raw: 9), 1)
        claim.deadline = ledger.now.adding(.seconds(30))
        #expect(ledger.perform(.claimAttempt(claim)) == .refused(.malformed))
        claim.worker = 1
        #expect(ledger.perform(.claimAttempt(claim)) == .refused(.paymentUnknown))
    }

    @Test func `a request that does not fit now is busy, and one that never will is too large`() {
        var state = LedgerState()
        let reject = Command(.rejectItem(RejectItem()))
        let most = LedgerState.requestEventsMax / Operation.rejectItem.eventsMax
        func outcome(_ count: Int, capacity: Int) -> RequestOutcome {
            var batch = EventBatch(capacity: capacity)
            return state.decideAll(
                Array(repeating: reject, count: count), key: .none, fingerprint: 0,
                at: LedgerTime(nanoseconds: 1), into: &batch)
        }
        #expect(outcome(most, capacity: 8) == .refused(.busy, index: 0))
        #expect(
            outcome(most, capacity: LedgerState.requestEventsMax) == .refused(.merchantUnknown, index: 0))
        #expect(
            outcome(most + 1, capacity: LedgerState.requestEventsMax) == .refused(.requestTooLarge, index: 0))
    }
}
