import Ledger

/// How long holds last, by network and initiator; what is not set follows the settings.
struct HoldSpans: BitwiseCopyable {
    private var spans = InlineArray<16, LedgerSpan>(repeating: LedgerSpan(nanoseconds: 0))

    /// No hold is longer.
    static var spanMax: LedgerSpan { .days(30) }

    private static func slot(_ network: CardBrand, _ initiator: Initiator) -> Int {
        Int(network.rawValue) << 1 | Int(initiator.rawValue)
    }

    mutating func set(_ fact: HoldSpanSet) { spans[Self.slot(fact.network, fact.initiator)] = fact.span }

    /// Nil if nobody has set one.
    func span(_ network: CardBrand, _ initiator: Initiator) -> LedgerSpan? {
        let span = spans[Self.slot(network, initiator)]
        return span.nanoseconds == 0 ? nil : span
    }

    func digest(into hasher: inout RowHasher) {
        for slot in 0..<16 { hasher.combine(spans[slot].nanoseconds) }
    }
}
