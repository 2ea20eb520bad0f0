import Invariants
import Ledger

// Money held for a payment: the first hold in the payment's row, further ones in rows of their own.
extension LedgerState {
    /// Further holds a payment may have.
    static var incrementCountMax: Int { 10 }

    // MARK: Deciding

    mutating func decideIncrement(_ request: IncrementAuthorization, _ events: inout EventBatch)
        -> RefusalCode?
    {
        if let refusal = newBusinessRefusal { return refusal }
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        let row = payments[number]
        if let refusal = row.phase.refusal { return refusal }
        if row.held.isZero { return .alreadyCaptured }
        if !reserved(row).isZero { return .captureInFlight }
        let amount = Amount(minorUnits: request.amount)
        let paymentMax = merchants[merchantNumber(row)].settings.paymentMax
        if row.authorized + amount > paymentMax { return .exceedsPaymentMax }
        guard row.incrementCount < Self.incrementCountMax else { return .tooManyIncrements }
        var fact = AuthorizationIncremented()
        fact.acquirer = acquirerID(row)
        fact.amount = amount
        fact.expiresAt =
            request.expiresAt.isNone
            ? holdEnd(row.brand, row.flags.contains(.isByMerchant) ? .merchant : .customer)
            : request.expiresAt
        fact.gateway = request.gateway
        write(
            fact, of: number, expectedLegs(row, amount, isRelease: false),
            into: &events)
        return nil
    }

    /// When a hold ends that nobody said otherwise about.
    func holdEnd(_ brand: CardBrand, _ initiator: Initiator) -> LedgerTime {
        now.adding(core.holdSpans.span(brand, initiator) ?? settings.holdSpan)
    }

    /// Money expected to move from the acquirer to the merchant, or no longer.
    @inline(__always)
    func expectedLegs(_ row: PaymentRow, _ amount: Amount, isRelease: Bool) -> Legs {
        Self.expectedLegs(amount, row.currency, acquirerID(row), merchantID(row), isRelease: isRelease)
    }

    static func expectedLegs(
        _ amount: Amount, _ currency: Currency, _ acquirer: AcquirerID, _ merchant: MerchantID,
        isRelease: Bool
    ) -> Legs {
        let receivable = AccountID(.acquirerReceivable, currency, of: acquirer)
        let pending = AccountID(.merchantPending, currency, of: merchant)
        var legs = Legs()
        if isRelease {
            legs.move(amount, debit: pending, credit: receivable, .pending)
        } else {
            legs.move(amount, debit: receivable, credit: pending, .pending)
        }
        return legs
    }

    /// The first hold of a payment has ended: due.
    mutating func expireHold(_ number: RowNumber, _ events: inout EventBatch) {
        let row = payments[number]
        writeHoldExpired(HoldID(raw: row.id.raw), firstHeld(row), of: number, &events)
    }

    /// A further hold has ended: due.
    mutating func expireIncrement(_ hold: RowNumber, _ events: inout EventBatch) {
        let row = holds[hold]
        writeHoldExpired(row.id, row.held, of: row.payment, &events)
    }

    private mutating func writeHoldExpired(
        _ hold: HoldID, _ amount: Amount, of number: RowNumber, _ events: inout EventBatch
    ) {
        var fact = HoldExpired()
        fact.hold = hold
        fact.amount = amount
        fact.reversal = !unclaimed(payments[number], held: payments[number].held - amount).isZero
        write(
            fact, of: number, expectedLegs(payments[number], amount, isRelease: true),
            into: &events)
    }

    mutating func announceExpiry(_ number: RowNumber, _ events: inout EventBatch) {
        var fact = HoldExpiring()
        fact.amount = payments[number].held
        fact.expiresAt = payments[number].expiresAt
        write(fact, of: number, into: &events)
    }

    // MARK: Applying

    mutating func applyIncremented(_ fact: AuthorizationIncremented, _ event: EventHead) {
        let number = payment(event.context.payment)
        let hold = holds.insert(
            HoldRow(
                id: HoldID(createdBy: event.sequence, shard: shard), paymentID: event.context.payment,
                held: fact.amount, expiresAt: fact.expiresAt, payment: number))
        var last = payments[number].firstIncrement
        while !last.isNone, !holds[last].next.isNone { last = holds[last].next }
        if !last.isNone { holds.relink(last) { $0.next = hold } }
        changePayment(of: event) { row in
            row.authorized += fact.amount
            row.held += fact.amount
            row.incrementCount += 1
            if last.isNone { row.firstIncrement = hold }
        }
        due.push(DueEntry(time: fact.expiresAt, kind: .increment, id: event.sequence.raw))
    }

    mutating func applyHoldExpired(_ fact: HoldExpired, _ event: EventHead) {
        let number = changePayment(of: event) { _ in }
        if fact.hold.raw != event.context.payment.raw {
            guard let hold = holds.find(fact.hold.raw) else { invariantViolated("no hold \(fact.hold.raw)") }
            changeHold(hold) { $0.held = .zero }
        }
        changePayment(number) { $0.held -= fact.amount }
        if fact.reversal { reverseUnclaimed(number, event) }
        endIfNothingHeld(number, phase: .expired, event)
    }

    mutating func applyHoldExpiring(_ event: EventHead) {
        let number = changePayment(of: event) { $0.flags.insert(.expiryAnnounced) }
        pushHoldDue(number)
    }

    /// Of what is held for a payment, what its first hold has.
    @inline(__always)
    func firstHeld(_ row: PaymentRow) -> Amount {
        var held = row.held
        var hold = row.firstIncrement
        while !hold.isNone {
            held -= holds[hold].held
            hold = holds[hold].next
        }
        return held
    }

    /// Takes from further holds what is theirs of an amount taken from all holds of a payment: what ends
    /// first, first; then by id. The sum in the payment's row is the caller's to change.
    mutating func useIncrements(_ number: RowNumber, _ amount: Amount) {
        let row = payments[number]
        guard !row.firstIncrement.isNone else { return }
        var left = amount
        var first = firstHeld(row)
        while !left.isZero {
            let hold = nextHold(row, first)
            let used = min(left, hold.isNone ? first : holds[hold].held)
            invariant(!used.isZero, "payment \(row.id.raw) has less held than is used")
            if hold.isNone { first -= used } else { changeHold(hold) { $0.held -= used } }
            left -= used
        }
    }

    /// The hold with money that ends first: a further one, or none for the first.
    private func nextHold(_ row: PaymentRow, _ firstHeld: Amount) -> RowNumber {
        var best = RowNumber.none
        var (isFound, end) = (!firstHeld.isZero, row.expiresAt)
        var hold = row.firstIncrement
        while !hold.isNone {
            if !holds[hold].held.isZero, !isFound || holds[hold].expiresAt < end {
                best = hold
                (isFound, end) = (true, holds[hold].expiresAt)
            }
            hold = holds[hold].next
        }
        return best
    }

    /// Empties every hold of a payment.
    mutating func releaseHolds(_ number: RowNumber) {
        var hold = payments[number].firstIncrement
        while !hold.isNone {
            if !holds[hold].held.isZero { changeHold(hold) { $0.held = .zero } }
            hold = holds[hold].next
        }
        changePayment(number) { $0.held = .zero }
    }

    private mutating func changeHold(_ number: RowNumber, _ change: (inout HoldRow) -> Void) {
        var row = holds[number]
        change(&row)
        holds.update(number, row)
    }

    /// When the first hold of a payment asks for attention next: to be announced as expiring, or to end.
    mutating func pushHoldDue(_ number: RowNumber) {
        let row = payments[number]
        let announced = row.flags.contains(.expiryAnnounced)
        due.push(
            DueEntry(
                time: announced ? row.expiresAt : row.expiresAt.subtracting(settings.noticeSpan),
                kind: .hold, id: row.id.raw))
    }

    /// The end of a payment of which nothing was captured and nothing is held or asked for any more.
    mutating func endIfNothingHeld(_ number: RowNumber, phase: PaymentPhase, _ event: EventHead) {
        let row = payments[number]
        guard row.held.isZero else { return }
        if row.flags.contains(.underReview) { endReview(number, event) }
        guard row.captured.isZero, reserved(row).isZero else { return }
        changePayment(number) { $0.phase = phase }
    }
}
