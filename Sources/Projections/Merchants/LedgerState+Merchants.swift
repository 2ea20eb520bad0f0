import Invariants
import Ledger

// Merchants and acquirers: what they may do, and on what terms.
extension LedgerState {
    // MARK: Deciding

    mutating func decideOpenMerchant(_ request: OpenMerchant, _ events: inout EventBatch) -> RefusalCode? {
        guard author.merchant.isNone else { return .merchantExists }
        // Its number would not fit.
        guard core.merchantCount < .max else { return .busy }
        author.merchant = MerchantID(number: core.merchantCount + 1, shard: shard)
        var fact = MerchantOpened()
        fact.settings = request.settings
        write(fact, into: &events)
        return nil
    }

    mutating func decideChangeMerchant(_ request: ChangeMerchant, _ events: inout EventBatch) -> RefusalCode?
    {
        if askingState == .closed { return .merchantClosed }
        var fact = MerchantChanged()
        fact.settings = request.settings
        write(fact, into: &events)
        return nil
    }

    mutating func decideSetTerms(_ request: SetMerchantTerms, _ events: inout EventBatch) -> RefusalCode? {
        if askingState == .closed { return .merchantClosed }
        var fact = MerchantTermsSet()
        fact.currency = Self.checked(request.currency)
        fact.fee = Rate(partsPerMillion: request.fee)
        fact.feeFixed = Amount(minorUnits: request.feeFixed)
        fact.chargebackFee = Amount(minorUnits: request.chargebackFee)
        fact.reserve = Rate(partsPerMillion: request.reserve)
        fact.reserveSpan = request.reserveSpan
        write(fact, into: &events)
        return nil
    }

    mutating func decideFreeze(_ request: FreezeMerchant, _ events: inout EventBatch) -> RefusalCode? {
        switch askingState {
        case .closed: return .merchantClosed
        case .frozen: return .merchantFrozen
        case .active: break
        }
        var fact = MerchantFrozen()
        fact.reason = request.reason
        write(fact, into: &events)
        return nil
    }

    mutating func decideUnfreeze(_ request: UnfreezeMerchant, _ events: inout EventBatch) -> RefusalCode? {
        switch askingState {
        case .closed: return .merchantClosed
        case .active: return .merchantNotFrozen
        case .frozen: break
        }
        var fact = MerchantUnfrozen()
        fact.reason = request.reason
        write(fact, into: &events)
        return nil
    }

    mutating func decideClose(_ request: CloseMerchant, _ events: inout EventBatch) -> RefusalCode? {
        if askingState == .closed { return .merchantClosed }
        var fact = MerchantClosed()
        fact.reason = request.reason
        write(fact, into: &events)
        return nil
    }

    mutating func decideSetAcquirer(_ request: SetAcquirer, _ events: inout EventBatch) -> RefusalCode? {
        var fact = request.settings
        if fact.acquirer.isNone {
            // A number beyond does not fit the word that finds an open batch.
            guard core.acquirerCount < OpenBatchRow.acquirerNumberMax else { return .busy }
            fact.acquirer = AcquirerID(number: core.acquirerCount + 1, shard: shard)
        } else {
            guard let known = findAcquirer(fact.acquirer) else { return .acquirerUnknown }
            // What is on its way was asked for, or put into a file, by the mode of then.
            if acquirers[known].settings.mode != fact.mode { return .acquirerModeMismatch }
        }
        write(fact, into: &events)
        return nil
    }

    mutating func decideChangeCircuit(_ request: ChangeCircuit, _ events: inout EventBatch) -> RefusalCode? {
        guard findAcquirer(request.circuit.acquirer) != nil else { return .acquirerUnknown }
        write(request.circuit, into: &events)
        return nil
    }

    mutating func decideAcceptTime(_ request: AcceptTime, _ events: inout EventBatch) -> RefusalCode? {
        var fact = TimeAccepted()
        fact.from = time
        fact.to = request.to
        write(fact, into: &events)
        return nil
    }

    mutating func decideDigestState(_ events: inout EventBatch) -> RefusalCode? {
        let digest = digest
        var fact = StateDigested()
        fact.version = StateDigest.version
        fact.digest = digest.value
        fact.rows = digest.rowCount
        write(fact, into: &events)
        return nil
    }

    mutating func decideSetHoldSpan(_ request: SetHoldSpan, _ events: inout EventBatch) -> RefusalCode? {
        var fact = HoldSpanSet()
        fact.network = request.network
        fact.initiator = request.initiator
        fact.span = request.span
        return say(fact, &events)
    }

    /// Says what there is nothing to decide about.
    mutating func say<Body: AppliedFact>(_ fact: Body, _ events: inout EventBatch) -> RefusalCode? {
        write(fact, into: &events)
        return nil
    }

    // MARK: Applying

    mutating func applyMerchantOpened(_ fact: MerchantOpened, _ event: EventHead) {
        let merchant = event.context.merchant
        invariant(merchant.number == core.merchantCount + 1, "merchant \(merchant.raw) out of turn")
        core.merchantCount = merchant.number
        merchants.insert(MerchantRow(id: merchant, settings: fact.settings))
    }

    mutating func applyMerchantChanged(_ fact: MerchantChanged, _ event: EventHead) {
        changeMerchant(event.context.merchant) { $0.settings = fact.settings }
    }

    mutating func setMerchantState(_ state: MerchantState, _ event: EventHead) {
        changeMerchant(event.context.merchant) { $0.state = state }
    }

    mutating func applyMerchantTermsSet(_ fact: MerchantTermsSet, _ event: EventHead) {
        let row = TermsRow(merchant: event.context.merchant, terms: fact)
        if let number = terms.find(row.key) { terms.update(number, row) } else { terms.insert(row) }
    }

    mutating func applyAcquirerSet(_ fact: AcquirerSet) {
        if let number = findAcquirer(fact.acquirer) {
            var row = acquirers[number]
            row.settings = fact
            acquirers.update(number, row)
        } else {
            invariant(fact.acquirer.number == core.acquirerCount + 1, "acquirer \(fact.acquirer.raw)")
            core.acquirerCount = fact.acquirer.number
            acquirers.insert(AcquirerRow(settings: fact))
        }
    }

    mutating func applyCircuitChanged(_ fact: CircuitChanged) {
        guard let number = findAcquirer(fact.acquirer) else {
            invariantViolated("no acquirer \(fact.acquirer.raw)")
        }
        var row = acquirers[number]
        row.circuit = fact
        acquirers.update(number, row)
    }

    private mutating func changeMerchant(_ id: MerchantID, _ change: (inout MerchantRow) -> Void) {
        guard let number = findMerchant(id) else { invariantViolated("no merchant \(id.raw)") }
        var row = merchants[number]
        change(&row)
        merchants.update(number, row)
    }

    // MARK: What others ask

    /// The state of the merchant that asks.
    private var askingState: MerchantState { merchants[askingMerchant].state }

    /// The row of the merchant that asks, which was seen to be there.
    var askingMerchant: RowNumber {
        guard let number = findMerchant(author.merchant) else {
            invariantViolated("no merchant \(author.merchant.raw)")
        }
        return number
    }

    /// Where the row of a merchant is. They are numbered from 1, added in turn and never removed, so that the
    /// number is the place.
    func findMerchant(_ id: MerchantID) -> RowNumber? {
        guard id.number > 0, id.number <= core.merchantCount,
            id == MerchantID(number: id.number, shard: shard)
        else { return nil }
        return RowNumber(raw: id.number - 1)
    }

    /// Where the row of an acquirer is: as with merchants.
    func findAcquirer(_ id: AcquirerID) -> RowNumber? {
        guard id.number > 0, id.number <= core.acquirerCount,
            id == AcquirerID(number: id.number, shard: shard)
        else { return nil }
        return RowNumber(raw: id.number - 1)
    }

    /// What a merchant pays in a currency; nothing if never agreed.
    func agreedTerms(_ merchant: MerchantID, _ currency: Currency) -> MerchantTermsSet {
        if let number = terms.find(TermsRow.key(merchant, currency)) { return terms[number].terms }
        var none = MerchantTermsSet()
        none.currency = currency
        return none
    }
}
