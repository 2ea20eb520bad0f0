// Step 5: which function knows an operation, and the look-ups they share.

import Ledger

extension LedgerModel {
    func decide(_ command: Command) throws(Refusal) {
        let merchant = command.merchant
        switch command.request {
        case .openMerchant(let body): try openMerchant(body, merchant)
        case .changeMerchant(let body): try changeMerchant(body, merchant)
        case .setMerchantTerms(let body): try setTerms(body, merchant)
        case .freezeMerchant(let body): try freezeMerchant(body, merchant)
        case .unfreezeMerchant(let body): try unfreezeMerchant(body, merchant)
        case .closeMerchant(let body): try closeMerchant(body, merchant)
        case .changeSettings(let body): changeSettings(body, merchant)
        case .setHoldSpan(let body): setHoldSpan(body, merchant)
        case .setAcquirer(let body): try setAcquirer(body, merchant)
        case .changeCircuit(let body): try changeCircuit(body, merchant)
        case .setRoute(let body): write(.routeSet, merchant: merchant, says: ["route": body.route])
        case .acceptTime(let body):
            write(.timeAccepted, merchant: merchant, says: ["from": lastTime, "to": body.to])
        case .digestState: write(.stateDigested, merchant: merchant, says: [:])
        case .requestPayment(let body): try requestPayment(body, merchant)
        case .recordAuthorization(let body): try recordAuthorization(body, merchant)
        case .startAttempt(let body): try startAttempt(body, merchant)
        case .claimAttempt(let body): try claimAttempt(body, merchant)
        case .answerAttempt(let body): try answerAttempt(body, merchant)
        case .loseAttempt(let body): try loseAttempt(body, merchant)
        case .answerInquiry(let body): try answerInquiry(body, merchant)
        case .declinePayment(let body): try declinePayment(body, merchant)
        case .completeAction(let body): try completeAction(body, merchant)
        case .decideReview(let body): try decideReview(body, merchant)
        case .incrementAuthorization(let body): try incrementAuthorization(body, merchant)
        case .voidPayment(let body): try voidPayment(body, merchant)
        case .reversePayment(let body): try reversePayment(body, merchant)
        case .answerReversal(let body): try answerReversal(body, merchant)
        case .capturePayment(let body): try capturePayment(body, merchant)
        case .answerCapture(let body): try answerCapture(body, merchant)
        case .voidCapture(let body): try voidCapture(body, merchant)
        case .refundPayment(let body): try refundPayment(body, merchant)
        case .submitRefund(let body): try submitRefund(body, merchant)
        case .answerRefund(let body): try answerRefund(body, merchant)
        case .createAPIKey(let body): try createAPIKey(body, merchant)
        case .revokeAPIKey(let body): try revokeAPIKey(body, merchant)
        default: try decideMoney(command)
        }
    }

    private func decideMoney(_ command: Command) throws(Refusal) {
        let (merchant, actor) = (command.merchant, command.actor)
        switch command.request {
        case .closeBatch(let body): try closeBatch(body, merchant)
        case .submitBatch(let body): try submitBatch(body, merchant)
        case .acknowledgeBatch(let body): try acknowledgeBatch(body, merchant)
        case .failBatch(let body): try failBatch(body, merchant)
        case .acceptItem(let body): try acceptItem(body, merchant)
        case .rejectItem(let body): try rejectItem(body, merchant)
        case .withdrawItem(let body): try withdrawItem(body, merchant)
        case .settleItem(let body): try settleItem(body, merchant)
        case .reconcileBatch(let body): try reconcileBatch(body, merchant)
        case .matchCash(let body): try matchCash(body, merchant)
        case .netCost(let body): try netCost(body, merchant)
        case .openDispute(let body): try openDispute(body, merchant)
        case .advanceDispute(let body): try advanceDispute(body, merchant)
        case .submitEvidence(let body): try submitEvidence(body, merchant)
        case .acceptDispute(let body): try acceptDispute(body, merchant)
        case .decideDispute(let body): try decideDispute(body, merchant)
        case .pullDisputeFunds(let body): try pullDisputeFunds(body, merchant)
        case .returnDisputeFunds(let body): try returnDisputeFunds(body, merchant)
        case .submitDebit(let body): try submitDebit(body, merchant)
        case .returnDebit(let body): try returnDebit(body, merchant)
        case .withholdReserve(let body): try withholdReserve(body, merchant)
        case .releaseReserve(let body): try releaseReserve(body, merchant)
        case .createPayout(let body): try createPayout(body, merchant)
        case .answerPayout(let body): try answerPayout(body, merchant)
        case .moveOwnFunds(let body): try moveOwnFunds(body, merchant)
        case .writeOffDebt(let body): try writeOffDebt(body, merchant, actor)
        case .openException(let body): try openException(body, merchant)
        case .resolveException(let body): try resolveException(body, merchant, actor)
        case .approveResolution(let body): try approveResolution(body, merchant, actor)
        case .postCorrection(let body): try postCorrection(body, merchant, actor)
        default: broken.append("\(command.request.operation) is nobody's")
        }
    }
}

extension LedgerModel {
    /// A payment of that merchant.
    func payment(_ id: PaymentID, of merchant: MerchantID) throws(Refusal) -> Int {
        guard let index = state.paymentIndex[id], state.payments[index].merchant == merchant else {
            throw Refusal(.paymentUnknown)
        }
        return index
    }

    func batch(_ id: BatchID, of merchant: MerchantID) throws(Refusal) -> ModelState.Batch {
        guard let batch = state.batches[id], batch.key.merchant == merchant else {
            throw Refusal(.batchUnknown)
        }
        return batch
    }

    func capture(_ id: CaptureID, of payment: Int) throws(Refusal) -> Int {
        let captures = state.payments[payment].captures
        guard let index = captures.firstIndex(where: { $0.id == id }) else { throw Refusal(.captureUnknown) }
        return index
    }

    func acquirer(_ id: AcquirerID) throws(Refusal) -> ModelState.Acquirer {
        guard let acquirer = state.acquirers[id] else { throw Refusal(.acquirerUnknown) }
        return acquirer
    }

    /// The merchant may take new payments.
    func checkActive(_ merchant: MerchantID) throws(Refusal) {
        switch state.merchants[merchant]?.state {
        case .closed: throw Refusal(.merchantClosed)
        case .frozen: throw Refusal(.merchantFrozen)
        default: return
        }
    }

    func checkCircuit(_ acquirer: ModelState.Acquirer) throws(Refusal) {
        if acquirer.circuit == .open, now < acquirer.openUntil { throw Refusal(.circuitOpen) }
    }

    /// Refused unless the payment is live.
    func checkLive(_ payment: Int) throws(Refusal) {
        if let code = state.payments[payment].phase.refusal { throw Refusal(code) }
    }

    /// A currency whose number the form has looked at.
    func currency(_ number: UInt16) throws(Refusal) -> Currency {
        guard let currency = Currency(number: number) else { throw Refusal(.currencyUnknown) }
        return currency
    }

    func isOnline(_ acquirer: AcquirerID) -> Bool { state.acquirers[acquirer]?.settings.mode == .online }
}

extension ModelPayment.Phase {
    /// What a command meets that needs a live payment.
    var refusal: RefusalCode? {
        switch self {
        case .processing: .paymentProcessing
        case .requiresAction: .paymentRequiresAction
        case .unknown: .paymentOutcomeUnknown
        case .declined: .paymentDeclined
        case .blocked: .paymentBlocked
        case .voided: .paymentVoided
        case .expired: .paymentExpired
        case .live: nil
        }
    }
}
