import Ledger

extension Request {
    /// What is wrong with the form of a request, whatever the state: the first of the reasons 1xx.
    var formRefusal: RefusalCode? {
        switch self {
        case .recordAuthorization(let request): request.order.formRefusal
        case .capturePayment(let request): .of(amount: request.amount, zeroMeansAll: true)
        case .setMerchantTerms(let request): request.formRefusal
        case .setHoldSpan(let request): request.span > .days(30) ? .spanTooLong : nil
        case .openMerchant(let request): request.settings.formRefusal
        case .changeMerchant(let request): request.settings.formRefusal
        case .changeSettings(let request): request.settings.keySpan < .hours(72) ? .spanTooShort : nil
        default: nil
        }
    }
}

extension SetMerchantTerms {
    fileprivate var formRefusal: RefusalCode? {
        for amount in [feeFixed, chargebackFee] {
            if let refusal = RefusalCode.of(amount: amount, zeroMeansAll: true) { return refusal }
        }
        if Currency(number: currency) == nil { return .currencyUnknown }
        return max(fee, reserve) > Rate.whole.partsPerMillion ? .rateTooLarge : nil
    }
}

extension MerchantSettings {
    /// Most a merchant may capture beyond an authorization: 15 %.
    private static var overcaptureMax: Rate { Rate(partsPerMillion: 150_000) }

    fileprivate var formRefusal: RefusalCode? {
        if name.isEmpty { return .textRequired }
        if overcapture > Self.overcaptureMax { return .rateTooLarge }
        if cutoffMinute >= 1_440 { return .timeOutOfRange }
        return RefusalCode.of(amount: paymentMax.minorUnits)
    }
}

extension SetHoldSpan {
    var fact: HoldSpanSet {
        var fact = HoldSpanSet()
        fact.network = network
        fact.initiator = initiator
        fact.span = span
        return fact
    }
}
