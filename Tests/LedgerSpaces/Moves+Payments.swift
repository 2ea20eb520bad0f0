import Ledger
import LedgerModel

// A payment until it is held, and the end of the hold.
extension Move {
    static func ofPayment(_ operation: Operation) -> [Move] {
        switch operation {
        case .requestPayment: requests
        case .recordAuthorization: records
        case .answerAttempt: answers
        case .startAttempt:
            [
                make(Request.startAttempt) { body, scene in
                    (body.payment, body.acquirer) = (scene.paymentID, scene.acquirer)
                    body.deadline = scene.after(30)
                }
            ]
        case .claimAttempt:
            [1, 2].map { worker in
                make(Request.claimAttempt, worker == 1 ? "" : "by another") { body, scene in
                    (body.payment, body.attempt, body.worker) = (scene.paymentID, scene.attempt, worker)
                    body.deadline = scene.after(30)
                }
            }
        case .loseAttempt:
            [
                make(Request.loseAttempt) { body, scene in
                    (body.payment, body.attempt) = (scene.paymentID, scene.attempt)
                }
            ]
        case .answerInquiry:
            InquiryAnswer.allCases.map { answer in
                make(Request.answerInquiry, "\(answer)") { body, scene in
                    (body.payment, body.attempt, body.answer) = (scene.paymentID, scene.attempt, answer)
                }
            }
        case .declinePayment: [make(Request.declinePayment) { $0.payment = $1.paymentID }]
        case .completeAction:
            ActionOutcome.allCases.map { outcome in
                make(Request.completeAction, "\(outcome)") { body, scene in
                    (body.payment, body.outcome) = (scene.paymentID, outcome)
                    (body.acquirer, body.deadline) = (Scene.fileAcquirer, scene.after(30))
                }
            }
        case .decideReview:
            [true, false].map { isApproved in
                make(Request.decideReview, isApproved ? "yes" : "no") { body, scene in
                    (body.payment, body.isApproved) = (scene.paymentID, isApproved)
                    (body.reason, body.place) = (text("looked at"), scene.place)
                }
            }
        default: ends(operation)
        }
    }

    private static func ends(_ operation: Operation) -> [Move] {
        switch operation {
        case .incrementAuthorization:
            [("", 2_000), ("beyond the limit", 15_000)].map { variant, amount in
                make(Request.incrementAuthorization, variant) { body, scene in
                    (body.payment, body.amount) = (scene.paymentID, amount)
                }
            }
        case .voidPayment: [make(Request.voidPayment) { $0.payment = $1.paymentID }]
        case .reversePayment:
            [
                make(Request.reversePayment) { body, scene in
                    (body.payment, body.place) = (scene.paymentID, scene.place)
                }
            ]
        default:
            [true, false].map { isConfirmed in
                make(Request.answerReversal, isConfirmed ? "confirmed" : "failed") { body, scene in
                    (body.payment, body.reversal) = (scene.paymentID, scene.reversalID)
                    body.isConfirmed = isConfirmed
                }
            }
        }
    }

    static func order(_ action: RiskAction = .allow, isAutomatic: Bool = false) -> PaymentOrder {
        var order = PaymentOrder()
        (order.amount, order.currency) = (Scene.amount, Currency.eur.number)
        order.capture = isAutomatic ? .automatic : .manual
        order.risk.action = action
        order.risk.score = [0, 40, 60, 80][Int(action.rawValue)]
        return order
    }

    private static var requests: [Move] {
        RiskAction.allCases.map { request("\($0)", order($0)) }
            + [
                request("automatic", order(isAutomatic: true)),
                request("automatic, review", order(.review, isAutomatic: true)),
                request("online, automatic", order(isAutomatic: true), at: Scene.onlineAcquirer),
            ]
    }

    private static func request(
        _ variant: String, _ order: PaymentOrder, at acquirer: AcquirerID = Scene.fileAcquirer
    ) -> Move {
        make(Request.requestPayment, variant) { body, scene in
            (body.order, body.acquirer, body.deadline) = (order, acquirer, scene.after(30))
            body.challengeEnds = scene.after(600)
        }
    }

    private static var records: [Move] {
        [
            record("manual", order()), record("automatic", order(isAutomatic: true)),
            record("review", order(.review)),
            record("review, automatic", order(.review, isAutomatic: true)),
            record("online", order(), at: Scene.onlineAcquirer),
            record("online, automatic", order(isAutomatic: true), at: Scene.onlineAcquirer),
        ]
    }

    private static func record(
        _ variant: String, _ order: PaymentOrder, at acquirer: AcquirerID = Scene.fileAcquirer
    ) -> Move {
        make(Request.recordAuthorization, variant) { body, scene in
            (body.order, body.acquirer, body.place) = (order, acquirer, scene.place)
        }
    }

    private static var answers: [Move] {
        [
            answer("approved", .approved) { _, _ in },
            answer("approved in part", .approved) { body, _ in body.amount = 6_000 },
            answer("approved beyond", .approved) { body, _ in body.amount = 12_000 },
            answer("approved otherwise", .approved) { body, _ in
                body.gateway.reference = text("another")
            },
            answer("approved, first attempt", .approved) { body, _ in
                (body.attempt, body.gateway.reference) = (1, text("first"))
            },
            answer("declined", .declined) { _, _ in },
            answer("failed", .failed) { _, _ in },
            answer("failed, first attempt", .failed) { body, _ in body.attempt = 1 },
            answer("actionRequired", .actionRequired) { _, _ in },
        ]
    }

    private static func answer(
        _ variant: String, _ answer: GatewayAnswer,
        _ more: @escaping @Sendable (inout AnswerAttempt, Scene) -> Void
    ) -> Move {
        make(Request.answerAttempt, variant) { body, scene in
            (body.payment, body.attempt, body.answer) = (scene.paymentID, scene.attempt, answer)
            body.gateway.reference = text("approval")
            body.challengeEnds = scene.after(600)
            more(&body, scene)
        }
    }
}
