import Ledger

/// What is done with one request, whatever its kind: see `LedgerState.take`.
protocol CommandTurn {
    associatedtype Answer
    func take<Body: DecidedRequest>(
        _ body: Body, _ state: inout LedgerState, _ events: inout EventBatch
    ) -> Answer
}

// From a request to its kind, once a command: looking into a request copies all of it.
extension LedgerState {
    mutating func take<Turn: CommandTurn>(
        _ request: Request, _ turn: Turn, _ events: inout EventBatch
    ) -> Turn.Answer {
        switch request {
        case .openMerchant(let body): turn.take(body, &self, &events)
        case .changeMerchant(let body): turn.take(body, &self, &events)
        case .setMerchantTerms(let body): turn.take(body, &self, &events)
        case .freezeMerchant(let body): turn.take(body, &self, &events)
        case .unfreezeMerchant(let body): turn.take(body, &self, &events)
        case .closeMerchant(let body): turn.take(body, &self, &events)
        case .changeSettings(let body): turn.take(body, &self, &events)
        case .setHoldSpan(let body): turn.take(body, &self, &events)
        case .setAcquirer(let body): turn.take(body, &self, &events)
        case .changeCircuit(let body): turn.take(body, &self, &events)
        case .setRoute(let body): turn.take(body, &self, &events)
        case .acceptTime(let body): turn.take(body, &self, &events)
        case .digestState(let body): turn.take(body, &self, &events)
        case .requestPayment(let body): turn.take(body, &self, &events)
        case .recordAuthorization(let body): turn.take(body, &self, &events)
        case .startAttempt(let body): turn.take(body, &self, &events)
        case .claimAttempt(let body): turn.take(body, &self, &events)
        case .answerAttempt(let body): turn.take(body, &self, &events)
        case .loseAttempt(let body): turn.take(body, &self, &events)
        case .answerInquiry(let body): turn.take(body, &self, &events)
        case .declinePayment(let body): turn.take(body, &self, &events)
        case .completeAction(let body): turn.take(body, &self, &events)
        case .decideReview(let body): turn.take(body, &self, &events)
        case .incrementAuthorization(let body): turn.take(body, &self, &events)
        case .voidPayment(let body): turn.take(body, &self, &events)
        case .reversePayment(let body): turn.take(body, &self, &events)
        case .answerReversal(let body): turn.take(body, &self, &events)
        case .capturePayment(let body): turn.take(body, &self, &events)
        case .answerCapture(let body): turn.take(body, &self, &events)
        case .voidCapture(let body): turn.take(body, &self, &events)
        case .refundPayment(let body): turn.take(body, &self, &events)
        case .submitRefund(let body): turn.take(body, &self, &events)
        case .answerRefund(let body): turn.take(body, &self, &events)
        case .closeBatch(let body): turn.take(body, &self, &events)
        case .submitBatch(let body): turn.take(body, &self, &events)
        case .acknowledgeBatch(let body): turn.take(body, &self, &events)
        case .failBatch(let body): turn.take(body, &self, &events)
        case .acceptItem(let body): turn.take(body, &self, &events)
        case .rejectItem(let body): turn.take(body, &self, &events)
        case .withdrawItem(let body): turn.take(body, &self, &events)
        case .settleItem(let body): turn.take(body, &self, &events)
        case .reconcileBatch(let body): turn.take(body, &self, &events)
        case .matchCash(let body): turn.take(body, &self, &events)
        case .netCost(let body): turn.take(body, &self, &events)
        case .openDispute(let body): turn.take(body, &self, &events)
        case .advanceDispute(let body): turn.take(body, &self, &events)
        case .submitEvidence(let body): turn.take(body, &self, &events)
        case .acceptDispute(let body): turn.take(body, &self, &events)
        case .decideDispute(let body): turn.take(body, &self, &events)
        case .pullDisputeFunds(let body): turn.take(body, &self, &events)
        case .returnDisputeFunds(let body): turn.take(body, &self, &events)
        case .submitDebit(let body): turn.take(body, &self, &events)
        case .returnDebit(let body): turn.take(body, &self, &events)
        case .withholdReserve(let body): turn.take(body, &self, &events)
        case .releaseReserve(let body): turn.take(body, &self, &events)
        case .createPayout(let body): turn.take(body, &self, &events)
        case .answerPayout(let body): turn.take(body, &self, &events)
        case .moveOwnFunds(let body): turn.take(body, &self, &events)
        case .writeOffDebt(let body): turn.take(body, &self, &events)
        case .openException(let body): turn.take(body, &self, &events)
        case .resolveException(let body): turn.take(body, &self, &events)
        case .approveResolution(let body): turn.take(body, &self, &events)
        case .postCorrection(let body): turn.take(body, &self, &events)
        case .createAPIKey(let body): turn.take(body, &self, &events)
        case .revokeAPIKey(let body): turn.take(body, &self, &events)
        }
    }
}
