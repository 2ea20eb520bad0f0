// Payments until they are held, and the end of holds.

import Ledger

extension CommandDrawer {
    mutating func draw(_ operation: Operation, _ model: LedgerModel) -> Command {
        if let command = drawLedger(operation, model) { return command }
        if let command = drawAccess(operation, model) { return command }
        if let command = drawMoney(operation, model) { return command }
        switch operation {
        case .recordAuthorization: return about(nil, model, .recordAuthorization(drawRecord(model)))
        case .submitDebit: return about(nil, model, .submitDebit(drawDebit(model)))
        default: break
        }
        if operation != .requestPayment, let command = drawAboutPayment(operation, model) { return command }
        return about(nil, model, .requestPayment(drawPaymentRequest(model)))
    }

    /// A command of the payment's merchant, or of any.
    func about(_ payment: ModelPayment, _ request: Request) -> Command {
        var command = Command(request)
        command.merchant = payment.merchant
        return command
    }

    private mutating func about(_: ModelPayment?, _ model: LedgerModel, _ request: Request) -> Command {
        var command = Command(request)
        command.merchant = merchant(model)
        return command
    }

    private mutating func order() -> PaymentOrder {
        var order = PaymentOrder()
        order.amount = amount(upTo: lots.happens(perMille: 900) ? 30_000 : 2_000_000)
        order.currency = currency()
        order.method = lots.happens(perMille: 985) ? .card : .ach
        order.capture = lots.happens(perMille: 300) ? .automatic : .manual
        order.initiator = lots.any(Initiator.self)
        order.card.brand = lots.any(CardBrand.self)
        if lots.happens(perMille: 150) { order.holdSpan = .hours(UInt64(lots.number(1...740))) }
        if lots.happens(perMille: 10) { order.card.lastFour = 10_000 }
        order.risk.score = UInt8(lots.happens(perMille: 650) ? lots.index(40) : lots.index(103))
        order.risk.action =
            switch order.risk.score {
            case ..<40: .allow
            case ..<60: .review
            case ..<80: lots.happens(perMille: 50) ? .review : .challenge
            default: .block
            }
        return order
    }

    private mutating func drawPaymentRequest(_ model: LedgerModel) -> RequestPayment {
        var body = RequestPayment()
        body.order = order()
        body.acquirer = acquirer(model)
        body.deadline = moment(within: 90)
        if body.order.risk.action == .challenge { body.challengeEnds = moment(within: 1_200) }
        return body
    }

    private mutating func drawRecord(_ model: LedgerModel) -> RecordAuthorization {
        var body = RecordAuthorization()
        body.order = order()
        body.acquirer = acquirer(model)
        if lots.happens(perMille: 300) { body.expiresAt = moment(within: 8 * 86_400) }
        if lots.happens(perMille: 10) { body.expiresAt = time.adding(.days(31)) }
        body.place = place()
        return body
    }

    private mutating func drawDebit(_ model: LedgerModel) -> SubmitDebit {
        var body = SubmitDebit()
        body.order = order()
        body.order.method = lots.happens(perMille: 970) ? .ach : .card
        body.acquirer = acquirer(model)
        body.returnableUntil = moment(within: 3 * 86_400)
        body.place = place()
        return body
    }

    private mutating func drawAboutPayment(_ operation: Operation, _ model: LedgerModel) -> Command? {
        switch operation {
        case .startAttempt, .claimAttempt, .answerAttempt, .loseAttempt, .answerInquiry, .declinePayment,
            .completeAction:
            drawAttempt(operation, model)
        case .decideReview, .incrementAuthorization, .voidPayment, .reversePayment, .answerReversal:
            drawHold(operation, model)
        case .capturePayment, .answerCapture, .voidCapture, .refundPayment, .submitRefund, .answerRefund:
            drawCapture(operation, model)
        default: nil
        }
    }
}

extension CommandDrawer {
    private mutating func drawAttempt(_ operation: Operation, _ model: LedgerModel) -> Command? {
        let isIdle = lots.happens(perMille: 700)
        let found = payment(model) { payment in
            switch operation {
            case .startAttempt, .declinePayment:
                payment.phase == .processing && payment.isAttemptOpen != isIdle
            case .claimAttempt:
                payment.isAttemptOpen && (isIdle || payment.attempts.last?.worker != nil)
            case .loseAttempt: payment.isAttemptOpen
            case .answerInquiry: payment.phase == .unknown
            case .completeAction: payment.phase == .requiresAction
            default: isIdle ? payment.attempts.last?.isOutstanding == true : !payment.attempts.isEmpty
            }
        }
        guard let found else { return nil }
        let latest = found.attempts.count
        let number = UInt8(lots.happens(perMille: 930) ? latest : lots.index(latest + 2))
        switch operation {
        case .startAttempt:
            var body = StartAttempt()
            (body.payment, body.acquirer, body.deadline) = (found.id, acquirer(model), moment(within: 90))
            return about(found, .startAttempt(body))
        case .claimAttempt:
            var body = ClaimAttempt()
            (body.payment, body.attempt, body.deadline) = (found.id, number, moment(within: 60))
            let worker = UInt64(1 + lots.index(2))
            body.worker = number == 0 ? 0 : worker
            return about(found, .claimAttempt(body))
        case .loseAttempt:
            var body = LoseAttempt()
            (body.payment, body.attempt) = (found.id, number)
            return about(found, .loseAttempt(body))
        case .answerInquiry:
            var body = AnswerInquiry()
            (body.payment, body.attempt) = (found.id, number)
            body.answer = lots.happens(perMille: 850) ? .notFound : .cancelled
            return about(found, .answerInquiry(body))
        case .declinePayment:
            var body = DeclinePayment()
            body.payment = found.id
            return about(found, .declinePayment(body))
        case .completeAction:
            var body = CompleteAction()
            body.payment = found.id
            body.outcome = lots.happens(perMille: 700) ? .authenticated : lots.any(ActionOutcome.self)
            (body.acquirer, body.deadline) = (acquirer(model), moment(within: 90))
            return about(found, .completeAction(body))
        default: return about(found, .answerAttempt(drawAnswer(found, number)))
        }
    }

    private mutating func drawAnswer(_ payment: ModelPayment, _ number: UInt8) -> AnswerAttempt {
        var body = AnswerAttempt()
        (body.payment, body.attempt, body.acquirer) = (payment.id, number, payment.acquirer)
        if number > 0, number < payment.attempts.count {
            body.acquirer = payment.attempts[Int(number) - 1].acquirer
        }
        body.answer = lots.happens(perMille: 600) ? .approved : lots.any(GatewayAnswer.self)
        if payment.attempts.count > 1, lots.happens(perMille: 500) { body.answer = .failed }
        if lots.happens(perMille: 250) {
            body.amount = amount(upTo: payment.order.amount + payment.order.amount / 5, zeroIsAll: true)
        }
        if lots.happens(perMille: 200) { body.expiresAt = moment(within: 6 * 86_400) }
        body.gateway.reference = Text(lots.happens(perMille: 800) ? "A1" : "A2") ?? Text()
        body.failure = lots.any(AttemptFailure.self)
        if body.answer == .actionRequired { body.challengeEnds = moment(within: 1_200) }
        body.place = place()
        return body
    }

    private mutating func drawHold(_ operation: Operation, _ model: LedgerModel) -> Command? {
        let isHeld = lots.happens(perMille: 600)
        let level = lots.happens(perMille: 700) ? 2 * lots.index(6) : 0
        let found = payment(model) { payment in
            switch operation {
            case .decideReview: payment.isUnderReview
            case .answerReversal: payment.reversals.contains { $0.isOutstanding }
            case .incrementAuthorization: payment.held > 0 && payment.increments >= level
            case .reversePayment: isHeld ? payment.captured > 0 : true
            default: isHeld ? payment.held > 0 : payment.attempts.last?.isOutstanding == true
            }
        }
        guard let found else { return nil }
        switch operation {
        case .decideReview:
            var body = DecideReview()
            (body.payment, body.isApproved) = (found.id, lots.happens(perMille: 700))
            body.place = place()
            return about(found, .decideReview(body))
        case .incrementAuthorization:
            var body = IncrementAuthorization()
            (body.payment, body.amount) = (found.id, amount(upTo: 5_000))
            if lots.happens(perMille: 300) { body.expiresAt = moment(within: 9 * 86_400) }
            return about(found, .incrementAuthorization(body))
        case .voidPayment:
            var body = VoidPayment()
            body.payment = found.id
            return about(found, .voidPayment(body))
        case .reversePayment:
            var body = ReversePayment()
            (body.payment, body.place) = (found.id, place())
            return about(found, .reversePayment(body))
        default:
            var body = AnswerReversal()
            (body.payment, body.isConfirmed) = (found.id, lots.happens(perMille: 700))
            let isUsable = lots.happens(perMille: 900)
            body.reversal =
                lots.one(of: found.reversals.filter { $0.isOutstanding == isUsable })?.id
                ?? ReversalID(raw: found.id.raw)
            return about(found, .answerReversal(body))
        }
    }
}
