import Invariants
import Ledger

// The end of a hold: let go, or run out. Either leaves a reversal to be made at the acquirer.
extension LedgerState {
    // MARK: Deciding

    mutating func decideVoid(_ number: RowNumber, _ batch: inout EventBatch) -> RefusalCode? {
        let row = payments[number]
        switch row.phase {
        case .processing, .unknown:
            if row.flags.contains(.voidRequested) { return .voidRequested }
            write(.voidRequested(VoidRequested()), of: row.id, into: &batch)
            return nil
        case .requiresAction:
            break
        case .live:
            if row.held.isZero { return .alreadyCaptured }
        case .declined, .blocked, .voided, .expired:
            return row.phase.refusal
        }
        if hasCaptureInFlight(row) { return .captureInFlight }
        void(number, .requested, &batch)
        return nil
    }

    func hasCaptureInFlight(_ row: PaymentRow) -> Bool {
        var capture = row.firstCapture
        while !capture.isNone {
            if captures[capture].state == .requested || captures[capture].state == .unknown { return true }
            capture = captures[capture].next
        }
        return false
    }

    mutating func void(_ number: RowNumber, _ reason: VoidReason, _ batch: inout EventBatch) {
        let row = payments[number]
        var fact = Voided()
        fact.amount = row.held
        fact.reason = reason
        fact.reversal = !row.held.isZero
        write(.voided(fact), of: row.id, releaseLegs(row), into: &batch)
    }

    /// The hold has run out, if it has: written before anything else is decided about the payment.
    mutating func expireIfDue(_ number: RowNumber, _ batch: inout EventBatch) {
        let row = payments[number]
        guard row.phase == .live, !row.held.isZero, row.expiresAt <= now else { return }
        var fact = HoldExpired()
        fact.hold = HoldID(raw: row.id.raw)
        fact.amount = row.held
        fact.reversal = true
        write(.holdExpired(fact), of: row.id, releaseLegs(row), into: &batch)
    }

    /// What is held is no longer expected to move.
    private func releaseLegs(_ row: PaymentRow) -> Legs {
        var legs = Legs()
        let acquirer = AcquirerID(number: row.acquirerNumber, shard: shard)
        legs.move(
            row.held, debit: AccountID(.merchantPending, row.currency, of: merchant(row).id),
            credit: AccountID(.acquirerReceivable, row.currency, of: acquirer), .pending)
        return legs
    }

    mutating func decideAnswerReversal(
        _ request: AnswerReversal, _ number: RowNumber, _ batch: inout EventBatch
    ) -> RefusalCode? {
        guard let reversal = reversals.find(request.reversal.raw),
            reversals[reversal].payment == payments[number].id
        else { return .reversalUnknown }
        if request.isConfirmed {
            var fact = ReversalConfirmed()
            fact.reversal = request.reversal
            write(.reversalConfirmed(fact), of: payments[number].id, into: &batch)
        } else {
            var fact = ReversalFailed()
            fact.reversal = request.reversal
            fact.responseCode = request.responseCode
            write(.reversalFailed(fact), of: payments[number].id, into: &batch)
        }
        return nil
    }

    // MARK: Applying

    mutating func applyVoidRequested(_ event: Event) {
        let number = touchPayment(event)
        changePayment(number) { $0.flags.insert(.voidRequested) }
    }

    mutating func applyVoided(_ fact: Voided, _ event: Event) {
        release(touchPayment(event), event, fact.reversal, phase: .voided)
    }

    mutating func applyHoldExpired(_ fact: HoldExpired, _ event: Event) {
        release(touchPayment(event), event, fact.reversal, phase: .expired)
    }

    /// Nothing is held any more; if nothing was captured either, that was the end of the payment.
    private mutating func release(
        _ number: RowNumber, _ event: Event, _ reversal: Bool, phase: PaymentPhase
    ) {
        if reversal { addReversal(event, of: number) }
        changePayment(number) { row in
            row.held = .zero
            row.flags.remove(.underReview)
            if row.captured.isZero { row.phase = phase }
        }
    }

    /// A reversal to be made, named after the event that made it necessary. Of what is held, or of what the
    /// last voided capture had taken.
    mutating func addReversal(_ event: Event, of number: RowNumber) {
        let row = payments[number]
        reversals.insert(
            ReversalRow(
                id: ReversalID(createdBy: event.sequence, shard: shard), payment: row.id,
                acquirer: AcquirerID(number: row.acquirerNumber, shard: shard),
                amount: row.held.isZero ? row.authorized : row.held))
    }

    mutating func applyReversalAnswered(_ id: ReversalID, _ event: Event) {
        _ = touchPayment(event)
        guard let number = reversals.find(id.raw) else { invariantViolated("no reversal \(id.raw)") }
        reversals.remove(number)
    }

    mutating func applyHoldExpiring(_ event: Event) {
        let number = touchPayment(event)
        changePayment(number) { $0.flags.insert(.expiryAnnounced) }
        pushHoldDue(number)
    }

    /// Whose payment it is.
    func merchant(_ row: PaymentRow) -> MerchantRow {
        let id = MerchantID(number: row.merchantNumber, shard: shard)
        guard let number = merchants.find(id.raw) else { invariantViolated("no merchant \(id.raw)") }
        return merchants[number]
    }
}
