import Ledger

// Requests about who may ask.

extension CreateAPIKey: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideCreateAPIKey(self, &events)
    }

    func momentRefusal(at now: LedgerTime, after last: LedgerTime) -> RefusalCode? {
        RefusalCode.of(moment: expiresAt, at: now)
    }
}

extension RevokeAPIKey: DecidedRequest {
    func decide(in state: inout LedgerState, _ events: inout EventBatch) -> RefusalCode? {
        state.decideRevokeAPIKey(self, &events)
    }

    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        RefusalCode.of(reason: reason)
    }
}
