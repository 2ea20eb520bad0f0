import Invariants
import Ledger

// Letting go, and undoing at the acquirer what was approved.
extension LedgerState {
    // MARK: Deciding

    mutating func decideVoid(_ request: VoidPayment, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        return decideVoid(number, &events)
    }

    mutating func decideVoid(_ number: RowNumber, _ events: inout EventBatch) -> RefusalCode? {
        let row = payments[number]
        switch row.phase {
        case .processing, .unknown:
            if row.flags.contains(.voidRequested) { return .voidRequested }
            if awaited(row.id)?.isCalled == true {
                write(VoidRequested(), of: number, into: &events)
                return nil
            }
        case .requiresAction: break
        case .live:
            if row.held.isZero { return .alreadyCaptured }
            if !reserved(row).isZero { return .captureInFlight }
        case .declined, .blocked, .voided, .expired: return row.phase.refusal
        }
        void(number, .requested, &events)
        return nil
    }

    /// Lets go all that is held; the acquirer is told if it holds anything.
    ///
    /// - Parameter isFirst: whether something else was asked for, and this has to come before it.
    mutating func void(
        _ number: RowNumber, _ reason: VoidReason, isFirst: Bool = false, _ events: inout EventBatch
    ) {
        let row = payments[number]
        var fact = Voided()
        fact.amount = row.held
        fact.reason = reason
        fact.reversal = !unclaimed(row, held: .zero).isZero
        write(
            fact, of: number, expectedLegs(row, row.held, isRelease: true), isFirst: isFirst,
            into: &events)
    }

    mutating func decideAnswerReversal(_ request: AnswerReversal, _ events: inout EventBatch) -> RefusalCode?
    {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        guard let reversal = reversals.find(request.reversal.raw) else {
            return mayBeAnswered(request.reversal, of: payments[number]) ? nil : .reversalUnknown
        }
        guard reversals[reversal].payment == payments[number].id else { return .reversalUnknown }
        let amount = reversals[reversal].amount
        if request.isConfirmed {
            var fact = ReversalConfirmed()
            fact.reversal = request.reversal
            write(fact, of: number, into: &events)
        } else {
            var fact = ReversalFailed()
            fact.reversal = request.reversal
            fact.responseCode = request.responseCode
            write(fact, of: number, into: &events)
            openException(.reversalFailed, of: number, expected: amount, &events)
        }
        return nil
    }

    /// Whether a reversal that is not outstanding may have been: it is named after an event since the
    /// payment's own. Nothing is kept of those that were answered.
    private func mayBeAnswered(_ id: ReversalID, of row: PaymentRow) -> Bool {
        let event = id.createdBy
        return event > row.id.createdBy && event < next && id == ReversalID(createdBy: event, shard: shard)
    }

    // MARK: Applying

    mutating func applyVoidRequested(_ event: EventHead) {
        changePayment(of: event) { $0.requestVoid(by: event.sequence) }
    }

    mutating func applyVoided(_ fact: Voided, _ event: EventHead) {
        let number = changePayment(of: event) { _ in }
        if payments[number].phase == .live {
            releaseHolds(number)
            if fact.reversal { reverseUnclaimed(number, event) }
            return endIfNothingHeld(number, phase: .voided, event)
        }
        finishVoid(payments[number].voidRequest, .done, event)
        changePayment(number) { $0.phase = .voided }
        endWaiting(number)
        finishKey(number, .done, event)
    }

    /// What a void waited for is known: that is the outcome of its key.
    mutating func finishVoid(_ request: SequenceNumber, _ outcome: KeyOutcome, _ event: EventHead) {
        if !request.isNone { keys.finish(request, outcome, time: event.time) }
    }

    /// Of what was approved, what the acquirer would keep for nobody if so much were captured, held and asked
    /// for. A debit was never approved.
    func unclaimed(
        _ row: PaymentRow, captured: Amount? = nil, held: Amount? = nil, reserved: Amount? = nil
    ) -> Amount {
        if row.flags.contains(.isDebit) { return .zero }
        let kept = max(held ?? row.held, reserved ?? self.reserved(row))
        let claimed = (captured ?? row.captured) + kept + row.letGo
        return row.authorized - min(row.authorized, claimed)
    }

    /// A reversal of that, named after the event that made it necessary.
    mutating func reverseUnclaimed(_ number: RowNumber, _ event: EventHead) {
        let row = payments[number]
        let amount = unclaimed(row)
        invariant(!amount.isZero, "nothing to reverse at \(event.sequence.raw)")
        addReversal(event, of: row.id, at: acquirerID(row), amount)
        changePayment(number) { $0.letGo += amount }
    }

    mutating func applyReversalRequested(_ fact: ReversalRequested, _ event: EventHead) {
        let number = changePayment(of: event) { _ in }
        addReversal(event, of: payments[number].id, at: fact.acquirer, fact.amount)
        let late = LateApprovalRow(payments[number].id, attempt: fact.attempt, fact.gateway)
        if lateApprovals.find(late.key) == nil { lateApprovals.insert(late) }
    }

    /// Whether an approval has been reversed, or is to be.
    func isReversed(_ payment: PaymentID, attempt: UInt8, _ gateway: GatewayReference) -> Bool {
        let late = LateApprovalRow(payment, attempt: attempt, gateway)
        return lateApprovals.find(late.key).map { lateApprovals[$0].payment == payment } ?? false
    }

    private mutating func addReversal(
        _ event: EventHead, of payment: PaymentID, at acquirer: AcquirerID, _ amount: Amount
    ) {
        reversals.insert(
            ReversalRow(
                id: ReversalID(createdBy: event.sequence, shard: shard), payment: payment,
                acquirer: acquirer, amount: amount))
    }

    mutating func applyReversalAnswered(_ id: ReversalID, _ event: EventHead) {
        changePayment(of: event) { _ in }
        guard let number = reversals.find(id.raw) else { invariantViolated("no reversal \(id.raw)") }
        reversals.remove(number)
    }
}
