import Invariants
import Ledger

// What a payment waits for a person to do: the cardholder, or a reviewer.
extension LedgerState {
    // MARK: Deciding

    mutating func requireAction(
        _ number: RowNumber, _ challenge: Hash128, until end: LedgerTime, _ events: inout EventBatch
    ) {
        var fact = ActionRequired()
        fact.challenge = challenge
        fact.expiresAt = end
        write(fact, of: number, into: &events)
    }

    mutating func decideCompleteAction(_ request: CompleteAction, _ events: inout EventBatch) -> RefusalCode?
    {
        let isDone = request.outcome == .authenticated
        if isDone, let refusal = acquirerRefusal(request.acquirer) { return refusal }
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        let row = payments[number]
        if row.phase == .live { return .noActionRequired }
        if row.phase != .requiresAction { return row.phase.refusal }
        if isDone, let refusal = circuitRefusal(request.acquirer) { return refusal }
        var fact = ActionCompleted()
        fact.outcome = request.outcome
        write(fact, of: number, into: &events)
        if isDone {
            startAttempt(number, request.acquirer, until: request.deadline, &events)
        } else {
            let isAbandoned = request.outcome == .abandoned
            decline(number, isAbandoned ? .authenticationAbandoned : .authenticationFailed, &events)
        }
        return nil
    }

    mutating func decideReview(_ request: DecideReview, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        let row = payments[number]
        if let refusal = row.phase.refusal { return refusal }
        guard row.flags.contains(.underReview) else { return .notUnderReview }
        if request.isApproved, row.flags.contains(.capturesAutomatically), isFileMode(row),
            let refusal = placeRefusal(row, request.place, row.held)
        {
            return refusal
        }
        endReview(number, request.isApproved, request.reason, .reviewRejected, request.place, &events)
        return nil
    }

    /// A review that nobody has decided in time: due.
    mutating func expireReview(_ number: RowNumber, _ events: inout EventBatch) {
        endReview(number, false, Text(), .reviewExpired, BatchPlace(), &events)
    }

    private mutating func endReview(
        _ number: RowNumber, _ isApproved: Bool, _ reason: Text<120>, _ void: VoidReason,
        _ place: BatchPlace, _ events: inout EventBatch
    ) {
        var fact = ReviewDecided()
        fact.isApproved = isApproved
        fact.reason = reason
        write(fact, of: number, into: &events)
        if isApproved {
            captureIfAutomatic(number, place, &events)
        } else {
            self.void(number, void, &events)
        }
    }

    // MARK: Applying

    mutating func applyActionRequired(_ fact: ActionRequired, _ event: EventHead) {
        let number = changePayment(of: event) { $0.phase = .requiresAction }
        changeAwaited(number) { row in
            row.awaited = .action
            row.deadline = fact.expiresAt
        }
    }

    mutating func applyReviewDecided(_ event: EventHead) {
        endReview(changePayment(of: event) { _ in }, event)
    }

    /// Whoever has decided, or whatever: the approval is the outcome of the payment's key.
    mutating func endReview(_ number: RowNumber, _ event: EventHead) {
        changePayment(number) { $0.flags.remove(.underReview) }
        endWaiting(number)
        finishKey(number, .done, event)
    }
}
