// The ledger itself, acquirers, merchants.

import Ledger

extension LedgerModel {
    func changeSettings(_ body: ChangeSettings, _ merchant: MerchantID) {
        // The keys of the hours that are over by the settings of until now are forgotten with this event.
        write(.settingsChanged, merchant: merchant, says: ["settings": body.settings])
        state.settings = body.settings
    }

    func setHoldSpan(_ body: SetHoldSpan, _ merchant: MerchantID) {
        let isSet = body.span.nanoseconds > 0
        state.holdSpans[.init(network: body.network, initiator: body.initiator)] = isSet ? body.span : nil
        write(
            .holdSpanSet, merchant: merchant,
            says: ["network": body.network, "initiator": body.initiator, "span": body.span])
    }

    func setAcquirer(_ body: SetAcquirer, _ merchant: MerchantID) throws(Refusal) {
        var settings = body.settings
        if settings.acquirer.isNone {
            settings.acquirer = AcquirerID(number: UInt32(state.acquirers.count + 1), shard: shard)
            state.acquirers[settings.acquirer] = .init(settings: settings)
        } else {
            let known = try acquirer(settings.acquirer)
            if known.settings.mode != settings.mode { throw Refusal(.acquirerModeMismatch) }
            state.acquirers[settings.acquirer]?.settings = settings
        }
        write(.acquirerSet, merchant: merchant, says: ["settings": settings])
    }

    func changeCircuit(_ body: ChangeCircuit, _ merchant: MerchantID) throws(Refusal) {
        _ = try acquirer(body.circuit.acquirer)
        state.acquirers[body.circuit.acquirer]?.circuit = body.circuit.state
        state.acquirers[body.circuit.acquirer]?.openUntil = body.circuit.until
        write(.circuitChanged, merchant: merchant, says: ["circuit": body.circuit])
    }

    func openMerchant(_ body: OpenMerchant, _ merchant: MerchantID) throws(Refusal) {
        if !merchant.isNone { throw Refusal(.merchantExists) }
        let id = MerchantID(number: UInt32(state.merchants.count + 1), shard: shard)
        state.merchants[id] = .init(settings: body.settings)
        write(.merchantOpened, merchant: id, says: ["settings": body.settings])
    }

    func changeMerchant(_ body: ChangeMerchant, _ merchant: MerchantID) throws(Refusal) {
        try checkNotClosed(merchant)
        state.merchants[merchant]?.settings = body.settings
        write(.merchantChanged, merchant: merchant, says: ["settings": body.settings])
    }

    func setTerms(_ body: SetMerchantTerms, _ merchant: MerchantID) throws(Refusal) {
        try checkNotClosed(merchant)
        var terms = MerchantTermsSet()
        terms.currency = try currency(body.currency)
        terms.fee = Rate(partsPerMillion: body.fee)
        terms.feeFixed = Amount(minorUnits: body.feeFixed)
        terms.chargebackFee = Amount(minorUnits: body.chargebackFee)
        terms.reserve = Rate(partsPerMillion: body.reserve)
        terms.reserveSpan = body.reserveSpan
        state.merchants[merchant]?.terms[terms.currency] = terms
        write(
            .merchantTermsSet, merchant: merchant,
            says: [
                "currency": body.currency, "fee": body.fee, "feeFixed": body.feeFixed,
                "chargebackFee": body.chargebackFee, "reserve": body.reserve,
                "reserveSpan": body.reserveSpan,
            ])
    }

    func freezeMerchant(_ body: FreezeMerchant, _ merchant: MerchantID) throws(Refusal) {
        try checkActive(merchant)
        state.merchants[merchant]?.state = .frozen
        write(.merchantFrozen, merchant: merchant, says: ["reason": body.reason])
    }

    func unfreezeMerchant(_ body: UnfreezeMerchant, _ merchant: MerchantID) throws(Refusal) {
        try checkNotClosed(merchant)
        if state.merchants[merchant]?.state == .active { throw Refusal(.merchantNotFrozen) }
        state.merchants[merchant]?.state = .active
        write(.merchantUnfrozen, merchant: merchant, says: ["reason": body.reason])
    }

    func closeMerchant(_ body: CloseMerchant, _ merchant: MerchantID) throws(Refusal) {
        try checkNotClosed(merchant)
        state.merchants[merchant]?.state = .closed
        write(.merchantClosed, merchant: merchant, says: ["reason": body.reason])
    }

    private func checkNotClosed(_ merchant: MerchantID) throws(Refusal) {
        if state.merchants[merchant]?.state == .closed { throw Refusal(.merchantClosed) }
    }
}
