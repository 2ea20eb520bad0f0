import Invariants
import Ledger

// From an order to a hold.
extension LedgerState {
    // MARK: Deciding

    mutating func decideRequestPayment(
        _ request: RequestPayment, _ events: inout EventBatch
    ) -> RefusalCode? {
        let action = request.order.risk.action
        let isCalled = action == .allow || action == .review
        if let refusal = newBusinessRefusal { return refusal }
        if isCalled, let refusal = acquirerRefusal(request.acquirer) { return refusal }
        if request.order.method != .card { return .methodNotCard }
        if isCalled, let refusal = circuitRefusal(request.acquirer) { return refusal }
        if let refusal = limitRefusal(request.order.amount) { return refusal }
        var fact = PaymentRequested()
        request.order.fill(&fact.terms)
        if isCalled {
            fact.acquirer = request.acquirer
            fact.attempt = 1
            fact.deadline = request.deadline
        }
        let number = payment(
            PaymentID(
                createdBy: write(fact, isNewPayment: true, into: &events), shard: shard))
        if action == .block {
            var fact = PaymentBlocked()
            fact.code = .riskBlocked
            write(fact, of: number, into: &events)
        } else if action == .challenge {
            requireAction(number, request.challenge, until: request.challengeEnds, &events)
        }
        return nil
    }

    /// A payment whose gateway call the caller made.
    mutating func decideRecordAuthorization(
        _ request: RecordAuthorization, _ events: inout EventBatch
    ) -> RefusalCode? {
        if let refusal = newBusinessRefusal { return refusal }
        if let refusal = acquirerRefusal(request.acquirer) { return refusal }
        if request.order.method != .card { return .methodNotCard }
        if let refusal = limitRefusal(request.order.amount) { return refusal }
        var fact = AuthorizationRecorded()
        request.order.fill(&fact.terms)
        let (amount, currency) = (fact.terms.amount, fact.terms.currency)
        let isCaptured = request.order.capture == .automatic && request.order.risk.action != .review
        let isOnline = findAcquirer(request.acquirer).map { acquirers[$0].settings.mode } == .online
        if isCaptured, !isOnline,
            let refusal = placeRefusal(
                author.merchant, request.acquirer, currency, request.place, amount)
        {
            return refusal
        }
        fact.acquirer = request.acquirer
        fact.expiresAt = request.expiresAt.isNone ? holdEnd(fact.terms) : request.expiresAt
        fact.gateway = request.gateway
        let legs = Self.expectedLegs(
            amount, currency, request.acquirer, author.merchant, isRelease: false)
        let sequence = write(fact, isNewPayment: true, legs, into: &events)
        if isCaptured {
            let number = payment(PaymentID(createdBy: sequence, shard: shard))
            captureIfAutomatic(number, request.place, &events)
        }
        return nil
    }

    /// What keeps a merchant from an order of this size, or the ledger from any.
    func limitRefusal(_ amount: Int64) -> RefusalCode? {
        if amount > merchants[askingMerchant].settings.paymentMax.minorUnits { return .exceedsPaymentMax }
        return payments.count >= Int(settings.livePaymentsMax) ? .busy : nil
    }

    func acquirerRefusal(_ id: AcquirerID) -> RefusalCode? {
        if id.isNone { return .acquirerRequired }
        return findAcquirer(id) == nil ? .acquirerUnknown : nil
    }

    /// What keeps the merchant that asks from new business.
    var newBusinessRefusal: RefusalCode? { merchants[askingMerchant].newBusinessRefusal }

    /// What keeps an acquirer from being called.
    func circuitRefusal(_ id: AcquirerID) -> RefusalCode? {
        guard let number = findAcquirer(id), acquirers[number].circuit.state == .open else { return nil }
        return acquirers[number].circuit.until > now ? .circuitOpen : nil
    }

    /// When the hold of an order ends, if nobody has told.
    private func holdEnd(_ terms: borrowing PaymentTerms) -> LedgerTime {
        terms.holdSpan.nanoseconds > 0
            ? now.adding(terms.holdSpan) : holdEnd(terms.card.brand, terms.initiator)
    }

    // MARK: Applying

    mutating func applyPaymentRequested(_ fact: PaymentRequested, _ event: EventHead) {
        countRisk(fact.terms, event)
        var payment = newPayment(event, fact.terms, phase: .processing)
        payment.attempt = fact.attempt
        payment.acquirerNumber = fact.acquirer.number
        _ = addPayment(payment)
        var row = AwaitedRow(payment.id, fact.terms, .decision)
        if fact.attempt > 0 { row.begin(fact.attempt, fact.acquirer, until: fact.deadline, at: event.time) }
        awaited.insert(row)
        if fact.attempt > 0 { pushDue(row) }
    }

    mutating func applyPaymentBlocked(_ fact: PaymentBlocked, _ event: EventHead) {
        let number = changePayment(of: event) { $0.phase = .blocked }
        endWaiting(number)
        finishKey(number, .blocked(fact.code), event)
    }

    mutating func applyDeclined(_ fact: Declined, _ event: EventHead) {
        let number = changePayment(of: event) { $0.phase = .declined }
        finishVoid(payments[number].voidRequest, .declined(fact.code), event)
        endWaiting(number)
        finishKey(number, .declined(fact.code), event)
    }

    mutating func applyAuthorizationRecorded(_ fact: AuthorizationRecorded, _ event: EventHead) {
        countRisk(fact.terms, event)
        var payment = newPayment(event, fact.terms, phase: .live)
        payment.hold(fact.terms.amount, until: fact.expiresAt, at: fact.acquirer, fact.gateway)
        let number = addPayment(payment)
        pushHoldDue(number)
        // Its key is final with the event, unless somebody has to look first.
        guard payment.flags.contains(.underReview) else { return }
        awaited.insert(AwaitedRow(payment.id, fact.terms, .review))
        awaitReview(number, event)
    }

    mutating func applyAuthorized(_ fact: Authorized, _ event: EventHead) {
        var void = SequenceNumber.none
        let number = changePayment(of: event) { row in
            void = row.voidRequest
            row.hold(fact.amount, until: fact.expiresAt, at: fact.acquirer, fact.gateway)
        }
        // It follows in the same commit.
        finishVoid(void, .done, event)
        pushHoldDue(number)
        if payments[number].flags.contains(.underReview) { return awaitReview(number, event) }
        endWaiting(number)
        finishKey(number, .done, event)
    }

    /// An approval under review waits for a person.
    private mutating func awaitReview(_ number: RowNumber, _ event: EventHead) {
        let end = event.time.adding(settings.reviewSpan)
        changeAwaited(number) { waiting in
            waiting.awaited = .review
            waiting.deadline = end
        }
    }

    /// The outcome of what the key of a payment asked for is final.
    mutating func finishKey(_ number: RowNumber, _ outcome: KeyOutcome, _ event: EventHead) {
        keys.finish(payments[number].id.createdBy, outcome, time: event.time)
    }
}

extension PaymentRow {
    /// Whoever answers, the payment is to be undone.
    mutating func requestVoid(by event: SequenceNumber) {
        flags.insert(.voidRequested)
        approval = event.raw
    }

    /// The event that asked for a void that waits for an answer.
    var voidRequest: SequenceNumber {
        flags.contains(.wasApproved) ? .none : SequenceNumber(raw: approval)
    }

    /// Money is held for it.
    mutating func hold(
        _ amount: Amount, until end: LedgerTime, at acquirer: AcquirerID, _ gateway: GatewayReference
    ) {
        phase = .live
        flags.insert(.wasApproved)
        acquirerNumber = acquirer.number
        authorized += amount
        held += amount
        expiresAt = end
        approval = Self.approval(gateway)
    }

    /// Tells approvals apart by what the acquirer calls them.
    static func approval(_ gateway: GatewayReference) -> UInt64 {
        var visitor = RowHashVisitor(RowHasher(table: .payments))
        var reference = gateway.reference
        visitor.text("reference", &reference)
        return UInt64(truncatingIfNeeded: visitor.hasher.finish())
    }
}

extension PaymentOrder {
    /// Puts what is ordered into the terms of a fact, its numbers checked; its form must be right.
    func fill(_ terms: inout PaymentTerms) {
        terms.amount = Amount(minorUnits: amount)
        terms.currency = LedgerState.checked(currency)
        terms.method = method
        terms.capture = capture
        terms.initiator = initiator
        terms.exemption = exemption
        terms.holdSpan = holdSpan
        terms.card = card
        terms.device = device
        terms.country = country
        terms.risk = risk
        terms.reference = reference
        terms.networkTransaction = networkTransaction
    }
}
