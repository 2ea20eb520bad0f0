import Ledger
import LedgerModel

extension Scene {
    /// Everything that tells states apart in a fine walk: of the payment and all that hangs on it, its
    /// merchant, its acquirer, and the purse.
    package var allWords: [String] {
        var words = ["\(merchantState)"]
        words += model.state.acquirers.values.filter { $0.circuit != .closed }.map { "\($0.circuit)" }
            .sorted()
        for payment in model.payments.prefix(2) {
            words += payment.words + payment.attemptWords + payment.captureWords(self)
            words += payment.refundWords(self) + payment.moneyWords
            words += payment.disputes.map { "\($0.stage) \($0.state)" }
            words += payment.reversals.map { "reversal \($0.isOfHold) \($0.isOutstanding)" }
        }
        words += model.state.payoutList.compactMap { model.state.payouts[$0].map { "payout \($0.state)" } }
        words += model.state.exceptionList.suffix(2).compactMap { id in
            model.state.exceptions[id].map { "\($0.kind) \($0.isResolved) \($0.proposed != nil)" }
        }
        let purse: [Account] = [.merchantAvailable, .merchantReserve, .merchantReceivable]
        words += purse.filter { credit($0) != 0 }.map { "\($0)" }
        return words
    }
}

extension ModelPayment {
    /// Its attempts, and what was asked of it as a whole.
    fileprivate var attemptWords: [String] {
        var words = attempts.map { "\($0.outcome) \($0.worker ?? 0) \(min($0.notFound, 2))" }
        if isVoidRequested { words.append("void requested") }
        if order.capture == .automatic { words.append("automatic") }
        if order.method == .ach { words.append(isDebitFinal ? "final debit" : "debit") }
        if isReturned { words.append("returned") }
        return words
    }

    /// How its counters compare.
    fileprivate var moneyWords: [String] {
        var words: [String] = []
        if reserved > 0 { words.append("in flight") }
        if refunded > 0 { words.append(refunded < captured ? "part refunded" : "refunded") }
        if refundable == 0, captured > 0 { words.append("nothing refundable") }
        if released > 0 { words.append("let go") }
        return words
    }
}
