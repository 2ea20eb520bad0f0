import Invariants
import Ledger

// Something posted wrongly, posted the other way round.
extension LedgerState {
    mutating func decidePostCorrection(_ request: PostCorrection, _ batch: inout EventBatch) -> RefusalCode? {
        if request.corrects.isNone || request.corrects >= next { return .eventUnknown }
        if corrections.find(request.corrects.raw) != nil { return .alreadyCorrected }
        if let refusal = approverRefusal(request.approver) { return refusal }
        guard let legs = correctionLegs(request.legs) else { return .exceedsAvailable }
        var fact = CorrectionPosted()
        fact.corrects = request.corrects
        fact.approver = request.approver
        fact.reason = request.reason
        write(.correctionPosted(fact), legs, into: &batch)
        return nil
    }

    /// The legs with their sides swapped; what a merchant's purse has not goes to what it owes, and the other
    /// way. Nil if an account that must not would go negative, or there are too many.
    private func correctionLegs(_ legs: Legs) -> Legs? {
        var swapped = Legs()
        for index in 0..<legs.count {
            let leg = legs[index]
            let isPurse =
                leg.account.account == .merchantAvailable || leg.account.account == .merchantReceivable
            guard swapped.count + 2 <= Legs.countMax, leg.amount != .min else { return nil }
            if isPurse, leg.layer == .posted { continue }
            swapped.add(leg.account, -leg.amount, leg.layer)
        }
        guard addPurses(of: legs, to: &swapped) else { return nil }
        return staysPositive(swapped) ? swapped : nil
    }

    /// What the legs of each purse come to, swapped: debits are taken from it, credits given to it.
    private func addPurses(of legs: Legs, to swapped: inout Legs) -> Bool {
        for index in 0..<legs.count where legs[index].layer == .posted && legs[index].isOfPurse {
            let account = legs[index].account
            if (0..<index).contains(where: { legs[$0].isSamePurse(account) }) { continue }
            var sum: Int64 = 0
            for other in index..<legs.count where legs[other].isSamePurse(account) {
                let (next, overflow) = sum.subtractingReportingOverflow(legs[other].amount)
                if overflow { return false }
                sum = next
            }
            guard swapped.count + 2 <= Legs.countMax, sum != .min else { return false }
            let purse = MerchantPurse(MerchantID(raw: account.owner), account.currency, in: self)
            purse.move(sum, &swapped)
        }
        return swapped.isBalanced
    }

    /// Whether accounts that must not go negative do not.
    private func staysPositive(_ legs: Legs) -> Bool {
        for index in 0..<legs.count {
            let id = legs[index].account
            guard legs[index].layer == .posted, !id.account.mayGoNegative, let side = id.account.normalSide
            else { continue }
            var balance = account(id).posted
            for other in 0..<legs.count where legs[other].account == id && legs[other].layer == .posted {
                balance += Int128(legs[other].amount)
                if (side == .debit ? balance : -balance) < 0 { return false }
            }
        }
        return true
    }

    mutating func applyCorrectionPosted(_ fact: CorrectionPosted, _ event: Event) {
        corrections.insert(CorrectionRow(corrected: fact.corrects, by: event.sequence))
    }
}

extension Leg {
    fileprivate var isOfPurse: Bool {
        account.account == .merchantAvailable || account.account == .merchantReceivable
    }

    fileprivate func isSamePurse(_ other: AccountID) -> Bool {
        isOfPurse && layer == .posted && account.owner == other.owner && account.currency == other.currency
    }
}
