import Invariants
import Ledger

// One line an operation; what it does is in the folder of what it is about.
extension LedgerState {
    mutating func perform(_ request: Request, _ batch: inout EventBatch) -> RefusalCode? {
        switch request {
        case .changeSettings(let request): say(.settingsChanged(request.settings), &batch)
        case .setHoldSpan(let request): decideSetHoldSpan(request, &batch)
        case .setAcquirer(let request): decideSetAcquirer(request, &batch)
        case .changeCircuit(let request): decideChangeCircuit(request, &batch)
        case .setRoute(let request): say(.routeSet(request.route), &batch)
        case .acceptTime(let request): decideAcceptTime(request, &batch)
        case .digestState: decideDigestState(&batch)
        case .openMerchant(let request): decideOpenMerchant(request, &batch)
        case .matchCash(let request): decideMatchCash(request, &batch)
        case .netCost(let request): decideNetCost(request, &batch)
        case .moveOwnFunds(let request): decideMoveOwnFunds(request, &batch)
        default: performOfMerchant(request, &batch)
        }
    }

    private mutating func performOfMerchant(_ request: Request, _ batch: inout EventBatch) -> RefusalCode? {
        guard let number = merchants.find(author.merchant.raw) else { return .merchantUnknown }
        let merchant = merchants[number]
        switch request {
        case .changeMerchant(let request): return decideChangeMerchant(request, merchant, &batch)
        case .setMerchantTerms(let request): return decideSetTerms(request, merchant, &batch)
        case .freezeMerchant(let request): return decideFreeze(request, merchant, &batch)
        case .unfreezeMerchant(let request): return decideUnfreeze(request, merchant, &batch)
        case .closeMerchant(let request): return decideClose(request, merchant, &batch)
        case .requestPayment(let request): return decideRequestPayment(request, merchant, &batch)
        case .recordAuthorization(let request): return decideRecordAuthorization(request, merchant, &batch)
        case .submitDebit(let request): return decideSubmitDebit(request, merchant, &batch)
        default: return performOfPayment(request, &batch)
        }
    }

    private mutating func performOfPayment(_ request: Request, _ batch: inout EventBatch) -> RefusalCode? {
        switch request {
        case .startAttempt(let request): decideStartAttempt(request, &batch)
        case .claimAttempt(let request): decideClaim(request, &batch)
        case .answerAttempt(let request): decideAnswer(request, &batch)
        case .loseAttempt(let request): decideLose(request, &batch)
        case .answerInquiry(let request): decideInquiry(request, &batch)
        case .declinePayment(let request): decideDecline(request, &batch)
        case .completeAction(let request): decideCompleteAction(request, &batch)
        case .decideReview(let request): decideReview(request, &batch)
        case .incrementAuthorization(let request): decideIncrement(request, &batch)
        case .voidPayment(let request): decideVoid(request, &batch)
        case .reversePayment(let request): decideReverse(request, &batch)
        case .answerReversal(let request): decideAnswerReversal(request, &batch)
        case .capturePayment(let request): decideCapture(request, &batch)
        case .answerCapture(let request): decideAnswerCapture(request, &batch)
        case .voidCapture(let request): decideVoidCapture(request, &batch)
        case .refundPayment(let request): decideRefund(request, &batch)
        case .submitRefund(let request): decideSubmitRefund(request, &batch)
        case .answerRefund(let request): decideAnswerRefund(request, &batch)
        default: performOfBatch(request, &batch)
        }
    }

    private mutating func performOfBatch(_ request: Request, _ batch: inout EventBatch) -> RefusalCode? {
        switch request {
        case .closeBatch(let request): decideCloseBatch(request, &batch)
        case .submitBatch(let request): decideSubmitBatch(request, &batch)
        case .acknowledgeBatch(let request): decideAcknowledge(request, &batch)
        case .failBatch(let request): decideFailBatch(request, &batch)
        case .reconcileBatch(let request): decideReconcile(request, &batch)
        case .acceptItem(let request): decideAcceptItem(request, &batch)
        case .settleItem(let request): decideSettleItem(request, &batch)
        case .rejectItem(let request): decideRejectItem(request, &batch)
        case .withdrawItem(let request): decideWithdrawItem(request, &batch)
        default: performOfDispute(request, &batch)
        }
    }

    private mutating func performOfDispute(_ request: Request, _ batch: inout EventBatch) -> RefusalCode? {
        switch request {
        case .openDispute(let request): decideOpenDispute(request, &batch)
        case .advanceDispute(let request): decideAdvanceDispute(request, &batch)
        case .submitEvidence(let request): decideSubmitEvidence(request, &batch)
        case .acceptDispute(let request): decideAcceptDispute(request, &batch)
        case .decideDispute(let request): decideDecideDispute(request, &batch)
        case .pullDisputeFunds(let request): decidePullFunds(request, &batch)
        case .returnDisputeFunds(let request): decideReturnFunds(request, &batch)
        case .returnDebit(let request): decideReturnDebit(request, &batch)
        default: performOfTreasury(request, &batch)
        }
    }

    private mutating func performOfTreasury(_ request: Request, _ batch: inout EventBatch) -> RefusalCode? {
        switch request {
        case .withholdReserve(let request): decideWithholdReserve(request, &batch)
        case .releaseReserve(let request): decideReleaseReserve(request, &batch)
        case .createPayout(let request): decideCreatePayout(request, &batch)
        case .answerPayout(let request): decideAnswerPayout(request, &batch)
        case .writeOffDebt(let request): decideWriteOffDebt(request, &batch)
        case .postCorrection(let request): decidePostCorrection(request, &batch)
        case .openException(let request): decideOpenException(request, &batch)
        case .resolveException(let request): decideResolve(request, &batch)
        case .approveResolution(let request): decideApprove(request, &batch)
        // A test asks for every operation.
        default: invariantViolated("nobody decides \(request.operation)")
        }
    }
}
