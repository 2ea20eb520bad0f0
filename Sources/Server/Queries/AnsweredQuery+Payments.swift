internal import Ledger
internal import LogStore
internal import Projections
internal import Protocol
internal import Replay

// Payments and what hangs on them.

extension PaymentQuery: ThingQuery {
    func answer<P: Platform>(
        _ asker: Asker, of ledger: inout BoundedLedger<P>, _ server: ServerPosition
    ) throws(AtticError) -> PaymentAnswer? {
        guard let detail = try ledger.detail(of: payment), asker.sees(detail.payment.merchant) else {
            return nil
        }
        var answer = PaymentAnswer()
        answer.payment = PaymentRecord(detail.payment)
        answer.holds = detail.holds.map(HoldRecord.init)
        answer.captures = detail.captures.map(CaptureRecord.init)
        answer.refunds = detail.refunds.map(RefundRecord.init)
        answer.disputes = detail.disputes.map(DisputeRecord.init)
        return answer
    }
}

extension PaymentsQuery: MerchantsOwnQuery {
    func answer<P: Platform>(
        _ asker: Asker, of ledger: inout BoundedLedger<P>, _ server: ServerPosition
    ) throws(AtticError) -> PaymentsAnswer? {
        ledger.state.of(asker.named(merchant)) { state in
            let page = state.payments(
                of: asker.named(merchant), status: status.word, from: after, limit: limit.pageLimit)
            var answer = PaymentsAnswer()
            (answer.next, answer.completeAfter) = (page.next, page.completeAfter)
            answer.payments = page.payments.map(PaymentRecord.init)
            return answer
        }
    }
}

extension HoldsQuery: MerchantsOwnQuery {
    func answer<P: Platform>(
        _ asker: Asker, of ledger: inout BoundedLedger<P>, _ server: ServerPosition
    ) throws(AtticError) -> AnswerPage<HoldRecord, PaymentID>? {
        ledger.state.of(asker.named(merchant)) { state in
            let page = state.holds(
                of: asker.named(merchant), after: Cursor(raw: after.raw), limit: limit.pageLimit)
            return AnswerPage(page.elements.map(HoldRecord.init), next: PaymentID(raw: page.next.raw))
        }
    }
}

extension PaymentRecord {
    fileprivate init(_ view: PaymentView) {
        self.init()
        (payment, merchant, status, currency) = (view.id, view.merchant, view.status, view.currency)
        (authorized, capturable, captured) = (view.authorized, view.capturable, view.captured)
        (settled, refundPending, refunded) = (view.settled, view.refundPending, view.refunded)
        (refundable, disputed, expiresAt) = (view.refundable, view.disputed, view.expiresAt)
        (isUnderReview, isVoidRequested) = (view.isUnderReview, view.isVoidRequested)
        latest = Position(view.latest)
    }
}

extension HoldRecord {
    fileprivate init(_ view: HoldView) {
        self.init()
        (hold, payment, held, expiresAt) = (view.id, view.payment, view.held, view.expiresAt)
    }
}

extension CaptureRecord {
    fileprivate init(_ row: CaptureRow) {
        self.init()
        (capture, amount, state) = (row.id, row.amount, row.state)
        (refunded, fee) = (row.refunded, row.fee)
    }
}

extension RefundRecord {
    fileprivate init(_ row: RefundRow) {
        self.init()
        (refund, payment, batch) = (row.id, row.paymentID, row.batchID)
        (amount, state) = (row.amount, row.state)
    }
}

extension DisputeRecord {
    init(_ view: DisputeView) {
        self.init()
        (dispute, payment, merchant) = (view.id, view.payment, view.merchant)
        (currency, stage, status) = (view.currency, view.stage, view.status)
        (amount, accepted, dueAt) = (view.amount, view.accepted, view.dueAt)
    }
}
