import Invariants
import Ledger

// Something posted wrongly, posted the other way round.
extension LedgerState {
    mutating func decidePostCorrection(_ request: PostCorrection, _ events: inout EventBatch) -> RefusalCode?
    {
        if request.corrects.isNone || request.corrects >= next { return .eventUnknown }
        if corrections.find(request.corrects.raw) != nil { return .alreadyCorrected }
        if let refusal = approverRefusal(request.approver) { return refusal }
        var fact = CorrectionPosted()
        fact.corrects = request.corrects
        fact.approver = request.approver
        fact.reason = request.reason
        write(fact, correctionLegs(request.legs), into: &events)
        return nil
    }

    /// The legs with their sides swapped. What a merchant has and what it owes are one purse: its legs are
    /// one movement.
    private func correctionLegs(_ legs: Legs) -> Legs {
        var swapped = Legs()
        var fromPurse: Int64 = 0
        for index in 0..<legs.count {
            let leg = legs[index]
            if leg.account.account.isPurse {
                fromPurse -= leg.amount
            } else {
                swapped.add(leg.account, -leg.amount)
            }
        }
        var purse = MerchantPurse(author.merchant, legs[0].account.currency, in: self)
        if fromPurse > 0 { purse.debit(Amount(minorUnits: fromPurse), &swapped) }
        if fromPurse < 0 { purse.credit(Amount(minorUnits: -fromPurse), &swapped) }
        return swapped
    }

    mutating func applyCorrectionPosted(_ fact: CorrectionPosted, _ event: EventHead) {
        corrections.insert(CorrectionRow(corrected: fact.corrects, by: event.sequence))
    }
}

extension PostCorrection {
    /// Legs of a correction: with their purse's one more, they fit an event.
    private static var legsMax: Int { 8 }

    /// Whether its legs touch the purse of somebody else than the merchant it is asked for.
    private func touchesPurse(notOf merchant: MerchantID) -> Bool {
        for index in 0..<legs.count {
            let account = legs[index].account
            if account.account.isPurse, account.owner != merchant.raw { return true }
        }
        return false
    }

    /// What is wrong with its form: whole legs of one currency that sum to nothing, on accounts that no row
    /// stands behind.
    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        if reason.isEmpty { return .textRequired }
        guard legs.count > 0, legs.count <= Self.legsMax else { return .malformed }
        for index in 0..<legs.count {
            let leg = legs[index]
            let isPayable = leg.amount != 0 && leg.amount.magnitude <= Amount.payableMax.minorUnits
            guard isPayable, leg.layer == .posted, AccountID(raw: leg.account.raw) != nil,
                leg.account.account.isCorrectable, leg.account.currency == legs[0].account.currency
            else { return .malformed }
        }
        return legs.isBalanced && !touchesPurse(notOf: merchant) ? nil : .malformed
    }
}

extension Account {
    /// What a merchant has, or owes.
    fileprivate var isPurse: Bool { self == .merchantAvailable || self == .merchantReceivable }

    /// Whether its sum is not that of rows, so that nothing breaks if it is posted by hand.
    fileprivate var isCorrectable: Bool {
        switch self {
        case .acquirerReceivable, .suspense, .merchantPending, .merchantReserve, .disputeHold,
            .payoutInTransit, .refundsPayable:
            false
        default: true
        }
    }
}
