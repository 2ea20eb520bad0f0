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
            state.decide(Command(.openMerchant(OpenMerchant())), at: .max, into: &batch) == .refused(.busy))
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
}
