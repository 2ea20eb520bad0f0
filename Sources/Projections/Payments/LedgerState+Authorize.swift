import Invariants
import Ledger

// From a request to a hold.
extension LedgerState {
    // MARK: Deciding

    /// A payment whose gateway call the caller made.
    mutating func decideRecordAuthorization(
        _ request: RecordAuthorization, _ merchant: MerchantRow, _ batch: inout EventBatch
    ) -> RefusalCode? {
        if let refusal = merchantRefusal(merchant, request.order) { return refusal }
        guard let acquirer = acquirer(request.acquirer) else { return .acquirerUnknown }
        let terms = request.order.terms
        guard terms.method == .card else { return .methodNotCard }
        var fact = AuthorizationRecorded()
        fact.terms = terms
        fact.acquirer = acquirer.settings.acquirer
        fact.expiresAt = holdEnd(request.expiresAt, terms)
        fact.gateway = request.gateway
        let legs = Self.holdLegs(terms.amount, terms.currency, acquirer.settings.acquirer, author.merchant)
        let id = PaymentID(
            createdBy: write(.authorizationRecorded(fact), legs, into: &batch), shard: shard)
        captureIfAutomatic(id, request.place, &batch)
        return nil
    }

    /// What keeps a merchant from a new payment.
    private func merchantRefusal(_ merchant: MerchantRow, _ order: PaymentOrder) -> RefusalCode? {
        switch merchant.state {
        case .closed: return .merchantClosed
        case .frozen: return .merchantFrozen
        case .active: break
        }
        if order.amount > merchant.settings.paymentMax.minorUnits { return .exceedsPaymentMax }
        if payments.count >= Int(settings.livePaymentsMax) { return .busy }
        return nil
    }

    /// When a hold ends: as told, as asked for, or by the settings.
    private func holdEnd(_ told: LedgerTime, _ terms: PaymentTerms) -> LedgerTime {
        if !told.isNone { return told }
        let asked = terms.holdSpan
        return now.adding(asked.nanoseconds > 0 ? asked : holdSpans.span(for: terms) ?? settings.holdSpan)
    }

    /// Expected to move, from the acquirer to the merchant.
    static func holdLegs(
        _ amount: Amount, _ currency: Currency, _ acquirer: AcquirerID, _ merchant: MerchantID
    ) -> Legs {
        var legs = Legs()
        legs.move(
            amount, debit: AccountID(.acquirerReceivable, currency, of: acquirer),
            credit: AccountID(.merchantPending, currency, of: merchant), .pending)
        return legs
    }

    func acquirer(_ id: AcquirerID) -> AcquirerRow? { acquirers.find(id.raw).map { acquirers[$0] } }

    // MARK: Applying

    mutating func applyAuthorizationRecorded(_ fact: AuthorizationRecorded, _ event: Event) {
        let number = addPayment(event, fact.terms, phase: .live)
        hold(number, fact.terms.amount, until: fact.expiresAt, at: fact.acquirer)
    }
}

extension PaymentOrder {
    /// What is wrong with its form, whatever the state.
    var formRefusal: RefusalCode? {
        if let refusal = RefusalCode.of(amount: amount) { return refusal }
        if Currency(number: currency) == nil { return .currencyUnknown }
        if holdSpan > .days(30) { return .spanTooLong }
        if card.lastFour > 9_999 { return .cardInvalid }
        if risk.score > 100 { return .scoreOutOfRange }
        return nil
    }

    /// The order with its numbers checked; its form must be right.
    var terms: PaymentTerms {
        guard let currency = Currency(number: currency) else { invariantViolated("currency \(currency)") }
        var terms = PaymentTerms()
        terms.amount = Amount(minorUnits: amount)
        terms.currency = currency
        terms.method = method
        terms.capture = capture
        terms.initiator = initiator
        terms.exemption = exemption
        terms.holdSpan = holdSpan
        terms.card = card
        terms.device = device
        terms.country = country
        terms.risk = risk
        terms.reference = reference
        terms.networkTransaction = networkTransaction
        return terms
    }
}

extension RefusalCode {
    /// What is wrong with an amount a caller asks for.
    static func of(amount: Int64, zeroMeansAll: Bool = false) -> RefusalCode? {
        if amount < 0 { return .amountNegative }
        if amount == 0 { return zeroMeansAll ? nil : .amountZero }
        return amount > Amount.payableMax.minorUnits ? .amountTooLarge : nil
    }
}
