import Invariants
import Ledger

// A cardholder objects: the merchant's money is held, and goes one way or the other.
extension LedgerState {
    // MARK: Deciding

    mutating func decideOpenDispute(_ request: OpenDispute, _ events: inout EventBatch) -> RefusalCode? {
        if !request.acquirer.isNone, let refusal = acquirerRefusal(request.acquirer) { return refusal }
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        let row = payments[number]
        let acquirer =
            request.acquirer.isNone && row.acquirerNumber > 0 ? acquirerID(row) : request.acquirer
        if acquirer.isNone { return .acquirerRequired }
        let amount = Amount(minorUnits: request.amount)
        guard request.currency == row.currency.number else {
            openException(
                .currency, of: number, acquirer: acquirer, currency: Self.checked(request.currency),
                actual: amount, &events)
            return nil
        }
        var fact = DisputeOpened()
        fact.acquirer = acquirer
        fact.stage = request.stage
        fact.currency = row.currency
        fact.amount = amount
        fact.accepted = request.stage == .inquiry ? .zero : min(amount, refundable(row))
        fact.reason = request.reason
        fact.networkReason = request.networkReason
        fact.dueAt = request.dueAt.isNone ? now.adding(Self.evidenceSpan(row.brand)) : request.dueAt
        fact.reference = request.reference
        let legs =
            request.stage == .inquiry ? Legs() : disputeLegs(row, acquirer, fact.accepted, of: amount)
        let id = DisputeID(
            createdBy: write(fact, of: number, legs, into: &events), shard: shard)
        followDispute(disputeNumber(id), of: number, fact.accepted, &events)
        return nil
    }

    /// How long a merchant has to answer, by the networks' rules. Source: the reference of this ledger.
    private static func evidenceSpan(_ brand: CardBrand) -> LedgerSpan {
        switch brand {
        case .mastercard: .days(45)
        case .amex: .days(20)
        default: .days(30)
        }
    }

    /// Disputed and accepted by us: open, or lost.
    func disputed(_ row: PaymentRow) -> Amount {
        var sum = Amount.zero
        var dispute = row.firstDispute
        while !dispute.isNone {
            let status = disputes[dispute].status
            if status.isOpen || status.isLost { sum += disputes[dispute].accepted }
            dispute = disputes[dispute].next
        }
        return sum
    }

    func hasOpenDispute(_ row: PaymentRow) -> Bool {
        var dispute = row.firstDispute
        while !dispute.isNone {
            if disputes[dispute].status.isOpen { return true }
            dispute = disputes[dispute].next
        }
        return false
    }

    /// The merchant's money is held as far as it can be disputed; the rest of a claim is nobody's yet.
    private func disputeLegs(
        _ row: PaymentRow, _ acquirer: AcquirerID, _ accepted: Amount, of amount: Amount
    ) -> Legs {
        let merchant = merchantID(row)
        var purse = MerchantPurse(merchant, row.currency, in: self)
        var legs = Legs()
        purse.take(accepted, creditTo: AccountID(.disputeHold, row.currency, of: merchant), &legs)
        legs.move(
            amount - accepted, debit: AccountID(.suspense, row.currency),
            credit: AccountID(.disputeClearing, row.currency, of: acquirer))
        return legs
    }

    /// What comes with a dispute that moves money: an exception for the excess, and once a fee.
    private mutating func followDispute(
        _ dispute: RowNumber, of number: RowNumber, _ accepted: Amount, _ events: inout EventBatch
    ) {
        let (row, payment) = (disputes[dispute], payments[number])
        guard row.stage != .inquiry else { return }
        if accepted < row.amount {
            openException(
                .disputeExceedsCaptured, of: number, acquirer: acquirerID(row), expected: accepted,
                actual: row.amount, &events)
        }
        let merchant = merchantID(payment)
        let fee = agreedTerms(merchant, payment.currency).chargebackFee
        guard !row.hasFee, !fee.isZero else { return }
        var fact = ChargebackFeeCharged()
        fact.dispute = row.id
        fact.amount = fee
        var purse = MerchantPurse(merchant, payment.currency, in: self)
        var legs = Legs()
        purse.take(fee, creditTo: AccountID(.chargebackFeeRevenue, payment.currency), &legs)
        write(fact, of: number, legs, into: &events)
    }

    mutating func decideAdvanceDispute(_ request: AdvanceDispute, _ events: inout EventBatch) -> RefusalCode?
    {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        guard let dispute = findDispute(request.dispute, of: number) else { return .disputeUnknown }
        let (row, payment) = (disputes[dispute], payments[number])
        let isOver = row.status.isLost && row.stage != .inquiry
        guard request.stage.rawValue > row.stage.rawValue, !isOver else { return nil }
        let isNew = row.stage == .inquiry || !row.status.isOpen
        var fact = DisputeAdvanced()
        fact.dispute = row.id
        fact.stage = request.stage
        fact.accepted = isNew ? min(row.amount, refundable(payment)) : row.accepted
        fact.dueAt = request.dueAt.isNone ? now.adding(Self.evidenceSpan(payment.brand)) : request.dueAt
        let legs = isNew ? disputeLegs(payment, acquirerID(row), fact.accepted, of: row.amount) : Legs()
        write(fact, of: number, legs, into: &events)
        if isNew { followDispute(dispute, of: number, fact.accepted, &events) }
        return nil
    }

    mutating func decideSubmitEvidence(_ request: SubmitEvidence, _ events: inout EventBatch) -> RefusalCode?
    {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        guard let dispute = findDispute(request.dispute, of: number) else { return .disputeUnknown }
        if disputes[dispute].status == .expired { return .evidenceTooLate }
        guard disputes[dispute].status.isOpen else { return .disputeClosed }
        var fact = EvidenceSubmitted()
        fact.dispute = request.dispute
        fact.evidence = request.evidence
        write(fact, of: number, into: &events)
        return nil
    }

    mutating func decideAcceptDispute(_ request: AcceptDispute, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        guard let dispute = findDispute(request.dispute, of: number) else { return .disputeUnknown }
        guard disputes[dispute].status.isOpen else { return .disputeClosed }
        var fact = DisputeAccepted()
        fact.dispute = request.dispute
        fact.amount = disputes[dispute].accepted
        write(fact, of: number, endLegs(dispute, isLost: true), into: &events)
        return nil
    }

    /// No evidence in time: due.
    mutating func expireDispute(_ dispute: RowNumber, _ events: inout EventBatch) {
        var fact = DisputeExpired()
        fact.dispute = disputes[dispute].id
        fact.amount = disputes[dispute].accepted
        write(
            fact, of: disputes[dispute].payment, endLegs(dispute, isLost: true),
            into: &events)
    }

    mutating func decideDecideDispute(_ request: DecideDispute, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        guard let dispute = findDispute(request.dispute, of: number) else { return .disputeUnknown }
        let row = disputes[dispute]
        let isLost = request.outcome == .lost
        guard row.status.isOpen else {
            if row.status.isLost != isLost, !row.isSaidOtherwise {
                openException(
                    .secondOutcome, of: number, acquirer: acquirerID(row), expected: row.accepted,
                    cause: row.id.createdBy, &events)
            }
            return nil
        }
        let legs = endLegs(dispute, isLost: isLost)
        switch request.outcome {
        case .lost:
            var fact = DisputeLost()
            fact.dispute = row.id
            fact.amount = row.accepted
            write(fact, of: number, legs, into: &events)
        case .won:
            var fact = DisputeWon()
            fact.dispute = row.id
            fact.amount = row.accepted
            write(fact, of: number, legs, into: &events)
        case .withdrawn:
            var fact = DisputeWithdrawn()
            fact.dispute = row.id
            fact.amount = row.accepted
            write(fact, of: number, legs, into: &events)
        }
        return nil
    }

    /// What was held goes to the cardholder's side, or back to the merchant.
    private func endLegs(_ dispute: RowNumber, isLost: Bool) -> Legs {
        let (row, payment) = (disputes[dispute], payments[disputes[dispute].payment])
        let hold = AccountID(.disputeHold, payment.currency, of: merchantID(payment))
        var legs = Legs()
        if isLost {
            legs.move(
                row.accepted, debit: hold,
                credit: AccountID(.disputeClearing, payment.currency, of: acquirerID(row)))
        } else {
            var purse = MerchantPurse(merchantID(payment), payment.currency, in: self)
            purse.give(row.accepted, debitTo: hold, &legs)
        }
        return legs
    }

    mutating func decidePullFunds(_ request: PullDisputeFunds, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        guard let dispute = findDispute(request.dispute, of: number) else { return .disputeUnknown }
        var fact = DisputeFundsPulled()
        fact.dispute = request.dispute
        fact.amount = Amount(minorUnits: request.amount)
        let legs = clearingLegs(dispute, fact.amount, isPulled: true)
        write(fact, of: number, legs, into: &events)
        return nil
    }

    mutating func decideReturnFunds(_ request: ReturnDisputeFunds, _ events: inout EventBatch) -> RefusalCode?
    {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        guard let dispute = findDispute(request.dispute, of: number) else { return .disputeUnknown }
        var fact = DisputeFundsReturned()
        fact.dispute = request.dispute
        fact.amount = Amount(minorUnits: request.amount)
        let legs = clearingLegs(dispute, fact.amount, isPulled: false)
        write(fact, of: number, legs, into: &events)
        return nil
    }

    private func clearingLegs(_ dispute: RowNumber, _ amount: Amount, isPulled: Bool) -> Legs {
        let (acquirer, payment) = (acquirerID(disputes[dispute]), payments[disputes[dispute].payment])
        let clearing = AccountID(.disputeClearing, payment.currency, of: acquirer)
        let transit = AccountID(.inTransit, payment.currency, of: acquirer)
        var legs = Legs()
        legs.move(
            amount, debit: isPulled ? clearing : transit, credit: isPulled ? transit : clearing)
        return legs
    }

    // MARK: Applying

    mutating func applyDisputeOpened(_ fact: DisputeOpened, _ event: EventHead) {
        let number = changePayment(of: event) { _ in }
        var row = DisputeRow(
            id: DisputeID(createdBy: event.sequence, shard: shard), paymentID: event.context.payment,
            amount: fact.amount, dueAt: fact.dueAt, acquirerNumber: fact.acquirer.number, payment: number,
            stage: fact.stage)
        row.accepted = fact.accepted
        appendDispute(disputes.insert(row), to: number)
        due.push(DueEntry(time: row.dueAt, kind: .dispute, id: row.id.raw))
    }

    private mutating func appendDispute(_ dispute: RowNumber, to payment: RowNumber) {
        var last = payments[payment].firstDispute
        if last.isNone { return payments.relink(payment) { $0.firstDispute = dispute } }
        while !disputes[last].next.isNone { last = disputes[last].next }
        disputes.relink(last) { $0.next = dispute }
    }

    mutating func applyDisputeAdvanced(_ fact: DisputeAdvanced, _ event: EventHead) {
        changeDispute(fact.dispute, event) { row in
            row.stage = fact.stage
            row.status = .needsResponse
            row.accepted = fact.accepted
            row.dueAt = fact.dueAt
            row.isSaidOtherwise = false
        }
        due.push(DueEntry(time: fact.dueAt, kind: .dispute, id: fact.dispute.raw))
    }

    mutating func setDisputeStatus(_ id: DisputeID, _ status: DisputeStatus, _ event: EventHead) {
        changeDispute(id, event) { $0.status = status }
    }

    mutating func applyChargebackFee(_ fact: ChargebackFeeCharged, _ event: EventHead) {
        changeDispute(fact.dispute, event) { $0.hasFee = true }
    }

    private mutating func changeDispute(
        _ id: DisputeID, _ event: EventHead, _ change: (inout DisputeRow) -> Void
    ) {
        changePayment(of: event) { _ in }
        let number = disputeNumber(id)
        var row = disputes[number]
        change(&row)
        disputes.update(number, row)
    }

    // MARK: Rows

    private func acquirerID(_ row: DisputeRow) -> AcquirerID {
        AcquirerID(number: row.acquirerNumber, shard: shard)
    }

    private func disputeNumber(_ id: DisputeID) -> RowNumber {
        guard let number = disputes.find(id.raw) else { invariantViolated("no dispute \(id.raw)") }
        return number
    }

    /// A dispute of this payment.
    private func findDispute(_ id: DisputeID, of payment: RowNumber) -> RowNumber? {
        guard let number = disputes.find(id.raw), disputes[number].payment == payment else { return nil }
        return number
    }
}
