// Something posted wrongly, posted the other way round.

import Ledger

extension LedgerModel {
    func postCorrection(
        _ body: PostCorrection, _ merchant: MerchantID, _ actor: ActorID
    ) throws(Refusal) {
        if body.corrects.isNone || body.corrects >= nextSequence { throw Refusal(.eventUnknown) }
        if state.corrected.contains(body.corrects) { throw Refusal(.alreadyCorrected) }
        try checkApprover(body.approver, actor)
        var posting = Posting()
        var purse: Purse?
        var fromPurse: Int64 = 0
        for place in 0..<body.legs.count {
            let leg = body.legs[place]
            if leg.account.account.isPurse {
                purse = Purse(merchant: merchant, currency: leg.account.currency)
                fromPurse -= leg.amount
            } else {
                posting.add(leg.account, -leg.amount)
            }
        }
        if let purse { move(fromPurse, purse, &posting) }
        state.corrected.insert(body.corrects)
        write(
            .correctionPosted, merchant: merchant, posting,
            says: ["corrects": body.corrects, "approver": body.approver, "reason": body.reason])
    }

    /// The purse's side alone: so much taken from it, or given to it if negative.
    private func move(_ amount: Int64, _ purse: Purse, _ posting: inout Posting) {
        let available = purse.account(.merchantAvailable)
        let receivable = purse.account(.merchantReceivable)
        if amount > 0 {
            let paid = Int64(clamping: min(max(credit(of: available), 0), Int128(amount)))
            posting.add(available, paid)
            posting.add(receivable, amount - paid)
        } else {
            let repaid = Int64(clamping: min(max(-credit(of: receivable), 0), -Int128(amount)))
            posting.add(receivable, -repaid)
            posting.add(available, amount + repaid)
        }
    }

    /// The legs a correction may have: few, whole, of one currency and of that merchant, and only on accounts
    /// that no row stands behind.
    func checkLegs(_ legs: Legs, of merchant: MerchantID) throws(Refusal) {
        guard legs.count > 0, legs.count <= 8, legs.isBalanced else { throw Refusal(.malformed) }
        for place in 0..<legs.count {
            let leg = legs[place]
            let account = leg.account
            let isPayable = leg.amount != 0 && leg.amount.magnitude <= Amount.payableMax.minorUnits
            let isOwn = !account.account.isPurse || account.owner == merchant.raw
            guard isPayable, isOwn, leg.layer == .posted, account.account.isCorrectable,
                account.currency == legs[0].account.currency
            else { throw Refusal(.malformed) }
        }
    }
}

extension Account {
    /// The merchant's purse: what is available and what is owed are one thing.
    var isPurse: Bool { self == .merchantAvailable || self == .merchantReceivable }

    /// Whether the sum of it is not that of rows: nothing breaks if it is posted by hand.
    var isCorrectable: Bool {
        switch self {
        case .acquirerReceivable, .merchantPending, .merchantReserve, .disputeHold, .payoutInTransit,
            .refundsPayable, .suspense:
            false
        default: true
        }
    }
}
