// Captures and refunds.

import Ledger

extension CommandDrawer {
    mutating func drawCapture(_ operation: Operation, _ model: LedgerModel) -> Command? {
        let isExact = lots.happens(perMille: 800)
        let found = payment(model) { payment in
            switch operation {
            case .capturePayment: isExact ? payment.held > payment.reserved : payment.phase == .requiresAction
            case .answerCapture:
                isExact ? payment.reserved > 0 : payment.captures.contains { !$0.isReserved }
            case .voidCapture:
                payment.captures.contains { isExact ? $0.state == .captured : $0.state == .voided }
            case .refundPayment: isExact ? payment.refundable > 0 : payment.held > 0
            case .submitRefund: payment.refunds.contains { $0.state == .pending && $0.batch.isNone }
            default: isExact ? payment.refunds.contains { $0.isOpen } : !payment.refunds.isEmpty
            }
        }
        guard let found else { return nil }
        switch operation {
        case .capturePayment:
            var body = CapturePayment()
            body.payment = found.id
            body.amount = amount(upTo: found.held + found.held / 12, zeroIsAll: true)
            body.isFinal = lots.happens(perMille: 500)
            if lots.happens(perMille: 500) { body.deadline = moment(within: 300) }
            body.place = place()
            return about(found, .capturePayment(body))
        case .answerCapture:
            var body = AnswerCapture()
            body.payment = found.id
            let open = found.captures.filter { $0.isReserved }
            body.capture = lots.one(of: isExact && !open.isEmpty ? open : found.captures)?.id ?? .none
            body.answer = lots.happens(perMille: 650) ? .succeeded : lots.any(CaptureAnswer.self)
            body.place = place()
            return about(found, .answerCapture(body))
        case .voidCapture:
            var body = VoidCapture()
            (body.payment, body.capture) = (found.id, lots.one(of: found.captures)?.id ?? .none)
            return about(found, .voidCapture(body))
        case .refundPayment:
            var body = RefundPayment()
            (body.payment, body.place) = (found.id, place())
            body.amount = amount(upTo: found.refundable, zeroIsAll: true)
            return about(found, .refundPayment(body))
        case .submitRefund:
            var body = SubmitRefund()
            (body.payment, body.refund) = (found.id, lots.one(of: found.refunds)?.id ?? .none)
            return about(found, .submitRefund(body))
        default:
            var body = AnswerRefund()
            (body.payment, body.refund) = (found.id, lots.one(of: found.refunds)?.id ?? .none)
            body.isSucceeded = lots.happens(perMille: 600)
            return about(found, .answerRefund(body))
        }
    }
}

extension ModelPayment.Refund {
    var isOpen: Bool { state == .pending || state == .submitted }
}
