// What a request is about, for what has to be looked at before it is decided.
extension Request {
    /// The payment it names; none if it names none.
    public var payment: PaymentID {
        switch self {
        case .startAttempt(let request): request.payment
        case .claimAttempt(let request): request.payment
        case .answerAttempt(let request): request.payment
        case .loseAttempt(let request): request.payment
        case .answerInquiry(let request): request.payment
        case .declinePayment(let request): request.payment
        case .completeAction(let request): request.payment
        case .decideReview(let request): request.payment
        case .incrementAuthorization(let request): request.payment
        case .voidPayment(let request): request.payment
        case .reversePayment(let request): request.payment
        case .answerReversal(let request): request.payment
        case .capturePayment(let request): request.payment
        case .answerCapture(let request): request.payment
        case .voidCapture(let request): request.payment
        case .refundPayment(let request): request.payment
        case .submitRefund(let request): request.payment
        case .answerRefund(let request): request.payment
        case .acceptItem(let request): request.payment
        case .rejectItem(let request): request.payment
        case .withdrawItem(let request): request.payment
        case .settleItem(let request): request.payment
        default: paymentOfDispute
        }
    }

    private var paymentOfDispute: PaymentID {
        switch self {
        case .openDispute(let request): request.payment
        case .advanceDispute(let request): request.payment
        case .submitEvidence(let request): request.payment
        case .acceptDispute(let request): request.payment
        case .decideDispute(let request): request.payment
        case .pullDisputeFunds(let request): request.payment
        case .returnDisputeFunds(let request): request.payment
        case .returnDebit(let request): request.payment
        case .openException(let request): request.payment
        default: .none
        }
    }

    /// The batch it is about as a whole; none if it is about none.
    public var batch: BatchID {
        switch self {
        case .closeBatch(let request): request.batch
        case .submitBatch(let request): request.batch
        case .acknowledgeBatch(let request): request.batch
        case .failBatch(let request): request.batch
        case .reconcileBatch(let request): request.batch
        default: .none
        }
    }
}
