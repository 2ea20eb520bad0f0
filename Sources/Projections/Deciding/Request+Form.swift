import Ledger

// What is wrong with the form of a request, whatever the state: reasons 1xx, in the order of the fields.
extension Request {
    var formRefusal: RefusalCode? {
        switch self {
        case .changeSettings(let request): request.formRefusal
        case .setHoldSpan(let request): request.span > HoldSpans.spanMax ? .spanTooLong : nil
        case .setAcquirer(let request): request.settings.name.isEmpty ? .textRequired : nil
        case .openMerchant(let request): request.settings.formRefusal
        case .changeMerchant(let request): request.settings.formRefusal
        case .setMerchantTerms(let request): request.formRefusal
        case .requestPayment(let request): request.order.formRefusal
        case .recordAuthorization(let request): request.order.formRefusal
        case .submitDebit(let request): request.order.formRefusal
        case .claimAttempt(let request): request.worker == 0 ? .malformed : nil
        case .answerAttempt(let request): .of(amount: request.amount, zeroMeansAll: true)
        case .incrementAuthorization(let request): .of(amount: request.amount)
        case .capturePayment(let request): .of(amount: request.amount, zeroMeansAll: true)
        case .refundPayment(let request): .of(amount: request.amount, zeroMeansAll: true)
        case .settleItem(let request): .of(amount: request.amount, zeroMeansAll: true)
        case .openDispute(let request): .of(currency: request.currency) ?? .of(amount: request.amount)
        case .pullDisputeFunds(let request): .of(amount: request.amount)
        case .returnDisputeFunds(let request): .of(amount: request.amount)
        case .returnDebit(let request): .of(amount: request.amount, zeroMeansAll: true)
        default: formRefusalOfTreasury
        }
    }

    private var formRefusalOfTreasury: RefusalCode? {
        switch self {
        case .matchCash(let request):
            .of(request.bankAccount) ?? .of(currency: request.currency) ?? .of(amount: request.amount)
        case .netCost(let request): request.formRefusal
        case .withholdReserve(let request): .of(currency: request.currency) ?? .of(amount: request.amount)
        case .releaseReserve(let request): .of(currency: request.currency) ?? .of(amount: request.amount)
        case .createPayout(let request): .of(currency: request.currency) ?? .of(amount: request.amount)
        case .answerPayout(let request): request.answer == .rejected ? nil : .of(request.bankAccount)
        case .moveOwnFunds(let request):
            .of(request.bankAccount) ?? .of(currency: request.currency) ?? .of(amount: request.amount)
                ?? .of(reason: request.reason)
        case .writeOffDebt(let request):
            .of(currency: request.currency) ?? .of(amount: request.amount) ?? .of(reason: request.reason)
        case .postCorrection(let request): request.formRefusal
        case .openException(let request): request.formRefusal
        case .resolveException(let request): .of(reason: request.reason)
        default: nil
        }
    }

    /// What is wrong with a moment that must lie in the future. Looked at after the key: what was right when
    /// it was asked for the first time is answered as then, however late it comes again.
    ///
    /// - Parameters:
    ///   - now: log time.
    ///   - last: that of the last event.
    func momentRefusal(at now: LedgerTime, after last: LedgerTime) -> RefusalCode? {
        switch self {
        case .acceptTime(let request): request.to > last ? nil : .timeOutOfRange
        case .requestPayment(let request): request.momentRefusal(at: now)
        case .recordAuthorization(let request): .of(holdEnd: request.expiresAt, at: now)
        case .startAttempt(let request): .of(required: request.deadline, at: now)
        case .claimAttempt(let request): .of(required: request.deadline, at: now)
        case .answerAttempt(let request):
            request.answer == .actionRequired && request.challengeEnds.isNone ? .timeOutOfRange : nil
        case .completeAction(let request):
            request.outcome == .authenticated ? .of(required: request.deadline, at: now) : nil
        case .incrementAuthorization(let request): .of(holdEnd: request.expiresAt, at: now)
        case .capturePayment(let request): .of(moment: request.deadline, at: now)
        case .submitDebit(let request): .of(required: request.returnableUntil, at: now)
        case .withholdReserve(let request): .of(moment: request.releaseAt, at: now)
        default: nil
        }
    }
}

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
    fileprivate var formRefusal: RefusalCode? {
        if settings.keySpan < .hours(72) { return .spanTooShort }
        return settings.holdSpan > HoldSpans.spanMax ? .spanTooLong : nil
    }
}

extension SetMerchantTerms {
    fileprivate var formRefusal: RefusalCode? {
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

    fileprivate var formRefusal: RefusalCode? {
        if name.isEmpty { return .textRequired }
        if cutoffMinute >= 1_440 { return .timeOutOfRange }
        if overcapture > Self.overcaptureMax { return .rateTooLarge }
        return RefusalCode.of(amount: paymentMax.minorUnits)
    }
}

extension PaymentOrder {
    fileprivate var formRefusal: RefusalCode? {
        if let refusal = RefusalCode.of(amount: amount) ?? .of(currency: currency) { return refusal }
        if holdSpan > HoldSpans.spanMax { return .spanTooLong }
        if card.lastFour > 9_999 { return .cardInvalid }
        if risk.score > 100 { return .scoreOutOfRange }
        return risk.action.rawValue < RiskAction(score: risk.score).rawValue ? .riskContradictsScore : nil
    }
}

extension RequestPayment {
    fileprivate func momentRefusal(at now: LedgerTime) -> RefusalCode? {
        switch order.risk.action {
        case .block: nil
        case .challenge: .of(required: challengeEnds, at: now)
        case .allow, .review: .of(required: deadline, at: now)
        }
    }
}

extension NetCost {
    fileprivate var formRefusal: RefusalCode? {
        if let refusal = RefusalCode.of(currency: currency) { return refusal }
        for cost in [interchange, scheme, markup] {
            if let refusal = RefusalCode.of(amount: cost, zeroMeansAll: true) { return refusal }
        }
        return interchange == 0 && scheme == 0 && markup == 0 ? .amountZero : nil
    }
}

extension OpenException {
    fileprivate var formRefusal: RefusalCode? {
        if currency != 0 || kind.isOfPayment, let refusal = RefusalCode.of(currency: currency) {
            return refusal
        }
        for amount in [expected, actual] {
            if let refusal = RefusalCode.of(amount: amount, zeroMeansAll: true) { return refusal }
        }
        return nil
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
