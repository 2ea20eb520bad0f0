import Invariants
import Ledger

// Taking held money, and undoing it while its batch is open.
extension LedgerState {
    /// Captures a payment may have.
    static var captureCountMax: UInt8 { 50 }

    // MARK: Deciding

    mutating func decideCapture(_ request: CapturePayment, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        let row = payments[number]
        if let refusal = captureRefusal(row) { return refusal }
        let reserved = reserved(row)
        let free = row.held - min(row.held, reserved)
        if free.isZero { return reserved.isZero ? .alreadyCaptured : .captureInFlight }
        let amount = request.amount == 0 ? free : Amount(minorUnits: request.amount)
        guard amount <= capturable(row, free, reserved) else { return .exceedsAuthorized }
        guard row.captureCount < Self.captureCountMax else { return .tooManyCaptures }
        if isFileMode(row), let refusal = placeRefusal(row, request.place, amount) { return refusal }
        capture(
            number, amount, isFinal: request.isFinal, until: request.deadline, request.place, &events)
        return nil
    }

    /// What keeps a payment from being captured, whatever the amount.
    @inline(__always)
    private func captureRefusal(_ row: PaymentRow) -> RefusalCode? {
        if let refusal = row.phase.refusal { return refusal }
        return row.flags.contains(.underReview) ? .underReview : nil
    }

    /// What may still be captured: what is free of the hold, and what the merchant may take beyond the
    /// authorization.
    @inline(__always)
    private func capturable(_ row: PaymentRow, _ free: Amount, _ reserved: Amount) -> Amount {
        let beyond = merchants[merchantNumber(row)].settings.overcapture.of(row.authorized)
        let (limit, taken) = (row.authorized + beyond, row.captured + reserved)
        return limit < taken ? .zero : min(limit - taken, free + beyond)
    }

    /// Asked for at the acquirer and not answered.
    @inline(__always)
    func reserved(_ row: PaymentRow) -> Amount {
        var sum = Amount.zero
        var capture = row.firstCapture
        while !capture.isNone {
            if captures[capture].state.isReserved { sum += captures[capture].amount }
            capture = captures[capture].next
        }
        return sum
    }

    @inline(__always)
    private func settleAfter(_ row: PaymentRow) -> LedgerSpan {
        acquirers[acquirerNumber(row)].settings.settleAfter
    }

    @inline(__always)
    func isFileMode(_ row: PaymentRow) -> Bool { acquirers[acquirerNumber(row)].settings.mode == .file }

    /// Whether an approval is captured on the spot.
    @inline(__always)
    func capturesAtOnce(_ row: PaymentRow) -> Bool {
        row.flags.contains(.capturesAutomatically) && !row.flags.contains(.underReview)
    }

    /// Captures what a payment holds, if that was asked for and nobody has to look first.
    mutating func captureIfAutomatic(_ number: RowNumber, _ place: BatchPlace, _ events: inout EventBatch) {
        let row = payments[number]
        guard capturesAtOnce(row), !row.held.isZero else { return }
        // An approval is recorded whatever becomes of its capture: the merchant may still ask for one.
        if isFileMode(row), placeRefusal(row, place, row.held) != nil { return }
        capture(number, row.held, isFinal: true, until: .none, place, &events)
    }

    private mutating func capture(
        _ number: RowNumber, _ amount: Amount, isFinal: Bool, until deadline: LedgerTime,
        _ place: BatchPlace, _ events: inout EventBatch
    ) {
        let row = payments[number]
        if !isFileMode(row) {
            var fact = CaptureRequested()
            fact.amount = amount
            fact.isFinal = isFinal
            fact.deadline = deadline.isNone ? now.adding(settleAfter(row)) : deadline
            write(fact, of: number, into: &events)
        } else {
            let place = openBatch(for: row, place, &events)
            write(captured: CaptureID(createdBy: next, shard: shard), amount, isFinal, place, number, &events)
        }
    }

    private mutating func write(
        captured capture: CaptureID, _ amount: Amount, _ isFinal: Bool, _ place: BatchID,
        _ number: RowNumber, _ events: inout EventBatch
    ) {
        let row = payments[number]
        let used = min(amount, row.held)
        let isAnswered = captures.find(capture.raw) != nil
        let stillReserved = reserved(row) - (isAnswered ? amount : .zero)
        let rest = row.held - used
        var fact = Captured()
        fact.batch = place
        fact.capture = capture
        fact.amount = amount
        fact.isFinal = isFinal
        fact.released = isFinal ? rest - min(rest, stillReserved) : .zero
        var legs = Legs()
        legs.move(
            amount, debit: AccountID(.acquirerReceivable, row.currency, of: acquirerID(row)),
            credit: AccountID(.merchantPending, row.currency, of: merchantID(row)))
        legs.move(
            used + fact.released, debit: AccountID(.merchantPending, row.currency, of: merchantID(row)),
            credit: AccountID(.acquirerReceivable, row.currency, of: acquirerID(row)), .pending)
        write(fact, of: number, legs, into: &events)
    }

    mutating func decideAnswerCapture(_ request: AnswerCapture, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        guard let capture = findCapture(request.capture, of: number) else { return .captureUnknown }
        let row = captures[capture]
        switch (row.state.isReserved, request.answer) {
        case (true, .succeeded):
            let payment = payments[number]
            if let refusal = placeRefusal(payment, request.place, row.amount) { return refusal }
            let place = openBatch(for: payment, request.place, &events)
            write(captured: row.id, row.amount, row.flags.contains(.isFinal), place, number, &events)
        case (true, .failed):
            var fact = CaptureFailed()
            fact.capture = row.id
            fact.responseCode = request.responseCode
            let payment = payments[number]
            fact.reversal = !unclaimed(payment, reserved: reserved(payment) - row.amount).isZero
            write(fact, of: number, into: &events)
        case (true, .unknown):
            if row.state == .requested { loseCapture(capture, &events) }
        case (false, .succeeded) where row.state == .failed:
            if row.flags.contains(.saidSucceeded) { return nil }
            openException(
                .secondOutcome, of: number, actual: row.amount, cause: row.id.createdBy, &events)
        case (false, .failed) where row.state != .failed:
            if row.flags.contains(.saidFailed) { return nil }
            openException(
                .captureFailed, of: number, expected: row.amount, cause: row.id.createdBy, &events)
        default: break
        }
        return nil
    }

    /// Nobody knows what became of a capture asked for: told, or due.
    mutating func loseCapture(_ capture: RowNumber, _ events: inout EventBatch) {
        var fact = CaptureUnknown()
        fact.capture = captures[capture].id
        write(fact, of: captures[capture].payment, into: &events)
    }

    mutating func decideVoidCapture(_ request: VoidCapture, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        guard let capture = findCapture(request.capture, of: number) else { return .captureUnknown }
        if !isFileMode(payments[number]) { return .acquirerModeMismatch }
        if let refusal = voidRefusal(captures[capture]) { return refusal }
        // What disputes keep back stays captured.
        guard captures[capture].amount <= refundable(payments[number]) else { return .disputeOpen }
        voidCapture(capture, of: number, &events)
        return nil
    }

    /// What keeps a capture from leaving its batch.
    private func voidRefusal(_ row: CaptureRow) -> RefusalCode? {
        switch row.state {
        case .requested, .unknown: return .captureInFlight
        case .failed: return .captureFailed
        case .voided: return .captureVoided
        case .settled: return .captureSettled
        case .accepted, .rejected, .withdrawn: return .captureInClosedBatch
        case .captured: break
        }
        // It comes again: the merchant has had the money.
        if row.flags.contains(.wasSettled) { return .captureSettled }
        if !row.refunded.isZero { return .captureHasRefunds }
        return batches[row.batch].state == .open ? nil : .captureInClosedBatch
    }

    /// Whether giving all of a capture back is taking it out of its batch.
    func isVoidable(_ row: CaptureRow, of payment: PaymentRow) -> Bool {
        isFileMode(payment) && voidRefusal(row) == nil
    }

    /// - Parameter isFirst: whether something else was asked for, and this has to come before it.
    mutating func voidCapture(
        _ capture: RowNumber, of number: RowNumber, isFirst: Bool = false, _ events: inout EventBatch
    ) {
        let (row, payment) = (captures[capture], payments[number])
        var fact = CaptureVoided()
        fact.capture = row.id
        fact.amount = row.amount
        fact.batch = batches[row.batch].id
        fact.reversal = !unclaimed(payment, captured: payment.captured - row.amount).isZero
        var legs = Legs()
        legs.move(
            row.amount, debit: AccountID(.merchantPending, payment.currency, of: merchantID(payment)),
            credit: AccountID(.acquirerReceivable, payment.currency, of: acquirerID(payment)))
        write(fact, of: number, legs, isFirst: isFirst, into: &events)
    }

    // MARK: Applying

    mutating func applyCaptureRequested(_ fact: CaptureRequested, _ event: EventHead) {
        let id = CaptureID(createdBy: event.sequence, shard: shard)
        let number = changePayment(of: event) { $0.captureCount += 1 }
        var row = CaptureRow(
            id: id, amount: fact.amount, of: number, event.context.payment, state: .requested)
        if fact.isFinal { row.flags.insert(.isFinal) }
        appendCapture(captures.insert(row), to: number)
        captureCalls.insert(CaptureCallRow(id: id, deadline: fact.deadline))
        due.push(DueEntry(time: fact.deadline, kind: .capture, id: id.raw))
    }

    mutating func applyCaptured(_ fact: Captured, _ event: EventHead) {
        let batch = batchNumber(fact.batch)
        let number = payment(event.context.payment)
        // What a final capture lets go is taken from the holds in the same order.
        let used = min(fact.amount, payments[number].held) + fact.released
        useIncrements(number, used)
        let isAnswer = captures.find(fact.capture.raw) != nil
        if isAnswer {
            answerCapture(fact, batch, event)
        } else {
            var row = CaptureRow(
                id: fact.capture, amount: fact.amount, of: number, event.context.payment, state: .captured)
            row.enter(batch, fact.batch)
            appendCapture(captures.insert(row), to: number)
        }
        changePayment(number) { row in
            row.latest = event.sequence
            row.held -= used
            row.letGo += fact.released
            row.captured += fact.amount
            if !isAnswer { row.captureCount += 1 }
        }
        addItem(to: batch, event, captured: fact.amount)
    }

    /// A capture asked for online has succeeded.
    private mutating func answerCapture(_ fact: Captured, _ batch: RowNumber, _ event: EventHead) {
        changeCapture(captureNumber(fact.capture)) { row in
            row.state = .captured
            row.enter(batch, fact.batch)
        }
        endCall(fact.capture, .done, event)
    }

    mutating func appendCapture(_ capture: RowNumber, to payment: RowNumber) {
        var last = payments[payment].firstCapture
        if last.isNone { return payments.relink(payment) { $0.firstCapture = capture } }
        while !captures[last].next.isNone { last = captures[last].next }
        captures.relink(last) { $0.next = capture }
    }

    mutating func applyCaptureFailed(_ fact: CaptureFailed, _ event: EventHead) {
        let number = changePayment(of: event) { _ in }
        let capture = captureNumber(fact.capture)
        changeCapture(capture) { $0.state = .failed }
        endCall(fact.capture, .failed, event)
        if fact.reversal { reverseUnclaimed(number, event) }
        endIfNothingHeld(number, phase: .expired, event)
    }

    /// An acquirer has answered: that is the outcome of what was asked for.
    private mutating func endCall(_ capture: CaptureID, _ outcome: KeyOutcome, _ event: EventHead) {
        if let call = captureCalls.find(capture.raw) { captureCalls.remove(call) }
        keys.finish(capture.createdBy, outcome, time: event.time)
    }

    mutating func applyCaptureUnknown(_ fact: CaptureUnknown, _ event: EventHead) {
        changePayment(of: event) { _ in }
        let capture = captureNumber(fact.capture)
        changeCapture(capture) { $0.state = .unknown }
        if let call = captureCalls.find(fact.capture.raw) {
            captureCalls.update(call, CaptureCallRow(id: fact.capture, deadline: .none))
        }
    }

    mutating func applyCaptureVoided(_ fact: CaptureVoided, _ event: EventHead) {
        let number = changePayment(of: event) { $0.captured -= fact.amount }
        let capture = captureNumber(fact.capture)
        changeCapture(capture) { $0.state = .voided }
        removeItem(from: captures[capture].batch, event, captured: fact.amount)
        if payments[number].flags.contains(.isDebit) { finishKey(number, .done, event) }
        if fact.reversal { reverseUnclaimed(number, event) }
        endIfNothingHeld(number, phase: .voided, event)
    }

    // MARK: Rows

    /// A capture of this payment.
    func findCapture(_ id: CaptureID, of payment: RowNumber) -> RowNumber? {
        guard let number = captures.find(id.raw), captures[number].payment == payment else { return nil }
        return number
    }

    /// The row of a capture that an event names.
    func captureNumber(_ id: CaptureID) -> RowNumber {
        guard let number = captures.find(id.raw) else { invariantViolated("no capture \(id.raw)") }
        return number
    }

    @inline(__always)
    mutating func changeCapture(_ number: RowNumber, _ change: (inout CaptureRow) -> Void) {
        captures.modify(number, change)
    }
}
