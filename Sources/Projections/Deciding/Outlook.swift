package import Ledger

/// What a command or an event will have the state look at, as far as it can be told beforehand. 64 bytes.
package struct Outlook: BitwiseCopyable, Sendable {
    let payment: PaymentID
    let merchant: MerchantID
    let key: Hash128
    /// The keyed fingerprint of the card; 0 if none.
    let card: UInt64
    /// Where the event will be; none if that is not known yet.
    let sequence: SequenceNumber
    /// ISO number; 0 if the payment tells.
    let currency: UInt16
    /// Whether it makes a payment instead of naming one.
    let makesPayment: Bool

    /// Of a command that is to be decided.
    package init(_ command: borrowing Command) {
        payment = command.payment
        merchant = command.merchant
        key = command.key
        sequence = .none
        switch command.operation {
        case .recordAuthorization, .requestPayment, .submitDebit:
            let order = command.request.order
            makesPayment = true
            card = order?.card.fingerprint ?? 0
            currency = order?.currency ?? 0
        default:
            makesPayment = false
            card = 0
            currency = 0
        }
    }

    /// Of an event that is to be applied.
    package init(_ event: borrowing Event) {
        payment = event.context.payment
        merchant = event.context.merchant
        key = event.context.key
        sequence = event.sequence
        makesPayment = payment.createdBy == sequence
        if makesPayment, let terms = event.fact.terms {
            card = terms.card.fingerprint
            currency = terms.currency.number
        } else {
            card = 0
            currency = 0
        }
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
