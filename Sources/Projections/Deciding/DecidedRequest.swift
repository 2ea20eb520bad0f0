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
    /// The money that a fact says has moved, for what it is about may not be there; nil if it says none has.
    var unplacedMoney: UnplacedMoney? { get }
    /// Does what is asked, as events added and applied at once, or refuses and changes nothing.
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode?
}

// What most need not say.
extension DecidedRequest {
    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? { nil }
    func momentRefusal(at now: LedgerTime, after last: LedgerTime) -> RefusalCode? { nil }
    var newPaymentPlace: (AcquirerID, Currency)? { nil }
    var unplacedMoney: UnplacedMoney? { nil }
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
