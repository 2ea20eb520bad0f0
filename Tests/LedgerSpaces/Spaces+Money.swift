import Ledger
import LedgerModel

extension Space {
    private static let settled = [
        "recordAuthorization automatic", "closeBatch", "submitBatch", "settleItem",
    ]

    static let disputes = Space(
        "A dispute of a settled payment",
        start: settled,
        alphabet: [
            "openDispute inquiry", "openDispute chargeback", "advanceDispute chargeback",
            "advanceDispute preArbitration", "submitEvidence", "acceptDispute", "decideDispute lost",
            "decideDispute won", "decideDispute withdrawn", due,
        ],
        words: { scene in
            guard let dispute = scene.dispute else { return ["settled"] }
            return ["\(dispute.stage)", "\(dispute.state)"]
        },
        isWithin: { ($0.payment?.disputes.count ?? 0) <= 1 })

    static let debits = Space(
        "A debit from a bank account",
        alphabet: [
            "submitDebit", "closeBatch", "submitBatch", "settleItem", "returnDebit all", "voidCapture", due,
        ], depthMax: 6,
        words: { scene in
            guard let payment = scene.payment else { return [] }
            var words = payment.phase == .live ? [] : ["\(payment.phase)"]
            words += payment.captureWords(scene) + payment.refundWords(scene)
            if payment.isReturned { words.append("returned") }
            if payment.isDebitFinal { words.append("final") }
            return words
        },
        isWithin: { $0.model.payments.count <= 1 && ($0.payment?.refunds.count ?? 0) <= 1 })

    static let purse = Space(
        "Money of a merchant, and ours",
        start: settled,
        alphabet: [
            "createPayout", "answerPayout rejected", "answerPayout paid", "answerPayout returned",
            "withholdReserve", "openDispute of too much",
        ], depthMax: 5,
        words: { scene in
            var words: [String] = []
            if let payout = scene.model.state.payouts[scene.payoutID] {
                words.append("payout \(payout.state)")
            }
            words.append(scene.credit(.merchantAvailable) > 0 ? "available" : "nothing available")
            if scene.credit(.merchantReserve) > 0 { words.append("reserve") }
            if scene.credit(.merchantReceivable) < 0 { words.append("debt") }
            return words
        },
        isWithin: { $0.model.state.payoutList.count <= 1 && ($0.payment?.disputes.count ?? 0) <= 1 })

    static let exceptions = Space(
        "Exceptions and corrections",
        alphabet: [
            "openException small", "openException large", "openException without money",
            "openException of nobody", "resolveException writeOff", "resolveException of nobody",
            "approveResolution", "approveResolution of nobody", "moveOwnFunds in", "postCorrection",
        ], depthMax: 4,
        words: { scene in
            var words: [String] = []
            if let exception = scene.model.state.exceptions[scene.exceptionID] {
                let state =
                    exception.isResolved ? "resolved" : exception.proposed != nil ? "proposed" : "open"
                let size = exception.stake >= 1_000 ? "large" : "small"
                let whose = exception.merchant.isNone ? "nobody's " : ""
                words.append(
                    "\(whose)\(size) exception \(state)\(exception.suspense == 0 ? ", no money" : "")")
            }
            let isThere = scene.model.events.contains { $0.type == .ownFundsMoved }
            if isThere { words.append(scene.model.state.corrected.isEmpty ? "own funds" : "corrected") }
            return words
        },
        isWithin: { $0.model.state.exceptionList.count <= 1 })
}
