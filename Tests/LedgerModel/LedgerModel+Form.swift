// Step 1: what is wrong with a command whatever the state. Field by field.

import Ledger

extension LedgerModel {
    func checkForm(_ command: Command, isAlone: Bool) throws(Refusal) {
        try checkFields(command.request)
        if case .createAPIKey(let body) = command.request { try checkAPIKey(body, of: command.merchant) }
        if case .postCorrection(let body) = command.request { try checkLegs(body.legs, of: command.merchant) }
        if isAlone {
            if command.key.isNone, command.request.operation.needsKey { throw Refusal(.keyRequired) }
        } else if !command.key.isNone {
            throw Refusal(.malformed)
        }
    }

    /// What must lie in the future is looked at after the key: a repetition may come late.
    func checkMoments(_ request: Request) throws(Refusal) {
        looksAtMoments = true
        defer { looksAtMoments = false }
        try checkFields(request)
    }

    private func checkFields(_ request: Request) throws(Refusal) {
        switch request {
        case .changeSettings(let body): try check(body.settings)
        case .setHoldSpan(let body):
            if body.span > .days(30) { throw Refusal(.spanTooLong) }
        case .setAcquirer(let body):
            if body.settings.name.isEmpty { throw Refusal(.textRequired) }
        case .acceptTime(let body):
            if looksAtMoments, body.to <= lastTime { throw Refusal(.timeOutOfRange) }
        case .openMerchant(let body): try check(body.settings)
        case .changeMerchant(let body): try check(body.settings)
        case .setMerchantTerms(let body): try check(body)
        case .createAPIKey(let body): try checkMoment(body.expiresAt)
        case .revokeAPIKey(let body):
            if body.reason.isEmpty { throw Refusal(.textRequired) }
        default: try checkPaymentFields(request)
        }
    }

    private func checkPaymentFields(_ request: Request) throws(Refusal) {
        switch request {
        case .requestPayment(let body): try check(body)
        case .recordAuthorization(let body):
            try check(body.order)
            try checkHoldEnd(body.expiresAt)
        case .startAttempt(let body):
            try checkMoment(body.deadline, isRequired: true)
        case .claimAttempt(let body):
            if body.worker == 0 { throw Refusal(.malformed) }
            try checkMoment(body.deadline, isRequired: true)
        case .answerAttempt(let body):
            try checkAmount(body.amount, mayBeZero: true)
            if looksAtMoments, body.answer == .actionRequired, body.challengeEnds.isNone {
                throw Refusal(.timeOutOfRange)
            }
        case .completeAction(let body):
            let isNext = body.outcome == .authenticated
            if isNext { try checkMoment(body.deadline, isRequired: true) }
        case .incrementAuthorization(let body):
            try checkAmount(body.amount)
            try checkHoldEnd(body.expiresAt)
        case .capturePayment(let body):
            try checkAmount(body.amount, mayBeZero: true)
            try checkMoment(body.deadline)
        case .refundPayment(let body): try checkAmount(body.amount, mayBeZero: true)
        case .settleItem(let body): try checkAmount(body.amount, mayBeZero: true)
        default: try checkMoneyFields(request)
        }
    }

    private func checkMoneyFields(_ request: Request) throws(Refusal) {
        switch request {
        case .matchCash(let body):
            try checkBankAccount(body.bankAccount)
            try checkMoney(body.currency, body.amount)
        case .netCost(let body): try check(body)
        case .openDispute(let body): try checkMoney(body.currency, body.amount)
        case .pullDisputeFunds(let body): try checkAmount(body.amount)
        case .returnDisputeFunds(let body): try checkAmount(body.amount)
        case .submitDebit(let body):
            try check(body.order)
            try checkMoment(body.returnableUntil, isRequired: true)
        case .returnDebit(let body): try checkAmount(body.amount, mayBeZero: true)
        case .withholdReserve(let body):
            try checkMoney(body.currency, body.amount)
            try checkMoment(body.releaseAt)
        case .releaseReserve(let body): try checkMoney(body.currency, body.amount)
        case .createPayout(let body): try checkMoney(body.currency, body.amount)
        case .answerPayout(let body):
            if body.answer != .rejected { try checkBankAccount(body.bankAccount) }
        case .moveOwnFunds(let body):
            try checkBankAccount(body.bankAccount)
            try checkMoney(body.currency, body.amount)
            if body.reason.isEmpty { throw Refusal(.textRequired) }
        case .writeOffDebt(let body):
            try checkMoney(body.currency, body.amount)
            if body.reason.isEmpty { throw Refusal(.textRequired) }
        case .openException(let body): try check(body)
        case .resolveException(let body):
            if body.reason.isEmpty { throw Refusal(.textRequired) }
        case .postCorrection(let body):
            if body.reason.isEmpty { throw Refusal(.textRequired) }
        default: return
        }
    }
}

// Bodies with more than one rule.
extension LedgerModel {
    private func check(_ settings: SettingsChanged) throws(Refusal) {
        if settings.keySpan < .hours(72) { throw Refusal(.spanTooShort) }
        if settings.holdSpan > .days(30) { throw Refusal(.spanTooLong) }
    }

    private func check(_ settings: MerchantSettings) throws(Refusal) {
        if settings.name.isEmpty { throw Refusal(.textRequired) }
        if settings.cutoffMinute >= 1_440 { throw Refusal(.timeOutOfRange) }
        if settings.overcapture.partsPerMillion > 150_000 { throw Refusal(.rateTooLarge) }
        try checkAmount(settings.paymentMax.minorUnits)
    }

    private func check(_ terms: SetMerchantTerms) throws(Refusal) {
        try checkCurrency(terms.currency)
        if terms.fee > 1_000_000 { throw Refusal(.rateTooLarge) }
        try checkAmount(terms.feeFixed, mayBeZero: true)
        try checkAmount(terms.chargebackFee, mayBeZero: true)
        if terms.reserve > 1_000_000 { throw Refusal(.rateTooLarge) }
    }

    private func check(_ order: PaymentOrder) throws(Refusal) {
        try checkAmount(order.amount)
        try checkCurrency(order.currency)
        if order.holdSpan > .days(30) { throw Refusal(.spanTooLong) }
        if order.card.lastFour > 9_999 { throw Refusal(.cardInvalid) }
        if order.risk.score > 100 { throw Refusal(.scoreOutOfRange) }
        let mildest: RiskAction =
            switch order.risk.score {
            case 80...: .block
            case 60...: .challenge
            case 40...: .review
            default: .allow
            }
        if order.risk.action.rawValue < mildest.rawValue { throw Refusal(.riskContradictsScore) }
    }

    private func check(_ body: RequestPayment) throws(Refusal) {
        try check(body.order)
        let action = body.order.risk.action
        if action == .allow || action == .review { try checkMoment(body.deadline, isRequired: true) }
        if action == .challenge { try checkMoment(body.challengeEnds, isRequired: true) }
    }

    private func check(_ body: NetCost) throws(Refusal) {
        try checkCurrency(body.currency)
        let amounts = [body.interchange, body.scheme, body.markup]
        for amount in amounts { try checkAmount(amount, mayBeZero: true) }
        if amounts.allSatisfy({ $0 == 0 }) { throw Refusal(.amountZero) }
    }

    private func check(_ body: OpenException) throws(Refusal) {
        let isMoney = body.kind == .amountOver || body.kind == .amountUnder
        if isMoney || body.currency != 0 { try checkCurrency(body.currency) }
        try checkAmount(body.expected, mayBeZero: true)
        try checkAmount(body.actual, mayBeZero: true)
    }
}

// Fields.
extension LedgerModel {
    private func checkAmount(_ amount: Int64, mayBeZero: Bool = false) throws(Refusal) {
        if amount < 0 { throw Refusal(.amountNegative) }
        if amount == 0, !mayBeZero { throw Refusal(.amountZero) }
        if amount > Amount.payableMax.minorUnits { throw Refusal(.amountTooLarge) }
    }

    private func checkCurrency(_ number: UInt16) throws(Refusal) {
        if Currency(number: number) == nil { throw Refusal(.currencyUnknown) }
    }

    private func checkMoney(_ currency: UInt16, _ amount: Int64) throws(Refusal) {
        try checkCurrency(currency)
        try checkAmount(amount)
    }

    /// An account's word has room for 42 bits of its owner.
    private func checkBankAccount(_ account: BankAccountID) throws(Refusal) {
        if account.isNone || account.raw >= 1 << 42 { throw Refusal(.malformed) }
    }

    private func checkMoment(_ moment: LedgerTime, isRequired: Bool = false) throws(Refusal) {
        guard looksAtMoments else { return }
        if moment.isNone ? isRequired : moment <= now { throw Refusal(.timeOutOfRange) }
    }

    private func checkHoldEnd(_ moment: LedgerTime) throws(Refusal) {
        try checkMoment(moment)
        guard looksAtMoments else { return }
        if moment > now.adding(.days(30)) { throw Refusal(.timeOutOfRange) }
    }
}
