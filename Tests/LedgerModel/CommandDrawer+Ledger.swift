// The ledger itself, acquirers, merchants; and what a run begins with.

import Ledger

extension CommandDrawer {
    static let setupCount = 12

    /// Two acquirers, three merchants (one with everything, one with nothing, one with limits), some money.
    mutating func setup(_ step: Int, _ shard: Shard) -> Command {
        switch step {
        case 1, 2: return Command(.setAcquirer(acquirerSettings(mode: step == 1 ? .file : .online)))
        case 3, 4, 5:
            var body = OpenMerchant()
            body.settings = merchantSettings()
            body.settings.overcapture = Rate(partsPerMillion: step == 3 ? 100_000 : 0)
            body.settings.paymentMax = Amount(minorUnits: step == 5 ? 400_000 : Amount.payableMax.minorUnits)
            return Command(.openMerchant(body))
        case 6: return terms(of: 1, currency: 978, reserveSpan: .days(5), shard)
        case 7: return terms(of: 1, currency: 840, reserveSpan: .seconds(0), shard)
        case 8: return terms(of: 3, currency: 978, reserveSpan: .days(1), shard)
        case 9:
            var body = ChangeSettings()
            body.settings.approvalAbove = Amount(minorUnits: 5_000)
            return Command(.changeSettings(body))
        case 10: return Command(.setHoldSpan(holdSpan(.visa, .days(5))))
        case 11: return Command(.setHoldSpan(holdSpan(.amex, .days(3))))
        default:
            var command = Command(.moveOwnFunds(ownFunds(amount: 5_000_000, isIn: true)))
            command.key = Hash128(low: 1, high: 1)
            return command
        }
    }

    mutating func drawLedger(_ operation: Operation, _ model: LedgerModel) -> Command? {
        switch operation {
        case .changeSettings:
            var body = ChangeSettings()
            body.settings.approvalAbove = Amount(minorUnits: lots.number(0...8_000))
            body.settings.reviewSpan = .hours(UInt64(lots.number(1...48)))
            body.settings.noticeSpan = .hours(UInt64(lots.number(1...48)))
            body.settings.holdSpan = .days(UInt64(lots.number(1...30)))
            body.settings.keySpan = .hours(UInt64(lots.number(72...96)))
            if lots.happens(perMille: 200) { body.settings.keySpan = .hours(71) }
            if lots.happens(perMille: 200) { body.settings.holdSpan = .days(31) }
            return Command(.changeSettings(body))
        case .setHoldSpan:
            let days = UInt64(lots.number(1...32))
            return Command(.setHoldSpan(holdSpan(lots.any(CardBrand.self), .days(days))))
        case .setAcquirer:
            // Its mode stays: what a change of it means for what is on its way is nobody's question here.
            let number = UInt32(1 + lots.index(3))
            var body = acquirerSettings(mode: number == 1 ? .file : .online)
            body.settings.acquirer = AcquirerID(number: number, shard: model.shard)
            body.settings.settleAfter = .seconds(UInt64(lots.number(0...300)))
            if lots.happens(perMille: 100) { body.settings.name = Text() }
            return Command(.setAcquirer(body))
        case .changeCircuit:
            var body = ChangeCircuit()
            body.circuit.acquirer = acquirer(model)
            body.circuit.state = lots.happens(perMille: 300) ? .open : .closed
            if body.circuit.state == .open { body.circuit.until = time.adding(.seconds(30)) }
            return Command(.changeCircuit(body))
        case .setRoute:
            var body = SetRoute()
            (body.route.currency, body.route.first) = (currency(), acquirer(model))
            if lots.happens(perMille: 500) { body.route.second = acquirer(model) }
            var command = Command(.setRoute(body))
            command.merchant = merchant(model)
            return command
        case .acceptTime:
            var body = AcceptTime()
            body.to = moment(within: 60, wrong: 200)
            return Command(.acceptTime(body))
        case .digestState: return Command(.digestState(DigestState()))
        default: return drawMerchant(operation, model)
        }
    }

    private mutating func drawMerchant(_ operation: Operation, _ model: LedgerModel) -> Command? {
        var command: Command
        switch operation {
        case .openMerchant:
            var body = OpenMerchant()
            body.settings = merchantSettings()
            if lots.happens(perMille: 200) { body.settings.overcapture = Rate(partsPerMillion: 150_001) }
            command = Command(.openMerchant(body))
            if lots.happens(perMille: 100) { command.merchant = merchant(model) }
            return command
        case .changeMerchant:
            var body = ChangeMerchant()
            body.settings = merchantSettings()
            body.settings.overcapture = Rate(partsPerMillion: UInt32(lots.number(0...160_000)))
            if lots.happens(perMille: 100) { body.settings.cutoffMinute = 1_440 }
            command = Command(.changeMerchant(body))
        case .setMerchantTerms:
            command = terms(
                of: 1, currency: lots.happens(perMille: 200) ? 1 : currency(),
                reserveSpan: .days(UInt64(lots.index(3))), model.shard)
        case .freezeMerchant:
            command = Command(.freezeMerchant(FreezeMerchant()))
            command.merchant = drawnFrozen(model)
        case .unfreezeMerchant:
            command = Command(.unfreezeMerchant(UnfreezeMerchant()))
            for number: UInt32 in 1...3 {
                let id = MerchantID(number: number, shard: model.shard)
                if model.state.merchants[id]?.state == .frozen { command.merchant = id }
            }
        case .closeMerchant:
            // The first three stay, or nothing would happen any more.
            command = Command(.closeMerchant(CloseMerchant()))
            let number = UInt32(max(4, model.state.merchants.count - lots.index(2)))
            command.merchant = MerchantID(number: number, shard: model.shard)
        default: return nil
        }
        if command.merchant.isNone { command.merchant = merchant(model) }
        return command
    }

    /// Sometimes one that is frozen already.
    private mutating func drawnFrozen(_ model: LedgerModel) -> MerchantID {
        let frozen = model.state.merchants.filter { $0.value.state == .frozen }.keys.sorted()
        return lots.happens(perMille: 200) ? lots.one(of: frozen) ?? .none : .none
    }

    private func acquirerSettings(mode: AcquirerMode) -> SetAcquirer {
        var body = SetAcquirer()
        body.settings.name = Text(mode == .file ? "File Bank" : "Online Bank") ?? Text()
        body.settings.mode = mode
        return body
    }

    private func merchantSettings() -> MerchantSettings {
        var settings = MerchantSettings()
        settings.name = Text("Shop") ?? Text()
        settings.timeZone = Text("Europe/Zurich") ?? Text()
        return settings
    }

    private func terms(
        of merchant: UInt32, currency: UInt16, reserveSpan: LedgerSpan, _ shard: Shard
    ) -> Command {
        var body = SetMerchantTerms()
        body.currency = currency
        body.fee = 29_000
        body.feeFixed = 30
        body.chargebackFee = 1_500
        body.reserve = 100_000
        body.reserveSpan = reserveSpan
        var command = Command(.setMerchantTerms(body))
        command.merchant = MerchantID(number: merchant, shard: shard)
        return command
    }

    private func holdSpan(_ network: CardBrand, _ span: LedgerSpan) -> SetHoldSpan {
        var body = SetHoldSpan()
        body.network = network
        body.span = span
        return body
    }

    func ownFunds(amount: Int64, isIn: Bool) -> MoveOwnFunds {
        var body = MoveOwnFunds()
        body.bankAccount = BankAccountID(raw: 1)
        body.currency = 978
        body.amount = amount
        body.isIn = isIn
        body.reason = Text("liquidity") ?? Text()
        return body
    }
}
