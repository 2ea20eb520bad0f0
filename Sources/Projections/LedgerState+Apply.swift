import Invariants
package import Ledger

extension LedgerState {
    /// Changes the state by one event: its legs onto the accounts, its fact where it belongs.
    ///
    /// Events come in the order of the log. Sequences may be skipped: the log's own acts have some. An event
    /// that does not fit the state is not of this ledger, and stops the process.
    package mutating func apply(_ event: Event) {
        invariant(event.sequence >= next, "event \(event.sequence.raw) after \(next.raw)")
        invariant(event.time > time, "event \(event.sequence.raw) is not after its predecessor")
        next = event.sequence.advanced(by: 1)
        time = event.time
        post(event.legs)
        applyFact(event)
    }

    /// One line a fact; what it does is in the folder of what it is about.
    private mutating func applyFact(_ event: Event) {
        switch event.fact {
        case .ledgerOpened, .timeAccepted, .stateDigested, .refused, .routeSet: break
        case .settingsChanged(let fact): settings = fact
        case .holdSpanSet(let fact): holdSpans.set(fact)

        case .merchantOpened(let fact): applyMerchantOpened(fact, event)
        case .merchantChanged(let fact): applyMerchantChanged(fact, event)
        case .merchantTermsSet(let fact): applyMerchantTermsSet(fact, event)
        case .merchantFrozen: setMerchantState(.frozen, event)
        case .merchantUnfrozen: setMerchantState(.active, event)
        case .merchantClosed: setMerchantState(.closed, event)
        case .acquirerSet(let fact): applyAcquirerSet(fact)
        case .circuitChanged(let fact): applyCircuitChanged(fact)

        case .authorizationRecorded(let fact): applyAuthorizationRecorded(fact, event)
        case .voidRequested: applyVoidRequested(event)
        case .voided(let fact): applyVoided(fact, event)
        case .holdExpiring: applyHoldExpiring(event)
        case .holdExpired(let fact): applyHoldExpired(fact, event)
        case .reversalConfirmed(let fact): applyReversalAnswered(fact.reversal, event)
        case .reversalFailed(let fact): applyReversalAnswered(fact.reversal, event)

        case .captured(let fact): applyCaptured(fact, event)
        case .captureVoided(let fact): applyCaptureVoided(fact, event)

        case .batchOpened(let fact): applyBatchOpened(fact, event)
        case .batchClosed(let fact): applyBatchClosed(fact)

        default:
            invariantViolated("\(event.fact.type) at \(event.sequence.raw) is not known to this state")
        }
    }
}
