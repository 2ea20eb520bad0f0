import Ledger
import LedgerModel

extension Space {
    /// Every space of the page, in its order.
    package static let all: [Space] = [
        merchants, attempts, holds, online, batches, items, refunds, disputes, debits, purse, exceptions,
        apiKeys,
    ]

    private static let merchants = Space(
        "A merchant and an acquirer",
        alphabet: [
            "recordAuthorization manual", "freezeMerchant", "unfreezeMerchant", "closeMerchant",
            "changeCircuit open", "changeCircuit halfOpen",
        ],
        words: { scene in
            var words = ["merchant \(scene.merchantState)"]
            let circuit = scene.model.state.acquirers[Scene.fileAcquirer]?.circuit ?? .closed
            if circuit != .closed { words.append("circuit \(circuit)") }
            if let payment = scene.payment { words.append("payment \(payment.phase)") }
            return words
        })

    private static let apiKeys = Space(
        "API keys",
        alphabet: [
            "createAPIKey", "createAPIKey of a merchant", "revokeAPIKey", "closeMerchant",
        ],
        words: { scene in
            let keys = scene.model.state.apiKeys.map { key in
                let whose = key.merchant.isNone ? "the ledger's" : "a merchant's"
                return "\(whose) key\(key.isRevoked ? ", revoked" : "")"
            }
            return keys + (scene.merchantState == .active ? [] : ["merchant \(scene.merchantState)"])
        })

    private static let attempts = Space(
        "A payment until it is held",
        alphabet: [
            "requestPayment allow", "requestPayment challenge", "requestPayment block", "startAttempt",
            "claimAttempt", "answerAttempt approved", "answerAttempt declined", "answerAttempt failed",
            "answerAttempt actionRequired", "loseAttempt", "answerInquiry notFound",
            "answerInquiry cancelled", "declinePayment", "completeAction authenticated",
            "completeAction failed", "voidPayment", due, wait,
        ],
        words: { scene in
            guard let payment = scene.payment else { return [] }
            var words = ["\(payment.phase)"]
            if let attempt = payment.attempts.last {
                words.append("attempt \(payment.attempts.count) \(attempt.outcome)")
                if attempt.worker != nil, payment.isAttemptOpen { words.append("claimed") }
                if payment.phase == .unknown {
                    if attempt.notFound > 0 { words.append("not found once") }
                    if scene.time > attempt.began.adding(.seconds(180)) { words.append("for long") }
                }
            }
            if payment.isVoidRequested, payment.phase == .processing || payment.phase == .unknown {
                words.append("void requested")
            }
            return words
        },
        isWithin: { $0.payment?.phase != .live && $0.model.payments.count <= 1 })

    private static let holds = Space(
        "A hold at an acquirer by file",
        alphabet: [
            "recordAuthorization manual", "recordAuthorization review", "decideReview yes", "decideReview no",
            "incrementAuthorization", "capturePayment part", "capturePayment all", "voidPayment",
            "voidCapture", "answerReversal confirmed", due,
        ], depthMax: 5,
        words: { scene in
            guard let payment = scene.payment else { return [] }
            return payment.words + payment.captureWords(scene)
        },
        isWithin: { scene in
            guard let payment = scene.payment else { return true }
            return scene.model.payments.count == 1 && payment.captures.count <= 1 && payment.increments <= 1
        })

    private static let online = Space(
        "A payment at an acquirer that is called for each capture",
        alphabet: [
            "recordAuthorization online", "capturePayment all", "capturePayment part",
            "answerCapture succeeded", "answerCapture failed", "answerCapture unknown", "voidPayment",
            "refundPayment part", "submitRefund", "answerRefund succeeded", "answerRefund failed",
            "voidCapture", due,
        ], depthMax: 6,
        words: { scene in
            guard let payment = scene.payment else { return [] }
            return payment.words + payment.captureWords(scene) + payment.refundWords(scene)
        },
        isWithin: { scene in
            guard let payment = scene.payment else { return true }
            return scene.model.payments.count == 1 && payment.captures.count <= 1
                && payment.refunds.count <= 1
        })

    private static let batches = Space(
        "A batch with one capture",
        start: ["recordAuthorization automatic"],
        alphabet: [
            "closeBatch", "submitBatch", "acknowledgeBatch", "failBatch", "reconcileBatch in part",
            "reconcileBatch complete",
        ],
        words: { scene in scene.payment?.captureWords(scene) ?? [] })

    private static let items = Space(
        "A capture as an item of a batch",
        start: ["recordAuthorization automatic"],
        alphabet: [
            "closeBatch", "submitBatch", "acceptItem", "settleItem", "rejectItem for good",
            "rejectItem presented again", "withdrawItem", "voidCapture",
        ],
        words: { scene in scene.payment?.captureWords(scene) ?? [] })

    private static let refunds = Space(
        "A refund that leaves with a batch",
        start: ["recordAuthorization automatic"],
        alphabet: [
            "refundPayment part", "closeBatch last", "submitBatch last", "answerRefund succeeded",
            "answerRefund failed", "settleItem",
        ],
        words: { scene in
            guard let payment = scene.payment else { return [] }
            return payment.captureWords(scene) + payment.refundWords(scene)
        },
        isWithin: { ($0.payment?.refunds.count ?? 0) <= 1 })
}

extension Scene {
    var merchantState: ModelState.Merchant.State {
        model.state.merchants[Scene.merchant]?.state ?? .active
    }

    func batchState(_ id: BatchID) -> String { model.state.batches[id].map { "\($0.state)" } ?? "none" }

    /// What a merchant's account has, on its own side.
    func credit(_ account: Account) -> Int {
        -Int(model.balance(AccountID(account, .eur, of: Scene.merchant)).posted)
    }
}

// States of a payment in words.
extension ModelPayment {
    /// Its phase, what is held, and what waits.
    var words: [String] {
        var words = ["\(phase)"]
        if phase == .live { words.append(held == 0 ? "nothing held" : "held") }
        if isUnderReview, phase == .live { words.append("under review") }
        if increments > 0, held > 0 { words.append("incremented") }
        if holds.contains(where: { $0.isAnnounced && $0.left > 0 }) { words.append("end announced") }
        if reversals.contains(where: { $0.isOutstanding }) { words.append("to be reversed") }
        return words
    }

    func captureWords(_ scene: Scene) -> [String] {
        captures.map { capture in
            let name = "capture \(capture.state)"
            let settled = capture.wasSettled && capture.state != .settled ? " after settlement" : ""
            let batch = capture.batch.isNone ? "" : " in batch \(scene.batchState(capture.batch))"
            return name + settled + batch
        }
    }

    func refundWords(_ scene: Scene) -> [String] {
        refunds.map { refund in
            let batch = refund.batch.isNone ? "" : " in batch \(scene.batchState(refund.batch))"
            return "refund \(refund.state)\(batch)"
        }
    }
}
