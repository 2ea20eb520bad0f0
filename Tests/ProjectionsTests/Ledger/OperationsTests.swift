import Ledger
import Projections
import Testing

/// Which operations this version decides: the list in docs/payments.md, from the other side.
@Suite struct OperationsTests {
    private static let decided: Set<Operation> = [
        .openMerchant, .changeMerchant, .setMerchantTerms, .freezeMerchant, .unfreezeMerchant, .closeMerchant,
        .changeSettings, .setHoldSpan, .setAcquirer, .changeCircuit, .setRoute,
        .recordAuthorization, .voidPayment, .answerReversal, .capturePayment, .voidCapture, .closeBatch,
    ]

    @Test(arguments: Operation.allCases)
    func `what is not decided says so, and changes nothing`(_ operation: Operation) {
        var ledger = TestLedger()
        let before = ledger.state.digest
        let outcome = ledger.perform(Request(empty: operation))
        #expect((outcome == .refused(.operationUnsupported)) != Self.decided.contains(operation))
        if outcome == .refused(.operationUnsupported) { #expect(ledger.state.digest == before) }
    }

    @Test func `a batch of events that is too full for any command takes none`() {
        var state = LedgerState()
        var batch = EventBatch(capacity: LedgerState.commandEventsMax - 1)
        #expect(
            state.decide(Command(.openMerchant(OpenMerchant())), at: .max, into: &batch)
                == .refused(.requestTooLarge))
    }
}
