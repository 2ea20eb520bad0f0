import Ledger

/// How long holds last, by network and initiator; what is not set follows the settings.
struct HoldSpans {
    private var spans = InlineArray<32, LedgerSpan>(repeating: LedgerSpan(nanoseconds: 0))

    private static func slot(_ network: CardBrand, _ initiator: Initiator) -> Int {
        Int(network.rawValue) << 1 | Int(initiator.rawValue)
    }

    mutating func set(_ fact: HoldSpanSet) { spans[Self.slot(fact.network, fact.initiator)] = fact.span }

    /// Nil if nobody has set one.
    func span(for terms: PaymentTerms) -> LedgerSpan? {
        let span = spans[Self.slot(terms.card.brand, terms.initiator)]
        return span.nanoseconds == 0 ? nil : span
    }

    func digest(into hasher: inout RowHasher) {
        for slot in 0..<32 { hasher.combine(spans[slot].nanoseconds) }
    }
}
