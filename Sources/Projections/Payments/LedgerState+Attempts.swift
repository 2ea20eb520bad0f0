import Invariants
import Ledger

// Asking a gateway, and what it says: once, again, late, never.
extension LedgerState {
    static var attemptMax: UInt8 { 3 }

    // MARK: Deciding

    mutating func decideStartAttempt(_ request: StartAttempt, _ events: inout EventBatch) -> RefusalCode? {
        if let refusal = newBusinessRefusal ?? acquirerRefusal(request.acquirer) { return refusal }
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        let row = payments[number]
        if let refusal = decisionRefusal(row) { return refusal }
        if row.flags.contains(.voidRequested) { return .voidRequested }
        if let refusal = circuitRefusal(request.acquirer) { return refusal }
        guard row.attempt < Self.attemptMax else { return .tooManyAttempts }
        startAttempt(number, request.acquirer, until: request.deadline, &events)
        return nil
    }

    mutating func startAttempt(
        _ number: RowNumber, _ acquirer: AcquirerID, until deadline: LedgerTime, _ events: inout EventBatch
    ) {
        var fact = AttemptStarted()
        fact.attempt = payments[number].attempt + 1
        fact.acquirer = acquirer
        fact.deadline = deadline
        write(fact, of: number, into: &events)
    }

    /// What keeps anybody from trying on, or from giving up.
    private func decisionRefusal(_ row: PaymentRow) -> RefusalCode? {
        if row.phase == .live { return .attemptNotOpen }
        if row.phase != .processing { return row.phase.refusal }
        return awaited(row.id)?.awaited == .decision ? nil : .paymentProcessing
    }

    mutating func decideClaim(_ request: ClaimAttempt, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        let row = payments[number]
        if request.attempt != row.attempt || row.attempt == 0 { return .attemptUnknown }
        guard let waiting = awaited(row.id), waiting.awaited == .answer else { return .attemptNotOpen }
        if waiting.worker == request.worker { return nil }
        if waiting.worker != 0 { return .attemptClaimed }
        var fact = AttemptClaimed()
        fact.attempt = request.attempt
        fact.worker = request.worker
        fact.deadline = request.deadline
        write(fact, of: number, into: &events)
        return nil
    }

    mutating func decideLose(_ request: LoseAttempt, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        let row = payments[number]
        if request.attempt == 0 || request.attempt > row.attempt { return .attemptUnknown }
        if request.attempt == row.attempt, awaited(row.id)?.awaited == .answer {
            loseAttempt(number, &events)
        }
        return nil
    }

    /// Nobody knows what became of the open attempt: told, or due.
    mutating func loseAttempt(_ number: RowNumber, _ events: inout EventBatch) {
        guard let waiting = awaited(payments[number].id) else { return }
        var fact = AttemptUnknown()
        fact.attempt = waiting.attempt
        fact.acquirer = AcquirerID(number: waiting.acquirerNumber, shard: shard)
        write(fact, of: number, into: &events)
    }

    mutating func decideAnswer(_ request: AnswerAttempt, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        let row = payments[number]
        if request.attempt == 0 || request.attempt > row.attempt { return .attemptUnknown }
        guard request.attempt == row.attempt, let waiting = awaited(row.id), waiting.isCalled else {
            answerAgain(request, number, &events)
            return nil
        }
        answer(request, number, waiting, &events)
        return nil
    }

    /// The first answer to the latest attempt.
    private mutating func answer(
        _ request: AnswerAttempt, _ number: RowNumber, _ waiting: AwaitedRow, _ events: inout EventBatch
    ) {
        let isUnwanted = payments[number].flags.contains(.voidRequested)
        switch request.answer {
        case .approved: approve(request, number, waiting, &events)
        case .declined: decline(number, waiting, request.code, request.gateway, &events)
        case .failed: fail(number, waiting, request.failure, request.gateway, &events)
        case .actionRequired where waiting.attempt >= Self.attemptMax:
            decline(number, waiting, .authenticationRequired, request.gateway, &events)
        case .actionRequired where isUnwanted:
            fail(number, waiting, .softDecline, request.gateway, &events)
        case .actionRequired:
            requireAction(number, request.challenge, until: request.challengeEnds, &events)
        }
    }

    private mutating func approve(
        _ request: AnswerAttempt, _ number: RowNumber, _ waiting: AwaitedRow, _ events: inout EventBatch
    ) {
        let row = payments[number]
        let acquirer = AcquirerID(number: waiting.acquirerNumber, shard: shard)
        let isUnwanted = row.flags.contains(.voidRequested)
        let told = request.amount == 0 ? waiting.amount : Amount(minorUnits: request.amount)
        var fact = Authorized()
        fact.attempt = waiting.attempt
        fact.acquirer = acquirer
        fact.currency = row.currency
        fact.amount = min(told, waiting.amount)
        fact.expiresAt = holdEnd(told: request.expiresAt, waiting, row)
        fact.gateway = request.gateway
        let legs = Self.expectedLegs(fact.amount, row.currency, acquirer, merchantID(row), isRelease: false)
        write(fact, of: number, legs, into: &events)
        if told > waiting.amount {
            openException(
                .amountOver, of: number, expected: waiting.amount, actual: told, isPaid: false, &events)
        }
        if isUnwanted {
            void(number, .requested, &events)
        } else {
            captureIfAutomatic(number, request.place, &events)
        }
    }

    /// When an approved hold ends: as told, if it was, though not later than any hold may; an end that has
    /// come already is due at once.
    private func holdEnd(told: LedgerTime, _ waiting: AwaitedRow, _ row: PaymentRow) -> LedgerTime {
        if !told.isNone { return min(told, now.adding(HoldSpans.spanMax)) }
        if waiting.holdSpan.nanoseconds > 0 { return now.adding(waiting.holdSpan) }
        return holdEnd(row.brand, row.flags.contains(.isByMerchant) ? .merchant : .customer)
    }

    private mutating func decline(
        _ number: RowNumber, _ waiting: AwaitedRow, _ code: DeclineCode, _ gateway: GatewayReference,
        _ events: inout EventBatch
    ) {
        var fact = Declined()
        fact.attempt = waiting.attempt
        fact.acquirer = AcquirerID(number: waiting.acquirerNumber, shard: shard)
        fact.code = code
        fact.responseCode = gateway.responseCode
        write(fact, of: number, into: &events)
    }

    private mutating func fail(
        _ number: RowNumber, _ waiting: AwaitedRow, _ failure: AttemptFailure, _ gateway: GatewayReference,
        _ events: inout EventBatch
    ) {
        var fact = AttemptFailed()
        fact.attempt = waiting.attempt
        fact.acquirer = AcquirerID(number: waiting.acquirerNumber, shard: shard)
        fact.failure = failure
        fact.responseCode = gateway.responseCode
        write(fact, of: number, into: &events)
        voidIfRequested(number, &events)
    }

    /// A payment that nobody wants any more, and of which it is certain now that no gateway has approved it.
    private mutating func voidIfRequested(_ number: RowNumber, _ events: inout EventBatch) {
        if payments[number].flags.contains(.voidRequested) { void(number, .requested, &events) }
    }

    /// An answer to an attempt whose answer is known, or that was given up.
    private mutating func answerAgain(
        _ request: AnswerAttempt, _ number: RowNumber, _ events: inout EventBatch
    ) {
        let row = payments[number]
        guard request.answer == .approved else {
            if request.attempt == row.attempt { contradictApproval(number, &events) }
            return
        }
        // The payment knows the acquirer of its latest attempt only; of others, whoever answers tells.
        let isToldOf = request.attempt != row.attempt && findAcquirer(request.acquirer) != nil
        let acquirer = isToldOf ? request.acquirer : acquirerID(row)
        // An acquirer that goes by our reference answers every attempt with the one approval it has.
        let isKnown = acquirer == acquirerID(row) && PaymentRow.approval(request.gateway) == row.approval
        if row.flags.contains(.wasApproved) && isKnown { return }
        if isReversed(row.id, attempt: request.attempt, request.gateway) { return }
        let amount = Amount(minorUnits: request.amount)
        let kind: ExceptionKind = row.flags.contains(.wasApproved) ? .secondOutcome : .lateApproval
        openException(kind, of: number, acquirer: acquirer, actual: amount, &events)
        var fact = ReversalRequested()
        fact.acquirer = acquirer
        fact.attempt = request.attempt
        fact.currency = row.currency
        fact.amount = amount
        fact.gateway = request.gateway
        write(fact, of: number, into: &events)
    }

    /// The latest attempt is told not to have been approved. If it was, that is an exception, once.
    private mutating func contradictApproval(_ number: RowNumber, _ events: inout EventBatch) {
        let row = payments[number]
        guard row.flags.contains(.wasApproved), !row.flags.contains(.saidNotApproved) else { return }
        openException(
            .secondOutcome, of: number, expected: row.authorized, cause: row.id.createdBy, &events)
    }

    mutating func decideInquiry(_ request: AnswerInquiry, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        let row = payments[number]
        if request.attempt == 0 || request.attempt > row.attempt { return .attemptUnknown }
        if request.attempt < row.attempt { return nil }
        guard let waiting = awaited(row.id), waiting.awaited == .inquiry else {
            // It may still be answered, and is asked about when it was not.
            if awaited(row.id)?.awaited == .answer { return .attemptNotOpen }
            contradictApproval(number, &events)
            return nil
        }
        let acquirer = AcquirerID(number: waiting.acquirerNumber, shard: shard)
        let settleAfter = findAcquirer(acquirer).map { acquirers[$0].settings.settleAfter } ?? .seconds(0)
        var fact = AttemptNotFound()
        fact.attempt = waiting.attempt
        fact.acquirer = acquirer
        fact.answers = waiting.notFoundCount == .max ? .max : waiting.notFoundCount + 1
        fact.isConclusive =
            request.answer == .cancelled
            || fact.answers >= 2 && waiting.startedAt.adding(settleAfter) <= now
        write(fact, of: number, into: &events)
        if fact.isConclusive { voidIfRequested(number, &events) }
        return nil
    }

    mutating func decideDecline(_ request: DeclinePayment, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findPayment(request.payment) else { return .paymentUnknown }
        if let refusal = decisionRefusal(payments[number]) { return refusal }
        decline(number, request.code, &events)
        return nil
    }

    /// Declined by nobody outside.
    mutating func decline(_ number: RowNumber, _ code: DeclineCode, _ events: inout EventBatch) {
        var fact = Declined()
        fact.code = code
        write(fact, of: number, into: &events)
    }

    // MARK: Applying

    mutating func applyAttemptStarted(_ fact: AttemptStarted, _ event: EventHead) {
        let number = changePayment(of: event) { row in
            row.phase = .processing
            row.attempt = fact.attempt
            row.acquirerNumber = fact.acquirer.number
        }
        changeAwaited(number) { $0.begin(fact.attempt, fact.acquirer, until: fact.deadline, at: event.time) }
    }

    mutating func applyAttemptClaimed(_ fact: AttemptClaimed, _ event: EventHead) {
        let number = changePayment(of: event) { _ in }
        changeAwaited(number) { row in
            row.worker = fact.worker
            row.deadline = fact.deadline
        }
    }

    mutating func applyAttemptFailed(_ event: EventHead) {
        awaitDecision(changePayment(of: event) { $0.phase = .processing })
    }

    mutating func applyAttemptUnknown(_ event: EventHead) {
        let number = changePayment(of: event) { $0.phase = .unknown }
        changeAwaited(number) { row in
            row.awaited = .inquiry
            row.deadline = .none
        }
    }

    mutating func applyAttemptNotFound(_ fact: AttemptNotFound, _ event: EventHead) {
        let number = changePayment(of: event) { row in if fact.isConclusive { row.phase = .processing } }
        changeAwaited(number) { $0.notFoundCount = fact.answers }
        if fact.isConclusive { awaitDecision(number) }
    }

    private mutating func awaitDecision(_ number: RowNumber) {
        changeAwaited(number) { row in
            row.awaited = .decision
            row.deadline = .none
        }
    }
}

extension AwaitedRow {
    /// Whether a call has been made, or may have been, that nobody has answered.
    var isCalled: Bool { awaited == .answer || awaited == .inquiry }
}
