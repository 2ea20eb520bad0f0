import Ledger

// What is wrong with the form of a request, whatever the state: what several of them check, and what takes
// more than a line.

extension RefusalCode {
    /// What is wrong with an amount a caller asks for.
    static func of(amount: Int64, zeroMeansAll: Bool = false) -> RefusalCode? {
        if amount < 0 { return .amountNegative }
        if amount == 0 { return zeroMeansAll ? nil : .amountZero }
        return amount > Amount.payableMax.minorUnits ? .amountTooLarge : nil
    }

    static func of(currency: UInt16) -> RefusalCode? {
        Currency(number: currency) == nil ? .currencyUnknown : nil
    }

    static func of(_ bankAccount: BankAccountID) -> RefusalCode? {
        bankAccount.isNone || bankAccount.raw >= 1 << 42 ? .malformed : nil
    }

    static func of<let capacity: Int>(reason: Text<capacity>) -> RefusalCode? {
        reason.isEmpty ? .textRequired : nil
    }

    /// A moment that is none or still to come.
    static func of(moment: LedgerTime, at now: LedgerTime) -> RefusalCode? {
        moment.isNone ? nil : of(required: moment, at: now)
    }

    static func of(required moment: LedgerTime, at now: LedgerTime) -> RefusalCode? {
        moment > now ? nil : .timeOutOfRange
    }

    static func of(holdEnd: LedgerTime, at now: LedgerTime) -> RefusalCode? {
        holdEnd > now.adding(HoldSpans.spanMax) ? .timeOutOfRange : of(moment: holdEnd, at: now)
    }
}

extension ChangeSettings {
    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        if settings.keySpan < .hours(72) { return .spanTooShort }
        return settings.holdSpan > HoldSpans.spanMax ? .spanTooLong : nil
    }
}

extension SetMerchantTerms {
    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        if let refusal = RefusalCode.of(currency: currency) { return refusal }
        if fee > Rate.whole.partsPerMillion { return .rateTooLarge }
        for amount in [feeFixed, chargebackFee] {
            if let refusal = RefusalCode.of(amount: amount, zeroMeansAll: true) { return refusal }
        }
        return reserve > Rate.whole.partsPerMillion ? .rateTooLarge : nil
    }
}

extension MerchantSettings {
    /// Most a merchant may capture beyond an authorization: 15 %.
    private static var overcaptureMax: Rate { Rate(partsPerMillion: 150_000) }

    var formRefusal: RefusalCode? {
        if name.isEmpty { return .textRequired }
        if cutoffMinute >= 1_440 { return .timeOutOfRange }
        if overcapture > Self.overcaptureMax { return .rateTooLarge }
        return RefusalCode.of(amount: paymentMax.minorUnits)
    }
}

extension PaymentOrder {
    var formRefusal: RefusalCode? {
        if let refusal = RefusalCode.of(amount: amount) ?? .of(currency: currency) { return refusal }
        if holdSpan > HoldSpans.spanMax { return .spanTooLong }
        if card.lastFour > 9_999 { return .cardInvalid }
        if risk.score > 100 { return .scoreOutOfRange }
        return risk.action.rawValue < RiskAction(score: risk.score).rawValue ? .riskContradictsScore : nil
    }
}

extension RequestPayment {
    func momentRefusal(at now: LedgerTime, after last: LedgerTime) -> RefusalCode? {
        switch order.risk.action {
        case .block: nil
        case .challenge: .of(required: challengeEnds, at: now)
        case .allow, .review: .of(required: deadline, at: now)
        }
    }
}

extension NetCost {
    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        if let refusal = RefusalCode.of(currency: currency) { return refusal }
        for cost in [interchange, scheme, markup] {
            if let refusal = RefusalCode.of(amount: cost, zeroMeansAll: true) { return refusal }
        }
        return interchange == 0 && scheme == 0 && markup == 0 ? .amountZero : nil
    }
}

extension OpenException {
    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        if currency != 0 || kind.isOfPayment, let refusal = RefusalCode.of(currency: currency) {
            return refusal
        }
        for amount in [expected, actual] {
            if let refusal = RefusalCode.of(amount: amount, zeroMeansAll: true) { return refusal }
        }
        return nil
    }
}

extension CreateAPIKey {
    func formRefusal(askedBy merchant: MerchantID) -> RefusalCode? {
        if publicID.isNone { return .malformed }
        if name.isEmpty { return .textRequired }
        let most = merchant.isNone ? Scopes.all : .ofMerchant
        let scopes = Scopes(rawValue: scopes)
        if scopes.isEmpty || !scopes.isSubset(of: most) { return .scopesInvalid }
        return storedKey.isNone || serverKey.isNone ? .malformed : nil
    }
}

extension RiskAction {
    /// The mildest that a score allows.
    fileprivate init(score: UInt8) {
        self =
            switch score {
            case ..<40: .allow
            case ..<60: .review
            case ..<80: .challenge
            default: .block
            }
    }
}
