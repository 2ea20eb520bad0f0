// A payment until it is held: the order, the intent, the hold.

import Ledger

extension LedgerModel {
    func requestPayment(_ body: RequestPayment, _ merchant: MerchantID) throws(Refusal) {
        let action = body.order.risk.action
        let isCalled = action == .allow || action == .review
        try checkActive(merchant)
        let acquirer = isCalled ? try toldAcquirer(body.acquirer) : nil
        if body.order.method != .card { throw Refusal(.methodNotCard) }
        if let acquirer { try checkCircuit(acquirer) }
        try checkRoom(body.order, merchant)

        let index = try addPayment(body.order, merchant)
        write(
            .paymentRequested, of: index,
            says: [
                "order": body.order, "acquirer": isCalled ? body.acquirer : AcquirerID.none,
                "attempt": UInt8(isCalled ? 1 : 0), "deadline": isCalled ? body.deadline : LedgerTime.none,
            ])
        switch action {
        case .allow, .review: startCall(of: index, at: body.acquirer, until: body.deadline)
        case .block:
            state.payments[index].phase = .blocked
            write(.paymentBlocked, of: index, says: ["code": DeclineCode.riskBlocked])
            end(.payment(state.payments[index].id), .blocked(.riskBlocked))
        case .challenge: requireAction(of: index, body.challenge, until: body.challengeEnds)
        }
    }

    func recordAuthorization(_ body: RecordAuthorization, _ merchant: MerchantID) throws(Refusal) {
        try checkActive(merchant)
        _ = try toldAcquirer(body.acquirer)
        if body.order.method != .card { throw Refusal(.methodNotCard) }
        try checkRoom(body.order, merchant)
        let currency = try currency(body.order.currency)
        if body.order.capture == .automatic, body.order.risk.action != .review, !isOnline(body.acquirer) {
            try checkPlace(
                body.place, .init(merchant: merchant, acquirer: body.acquirer, currency: currency),
                captured: body.order.amount)
        }

        let index = try addPayment(body.order, merchant)
        state.payments[index].acquirer = body.acquirer
        let ends = body.expiresAt.isNone ? holdEnd(of: index, asAsked: true) : body.expiresAt
        hold(
            body.order.amount, of: index, until: ends, as: .authorizationRecorded,
            says: [
                "order": body.order, "acquirer": body.acquirer, "expiresAt": ends, "gateway": body.gateway,
            ])
        approve(index, body.place)
    }

    /// Makes it live: under review, or captured at once if it is to be.
    func approve(_ index: Int, _ place: BatchPlace) {
        state.payments[index].phase = .live
        if state.payments[index].order.risk.action == .review {
            state.payments[index].isUnderReview = true
            state.payments[index].reviewEnds = lastTime.adding(state.settings.reviewSpan)
        } else {
            end(.payment(state.payments[index].id), .done)
            captureAutomatically(index, place)
        }
    }

    /// The acquirer of a command that must name one.
    func toldAcquirer(_ id: AcquirerID) throws(Refusal) -> ModelState.Acquirer {
        if id.isNone { throw Refusal(.acquirerRequired) }
        return try acquirer(id)
    }

    /// Limits of one payment, and of all.
    func checkRoom(_ order: PaymentOrder, _ merchant: MerchantID) throws(Refusal) {
        let max = state.merchants[merchant]?.settings.paymentMax ?? .zero
        if order.amount > max.minorUnits { throw Refusal(.exceedsPaymentMax) }
        if state.payments.count >= state.settings.livePaymentsMax { throw Refusal(.busy) }
    }

    /// A payment named after the event that is written next.
    func addPayment(_ order: PaymentOrder, _ merchant: MerchantID) throws(Refusal) -> Int {
        let id = PaymentID(createdBy: nextSequence, shard: shard)
        let payment = ModelPayment(
            id: id, merchant: merchant, order: order, currency: try currency(order.currency))
        state.payments.append(payment)
        state.paymentIndex[id] = state.payments.count - 1
        return state.payments.count - 1
    }

    /// The end of a hold nobody told the end of.
    func holdEnd(of index: Int, asAsked: Bool) -> LedgerTime {
        let order = state.payments[index].order
        if asAsked, order.holdSpan.nanoseconds > 0 { return now.adding(order.holdSpan) }
        let key = ModelState.HoldSpanKey(network: order.card.brand, initiator: order.initiator)
        return now.adding(state.holdSpans[key] ?? state.settings.holdSpan)
    }

    /// Writes an approval: a hold, named after its event.
    func hold(
        _ amount: Int64, of index: Int, until ends: LedgerTime, as type: FactType, says said: Said
    ) {
        let payment = state.payments[index]
        var posting = Posting()
        posting.move(
            amount, debit: payment.ofAcquirer(.acquirerReceivable),
            credit: payment.ofMerchant(.merchantPending),
            .pending)
        let event = write(type, of: index, posting, says: said)
        state.payments[index].authorized += amount
        state.payments[index].holds.append(
            .init(
                id: HoldID(createdBy: event, shard: shard), left: amount, ends: ends,
                noticeAt: ends.subtracting(state.settings.noticeSpan)))
    }

    /// The legs that let go so much of what is held.
    func release(_ amount: Int64, of payment: ModelPayment, _ posting: inout Posting) {
        posting.move(
            amount, debit: payment.ofMerchant(.merchantPending),
            credit: payment.ofAcquirer(.acquirerReceivable),
            .pending)
    }

    /// A call is to be made: the event that says so was the last one.
    func startCall(of index: Int, at acquirer: AcquirerID, until deadline: LedgerTime) {
        state.payments[index].phase = .processing
        state.payments[index].acquirer = acquirer
        state.payments[index].attempts.append(
            .init(acquirer: acquirer, began: lastTime, deadline: deadline))
    }

    func requireAction(of index: Int, _ challenge: Hash128, until ends: LedgerTime) {
        state.payments[index].phase = .requiresAction
        state.payments[index].challengeEnds = ends
        write(.actionRequired, of: index, says: ["challenge": challenge, "expiresAt": ends])
    }
}
