// Which requests may open a batch, and where they say which.
extension Request {
    /// Whether it may open a batch and does not say which: who asked leaves it to the edge, which knows the
    /// merchant's time zone.
    public var lacksPlace: Bool {
        switch self {
        case .recordAuthorization(let body): body.order.capture == .automatic && body.place.isNone
        case .answerAttempt(let body): body.answer == .approved && body.place.isNone
        case .decideReview(let body): body.isApproved && body.place.isNone
        case .reversePayment(let body): body.place.isNone
        case .capturePayment(let body): body.place.isNone
        case .answerCapture(let body): body.answer == .succeeded && body.place.isNone
        case .refundPayment(let body): body.place.isNone
        case .rejectItem(let body): body.isPresentedAgain && body.place.isNone
        case .submitDebit(let body): body.place.isNone
        default: false
        }
    }

    /// Says which batch it opens if none is open; nothing for requests that open none.
    mutating func place(_ place: BatchPlace) {
        switch self {
        case .recordAuthorization(var body):
            body.place = place
            self = .recordAuthorization(body)
        case .answerAttempt(var body):
            body.place = place
            self = .answerAttempt(body)
        case .decideReview(var body):
            body.place = place
            self = .decideReview(body)
        case .reversePayment(var body):
            body.place = place
            self = .reversePayment(body)
        case .capturePayment(var body):
            body.place = place
            self = .capturePayment(body)
        case .answerCapture(var body):
            body.place = place
            self = .answerCapture(body)
        case .refundPayment(var body):
            body.place = place
            self = .refundPayment(body)
        case .rejectItem(var body):
            body.place = place
            self = .rejectItem(body)
        case .submitDebit(var body):
            body.place = place
            self = .submitDebit(body)
        default: break
        }
    }
}

extension BatchPlace {
    /// Whether it says nothing.
    public var isNone: Bool { closesAt.isNone && day.daysSinceEpoch == 0 }
}
