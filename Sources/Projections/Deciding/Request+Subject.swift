import Ledger

// What a request may do to batches, for what has to be looked at before it is decided.
extension Request {
    /// Whose batch of which currency a new payment would go to at once.
    var newPaymentPlace: (AcquirerID, Currency)? {
        let (order, acquirer): (PaymentOrder, AcquirerID)
        switch self {
        case .recordAuthorization(let request):
            (order, acquirer) = (request.order, request.acquirer)
        case .submitDebit(let request): (order, acquirer) = (request.order, request.acquirer)
        default: return nil
        }
        return Currency(number: order.currency).map { (acquirer, $0) }
    }
}
