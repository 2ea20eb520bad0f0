// What a request is about: for what is due first, and for whoever draws requests.

package import Ledger

extension Request {
    /// The payment it names; none if it names none.
    package var payment: PaymentID {
        switch self {
        case .startAttempt(let body): body.payment
        case .claimAttempt(let body): body.payment
        case .answerAttempt(let body): body.payment
        case .loseAttempt(let body): body.payment
        case .answerInquiry(let body): body.payment
        case .declinePayment(let body): body.payment
        case .completeAction(let body): body.payment
        case .decideReview(let body): body.payment
        case .incrementAuthorization(let body): body.payment
        case .voidPayment(let body): body.payment
        case .reversePayment(let body): body.payment
        case .answerReversal(let body): body.payment
        case .capturePayment(let body): body.payment
        case .answerCapture(let body): body.payment
        case .voidCapture(let body): body.payment
        case .refundPayment(let body): body.payment
        case .submitRefund(let body): body.payment
        case .answerRefund(let body): body.payment
        case .acceptItem(let body): body.payment
        case .rejectItem(let body): body.payment
        case .withdrawItem(let body): body.payment
        case .settleItem(let body): body.payment
        case .openDispute(let body): body.payment
        case .advanceDispute(let body): body.payment
        case .submitEvidence(let body): body.payment
        case .acceptDispute(let body): body.payment
        case .decideDispute(let body): body.payment
        case .pullDisputeFunds(let body): body.payment
        case .returnDisputeFunds(let body): body.payment
        case .returnDebit(let body): body.payment
        case .openException(let body): body.payment
        default: .none
        }
    }

    /// The batch it is about as a whole; none if it is not about one.
    package var batch: BatchID {
        switch self {
        case .closeBatch(let body): body.batch
        case .submitBatch(let body): body.batch
        case .acknowledgeBatch(let body): body.batch
        case .failBatch(let body): body.batch
        case .reconcileBatch(let body): body.batch
        default: .none
        }
    }

    /// Whether it may put something into the open batch of its payment, or take something out.
    package var mayFillBatch: Bool {
        switch self {
        case .answerAttempt, .decideReview, .capturePayment, .answerCapture, .refundPayment, .reversePayment,
            .rejectItem, .voidCapture:
            true
        default: false
        }
    }

    /// Where a payment goes that is captured as soon as it is there.
    package var newPlace: (acquirer: AcquirerID, currency: Currency)? {
        let (order, acquirer): (PaymentOrder, AcquirerID)
        switch self {
        case .recordAuthorization(let body): (order, acquirer) = (body.order, body.acquirer)
        case .submitDebit(let body): (order, acquirer) = (body.order, body.acquirer)
        default: return nil
        }
        return Currency(number: order.currency).map { (acquirer, $0) }
    }

    /// What a fact names beside its payment.
    struct Told {
        var batch: BatchID = .none
        var acquirer: AcquirerID = .none
        var currency: UInt16 = 0
        var expected: Int64 = 0
        var actual: Int64 = 0
        /// What the other side calls it.
        var reference = Text<40>()
    }

    var told: Told {
        switch self {
        case .answerAttempt(let body):
            Told(acquirer: body.acquirer, actual: body.amount, reference: body.gateway.reference)
        case .answerRefund(let body): Told(reference: body.reference)
        case .answerPayout(let body): Told(reference: body.reference)
        case .acknowledgeBatch(let body): Told(batch: body.batch, reference: body.reference)
        case .submitBatch, .failBatch, .reconcileBatch: Told(batch: batch)
        case .acceptItem(let body): Told(batch: body.batch)
        case .rejectItem(let body): Told(batch: body.batch)
        case .settleItem(let body):
            Told(batch: body.batch, actual: body.amount, reference: body.reference)
        case .matchCash(let body):
            Told(
                batch: body.batch, acquirer: body.acquirer, currency: body.currency, actual: body.amount,
                reference: body.reference)
        case .netCost(let body):
            Told(batch: body.batch, acquirer: body.acquirer, currency: body.currency)
        case .openDispute(let body):
            Told(
                acquirer: body.acquirer, currency: body.currency, actual: body.amount,
                reference: body.reference)
        case .pullDisputeFunds(let body): Told(actual: body.amount)
        case .returnDisputeFunds(let body): Told(actual: body.amount)
        case .returnDebit(let body): Told(actual: body.amount)
        case .openException(let body):
            Told(
                batch: body.batch, acquirer: body.acquirer, currency: body.currency, expected: body.expected,
                actual: body.actual, reference: body.reference)
        default: Told()
        }
    }
}
