import Ledger

// What comes after a payment: batches, disputes, debits, treasury, exceptions.

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

    var unplacedMoney: UnplacedMoney? {
        .come(amount)
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

    var unplacedMoney: UnplacedMoney? {
        UnplacedMoney(actual: Amount(minorUnits: amount), bankAccount: bankAccount)
    }
}

extension NetCost: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideNetCost(self, &events)
    }

    var unplacedMoney: UnplacedMoney? {
        .gone(interchange + scheme + markup)
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

    var unplacedMoney: UnplacedMoney? {
        .gone(amount)
    }
}

extension ReturnDisputeFunds: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideReturnFunds(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        RefusalCode.of(amount: amount)
    }

    var unplacedMoney: UnplacedMoney? {
        .come(amount)
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

    var unplacedMoney: UnplacedMoney? {
        .gone(amount)
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

    var unplacedMoney: UnplacedMoney? {
        guard kind.isOfPayment else { return nil }
        return UnplacedMoney(
            expected: Amount(minorUnits: expected), actual: Amount(minorUnits: actual))
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
