import Invariants
package import Ledger

extension LedgerState {
    /// Changes the state by one event: its legs onto the accounts, its fact where it belongs, its key into
    /// the book.
    ///
    /// Events come in the order of the log. Sequences may be skipped: the log's own acts have some. An event
    /// that does not fit the state is not of this ledger, and stops the process.
    package mutating func apply(_ event: Event) {
        pace.beginTurn()
        switch event.fact {
        case .ledgerOpened(let fact): apply(fact, event.head, event.legs)
        case .settingsChanged(let fact): apply(fact, event.head, event.legs)
        case .holdSpanSet(let fact): apply(fact, event.head, event.legs)
        case .timeAccepted(let fact): apply(fact, event.head, event.legs)
        case .stateDigested(let fact): apply(fact, event.head, event.legs)
        case .refused(let fact): apply(fact, event.head, event.legs)
        case .merchantOpened(let fact): apply(fact, event.head, event.legs)
        case .merchantChanged(let fact): apply(fact, event.head, event.legs)
        case .merchantTermsSet(let fact): apply(fact, event.head, event.legs)
        case .merchantFrozen(let fact): apply(fact, event.head, event.legs)
        case .merchantUnfrozen(let fact): apply(fact, event.head, event.legs)
        case .merchantClosed(let fact): apply(fact, event.head, event.legs)
        case .acquirerSet(let fact): apply(fact, event.head, event.legs)
        case .circuitChanged(let fact): apply(fact, event.head, event.legs)
        case .routeSet(let fact): apply(fact, event.head, event.legs)
        case .paymentRequested(let fact): apply(fact, event.head, event.legs)
        case .paymentBlocked(let fact): apply(fact, event.head, event.legs)
        case .actionRequired(let fact): apply(fact, event.head, event.legs)
        case .actionCompleted(let fact): apply(fact, event.head, event.legs)
        case .attemptStarted(let fact): apply(fact, event.head, event.legs)
        case .attemptClaimed(let fact): apply(fact, event.head, event.legs)
        case .attemptFailed(let fact): apply(fact, event.head, event.legs)
        case .attemptUnknown(let fact): apply(fact, event.head, event.legs)
        case .attemptNotFound(let fact): apply(fact, event.head, event.legs)
        case .authorized(let fact): apply(fact, event.head, event.legs)
        case .authorizationRecorded(let fact): apply(fact, event.head, event.legs)
        case .authorizationIncremented(let fact): apply(fact, event.head, event.legs)
        case .declined(let fact): apply(fact, event.head, event.legs)
        case .reviewDecided(let fact): apply(fact, event.head, event.legs)
        case .voidRequested(let fact): apply(fact, event.head, event.legs)
        case .voided(let fact): apply(fact, event.head, event.legs)
        case .holdExpiring(let fact): apply(fact, event.head, event.legs)
        case .holdExpired(let fact): apply(fact, event.head, event.legs)
        case .reversalRequested(let fact): apply(fact, event.head, event.legs)
        case .reversalConfirmed(let fact): apply(fact, event.head, event.legs)
        case .reversalFailed(let fact): apply(fact, event.head, event.legs)
        case .captureRequested(let fact): apply(fact, event.head, event.legs)
        case .captured(let fact): apply(fact, event.head, event.legs)
        case .captureFailed(let fact): apply(fact, event.head, event.legs)
        case .captureUnknown(let fact): apply(fact, event.head, event.legs)
        case .captureVoided(let fact): apply(fact, event.head, event.legs)
        case .refundRequested(let fact): apply(fact, event.head, event.legs)
        case .refundSubmitted(let fact): apply(fact, event.head, event.legs)
        case .refundSucceeded(let fact): apply(fact, event.head, event.legs)
        case .refundFailed(let fact): apply(fact, event.head, event.legs)
        case .batchOpened(let fact): apply(fact, event.head, event.legs)
        case .batchClosed(let fact): apply(fact, event.head, event.legs)
        case .batchSubmitted(let fact): apply(fact, event.head, event.legs)
        case .batchAcknowledged(let fact): apply(fact, event.head, event.legs)
        case .batchFailed(let fact): apply(fact, event.head, event.legs)
        case .itemAccepted(let fact): apply(fact, event.head, event.legs)
        case .itemRejected(let fact): apply(fact, event.head, event.legs)
        case .itemWithdrawn(let fact): apply(fact, event.head, event.legs)
        case .itemSettled(let fact): apply(fact, event.head, event.legs)
        case .batchReconciled(let fact): apply(fact, event.head, event.legs)
        case .cashMatched(let fact): apply(fact, event.head, event.legs)
        case .costNetted(let fact): apply(fact, event.head, event.legs)
        case .disputeOpened(let fact): apply(fact, event.head, event.legs)
        case .disputeAdvanced(let fact): apply(fact, event.head, event.legs)
        case .evidenceSubmitted(let fact): apply(fact, event.head, event.legs)
        case .disputeAccepted(let fact): apply(fact, event.head, event.legs)
        case .disputeExpired(let fact): apply(fact, event.head, event.legs)
        case .disputeWon(let fact): apply(fact, event.head, event.legs)
        case .disputeLost(let fact): apply(fact, event.head, event.legs)
        case .disputeWithdrawn(let fact): apply(fact, event.head, event.legs)
        case .disputeFundsPulled(let fact): apply(fact, event.head, event.legs)
        case .disputeFundsReturned(let fact): apply(fact, event.head, event.legs)
        case .chargebackFeeCharged(let fact): apply(fact, event.head, event.legs)
        case .debitSubmitted(let fact): apply(fact, event.head, event.legs)
        case .debitFinal(let fact): apply(fact, event.head, event.legs)
        case .debitReturned(let fact): apply(fact, event.head, event.legs)
        case .reserveWithheld(let fact): apply(fact, event.head, event.legs)
        case .reserveReleased(let fact): apply(fact, event.head, event.legs)
        case .payoutCreated(let fact): apply(fact, event.head, event.legs)
        case .payoutRejected(let fact): apply(fact, event.head, event.legs)
        case .payoutPaid(let fact): apply(fact, event.head, event.legs)
        case .payoutReturned(let fact): apply(fact, event.head, event.legs)
        case .ownFundsMoved(let fact): apply(fact, event.head, event.legs)
        case .correctionPosted(let fact): apply(fact, event.head, event.legs)
        case .debtWrittenOff(let fact): apply(fact, event.head, event.legs)
        case .exceptionOpened(let fact): apply(fact, event.head, event.legs)
        case .resolutionProposed(let fact): apply(fact, event.head, event.legs)
        case .exceptionResolved(let fact): apply(fact, event.head, event.legs)
        case .apiKeyCreated(let fact): apply(fact, event.head, event.legs)
        case .apiKeyRevoked(let fact): apply(fact, event.head, event.legs)
        }
    }

    /// The same, of a fact known by its kind: what was just decided takes no detour over all of them.
    mutating func apply<Body: AppliedFact>(_ fact: Body, _ event: EventHead, _ legs: borrowing Legs) {
        begin(event)
        post(legs, at: event.sequence)
        if !event.context.key.isNone { addKey(event, fact.keyOutcome) }
        fact.apply(to: &self, event)
        dropIdleEntries(until: event.time)
    }

    /// The state is now as of this event.
    private mutating func begin(_ event: EventHead) {
        invariant(event.sequence >= next, "event \(event.sequence.raw) after \(next.raw)")
        invariant(event.time > time, "event \(event.sequence.raw) is not after its predecessor")
        core.next = event.sequence.advanced(by: 1)
        core.time = event.time
        if event.time >= core.monthEnd { beginMonth() }
        keys.forget(at: event.time, span: settings.keySpan)
        risk.forget(at: event.time)
        if !core.finishing.isNone { finishRefundKeys(event) }
    }

    /// The first event of a command brings its key.
    private mutating func addKey(_ event: EventHead, _ outcome: KeyOutcome) {
        let context = event.context
        if outcome == .pending {
            keys.addPending(context.key, fingerprint: context.fingerprint, at: event.sequence)
        } else {
            keys.add(
                context.key, fingerprint: context.fingerprint, at: event.sequence, outcome, time: event.time)
        }
    }

    /// Leaves out the places that the log's own acts took: the next event is at `sequence`, or later.
    package mutating func skip(to sequence: SequenceNumber) {
        invariant(sequence >= next, "going back from \(next.raw) to \(sequence.raw)")
        core.next = sequence
    }
}
