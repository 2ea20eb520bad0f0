package import Ledger

/// What a command or an event will have the state look at, as far as it can be told beforehand. 72 bytes.
///
/// Made where commands arrive, so that the thread that decides them has nothing left to work out.
package struct Outlook: BitwiseCopyable, Sendable {
    let payment: PaymentID
    let merchant: MerchantID
    let key: Hash128
    /// Where the event will be; none if that is not known yet.
    let sequence: SequenceNumber
    /// Whether it makes a payment instead of naming one.
    let makesPayment: Bool
    /// Of what makes a payment: the merchant's account for what is not settled, and the risk windows of
    /// merchant and card. 0 if there is none, or nobody could have it.
    private(set) var pending: UInt64 = 0
    private(set) var merchantSubject: UInt64 = 0
    private(set) var cardSubject: UInt64 = 0

    /// Of a command that is to be decided.
    package init(_ command: borrowing Command) {
        payment = command.payment
        merchant = command.merchant
        key = command.key
        sequence = .none
        switch command.operation {
        case .recordAuthorization, .requestPayment, .submitDebit:
            makesPayment = true
            if let order = command.request.order { look(order.card.fingerprint, order.currency) }
        default: makesPayment = false
        }
    }

    /// Of an event that is to be applied.
    package init(_ event: borrowing Event) {
        payment = event.context.payment
        merchant = event.context.merchant
        key = event.context.key
        sequence = event.sequence
        makesPayment = payment.createdBy == sequence
        if makesPayment, let terms = event.fact.terms { look(terms.card.fingerprint, terms.currency.number) }
    }

    /// Nobody has checked yet what a command says: a merchant or a currency that cannot be has no rows.
    private mutating func look(_ card: UInt64, _ currency: UInt16) {
        guard let currency = Currency(number: currency), !merchant.isNone, merchant.raw < 1 << 42 else {
            return
        }
        pending = AccountID(.merchantPending, currency, of: merchant).raw
        merchantSubject = RiskSubject.merchant(merchant, currency)
        if card != 0 { cardSubject = RiskSubject.card(card, currency) }
    }
}

extension Request {
    fileprivate var order: PaymentOrder? {
        switch self {
        case .recordAuthorization(let request): request.order
        case .requestPayment(let request): request.order
        case .submitDebit(let request): request.order
        default: nil
        }
    }
}

extension Fact {
    fileprivate var terms: PaymentTerms? {
        switch self {
        case .authorizationRecorded(let fact): fact.terms
        case .paymentRequested(let fact): fact.terms
        case .debitSubmitted(let fact): fact.terms
        default: nil
        }
    }
}
