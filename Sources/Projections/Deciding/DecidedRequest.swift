import Ledger

/// A request that the state knows how to decide. One conformance an operation; what it does is in the folder
/// of what it is about.
protocol DecidedRequest: CommandBody {
    /// What is wrong with its form, whatever the state: reasons 1xx, in the order of the fields.
    ///
    /// - Parameter merchant: whose ledger it is about; none for the ledger's own affairs.
    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode?
    /// What is wrong with a moment that must lie in the future. Looked at after the key: what was right when
    /// it was asked for the first time is answered as then, however late it comes again.
    ///
    /// - Parameters:
    ///   - now: log time.
    ///   - last: that of the last event.
    func momentRefusal(at now: LedgerTime, after last: LedgerTime) -> RefusalCode?
    /// Whose batch of which currency a new payment would go to at once.
    var newPaymentPlace: (AcquirerID, Currency)? { get }
    /// Does what is asked, as events added and applied at once, or refuses and changes nothing.
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode?
}

// What most need not say.
extension DecidedRequest {
    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? { nil }
    func momentRefusal(at now: LedgerTime, after last: LedgerTime) -> RefusalCode? { nil }
    var newPaymentPlace: (AcquirerID, Currency)? { nil }
}

// MARK: Merchants

extension OpenMerchant: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideOpenMerchant(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        settings.formRefusal
    }
}

extension ChangeMerchant: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideChangeMerchant(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        settings.formRefusal
    }
}

extension SetMerchantTerms: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideSetTerms(self, &events)
    }
}

extension FreezeMerchant: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideFreeze(self, &events)
    }
}

extension UnfreezeMerchant: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideUnfreeze(self, &events)
    }
}

extension CloseMerchant: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideClose(self, &events)
    }
}

// MARK: The ledger, its acquirers and its settings

extension ChangeSettings: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.say(settings, &events)
    }
}

extension SetHoldSpan: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideSetHoldSpan(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        span > HoldSpans.spanMax ? .spanTooLong : nil
    }
}

extension SetAcquirer: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideSetAcquirer(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        settings.name.isEmpty ? .textRequired : nil
    }
}

extension ChangeCircuit: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideChangeCircuit(self, &events)
    }
}

extension SetRoute: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.say(route, &events)
    }
}

extension AcceptTime: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideAcceptTime(self, &events)
    }

    func momentRefusal(at now: LedgerTime, after last: LedgerTime) -> RefusalCode? {
        to > last ? nil : .timeOutOfRange
    }
}

extension DigestState: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideDigestState(&events)
    }
}

// MARK: Payments

extension RequestPayment: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideRequestPayment(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        order.formRefusal
    }
}

extension RecordAuthorization: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideRecordAuthorization(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        order.formRefusal
    }

    func momentRefusal(at now: LedgerTime, after last: LedgerTime) -> RefusalCode? {
        RefusalCode.of(holdEnd: expiresAt, at: now)
    }

    var newPaymentPlace: (AcquirerID, Currency)? {
        Currency(number: order.currency).map { (acquirer, $0) }
    }
}

extension StartAttempt: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideStartAttempt(self, &events)
    }

    func momentRefusal(at now: LedgerTime, after last: LedgerTime) -> RefusalCode? {
        RefusalCode.of(required: deadline, at: now)
    }
}

extension ClaimAttempt: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideClaim(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        worker == 0 ? .malformed : nil
    }

    func momentRefusal(at now: LedgerTime, after last: LedgerTime) -> RefusalCode? {
        RefusalCode.of(required: deadline, at: now)
    }
}

extension AnswerAttempt: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideAnswer(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        RefusalCode.of(amount: amount, zeroMeansAll: true)
    }

    func momentRefusal(at now: LedgerTime, after last: LedgerTime) -> RefusalCode? {
        answer == .actionRequired && challengeEnds.isNone ? .timeOutOfRange : nil
    }
}

extension LoseAttempt: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideLose(self, &events)
    }
}

extension AnswerInquiry: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideInquiry(self, &events)
    }
}

extension DeclinePayment: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideDecline(self, &events)
    }
}

extension CompleteAction: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideCompleteAction(self, &events)
    }

    func momentRefusal(at now: LedgerTime, after last: LedgerTime) -> RefusalCode? {
        outcome == .authenticated ? .of(required: deadline, at: now) : nil
    }
}

extension DecideReview: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideReview(self, &events)
    }
}

extension IncrementAuthorization: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideIncrement(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        RefusalCode.of(amount: amount)
    }

    func momentRefusal(at now: LedgerTime, after last: LedgerTime) -> RefusalCode? {
        RefusalCode.of(holdEnd: expiresAt, at: now)
    }
}

extension VoidPayment: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideVoid(self, &events)
    }
}

extension ReversePayment: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideReverse(self, &events)
    }
}

extension AnswerReversal: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideAnswerReversal(self, &events)
    }
}

// MARK: Captures and refunds

extension CapturePayment: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideCapture(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        RefusalCode.of(amount: amount, zeroMeansAll: true)
    }

    func momentRefusal(at now: LedgerTime, after last: LedgerTime) -> RefusalCode? {
        RefusalCode.of(moment: deadline, at: now)
    }
}

extension AnswerCapture: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideAnswerCapture(self, &events)
    }
}

extension VoidCapture: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideVoidCapture(self, &events)
    }
}

extension RefundPayment: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideRefund(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        RefusalCode.of(amount: amount, zeroMeansAll: true)
    }
}

extension SubmitRefund: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideSubmitRefund(self, &events)
    }
}

extension AnswerRefund: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideAnswerRefund(self, &events)
    }
}

// MARK: Batches and what acquirers say of them

extension CloseBatch: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideCloseBatch(self, &events)
    }
}

extension SubmitBatch: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideSubmitBatch(self, &events)
    }
}

extension AcknowledgeBatch: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideAcknowledge(self, &events)
    }
}

extension FailBatch: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideFailBatch(self, &events)
    }
}

extension AcceptItem: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideAcceptItem(self, &events)
    }
}

extension RejectItem: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideRejectItem(self, &events)
    }
}

extension WithdrawItem: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideWithdrawItem(self, &events)
    }
}

extension SettleItem: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideSettleItem(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        RefusalCode.of(amount: amount, zeroMeansAll: true)
    }
}

extension ReconcileBatch: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideReconcile(self, &events)
    }
}

extension MatchCash: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideMatchCash(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        RefusalCode.of(bankAccount) ?? .of(currency: currency) ?? .of(amount: amount)
    }
}

extension NetCost: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideNetCost(self, &events)
    }
}

// MARK: Disputes

extension OpenDispute: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideOpenDispute(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        RefusalCode.of(currency: currency) ?? .of(amount: amount)
    }
}

extension AdvanceDispute: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideAdvanceDispute(self, &events)
    }
}

extension SubmitEvidence: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideSubmitEvidence(self, &events)
    }
}

extension AcceptDispute: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideAcceptDispute(self, &events)
    }
}

extension DecideDispute: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideDecideDispute(self, &events)
    }
}

extension PullDisputeFunds: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decidePullFunds(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        RefusalCode.of(amount: amount)
    }
}

extension ReturnDisputeFunds: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideReturnFunds(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        RefusalCode.of(amount: amount)
    }
}

// MARK: Debits

extension SubmitDebit: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideSubmitDebit(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        order.formRefusal
    }

    func momentRefusal(at now: LedgerTime, after last: LedgerTime) -> RefusalCode? {
        RefusalCode.of(required: returnableUntil, at: now)
    }

    var newPaymentPlace: (AcquirerID, Currency)? {
        Currency(number: order.currency).map { (acquirer, $0) }
    }
}

extension ReturnDebit: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideReturnDebit(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        RefusalCode.of(amount: amount, zeroMeansAll: true)
    }
}

// MARK: Reserves, payouts, own funds

extension WithholdReserve: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideWithholdReserve(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        RefusalCode.of(currency: currency) ?? .of(amount: amount)
    }

    func momentRefusal(at now: LedgerTime, after last: LedgerTime) -> RefusalCode? {
        RefusalCode.of(moment: releaseAt, at: now)
    }
}

extension ReleaseReserve: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideReleaseReserve(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        RefusalCode.of(currency: currency) ?? .of(amount: amount)
    }
}

extension CreatePayout: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideCreatePayout(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        RefusalCode.of(currency: currency) ?? .of(amount: amount)
    }
}

extension AnswerPayout: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideAnswerPayout(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        answer == .rejected ? nil : .of(bankAccount)
    }
}

extension MoveOwnFunds: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideMoveOwnFunds(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        RefusalCode.of(bankAccount) ?? .of(currency: currency) ?? .of(amount: amount) ?? .of(reason: reason)
    }
}

extension WriteOffDebt: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideWriteOffDebt(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        RefusalCode.of(currency: currency) ?? .of(amount: amount) ?? .of(reason: reason)
    }
}

// MARK: Exceptions and corrections

extension OpenException: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideOpenException(self, &events)
    }
}

extension ResolveException: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideResolve(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        RefusalCode.of(reason: reason)
    }
}

extension ApproveResolution: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideApprove(self, &events)
    }
}

extension PostCorrection: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decidePostCorrection(self, &events)
    }
}
