import Ledger
import Protocol

/// Does something with the type of a query.
protocol QueryTaker {
    mutating func take<Asked: Query>(_ type: Asked.Type)
}

extension QueryKind {
    /// Every kind has its type: the one list of them.
    func give(to taker: inout some QueryTaker) {
        switch self {
        case .status: taker.take(StatusQuery.self)
        case .digest: taker.take(DigestQuery.self)
        case .settings: taker.take(SettingsQuery.self)
        case .apiKeys: taker.take(APIKeysQuery.self)
        case .acquirers: taker.take(AcquirersQuery.self)
        case .merchant: taker.take(MerchantQuery.self)
        case .merchants: taker.take(MerchantsQuery.self)
        case .balances: taker.take(BalancesQuery.self)
        case .account: taker.take(AccountQuery.self)
        case .pastBalance: taker.take(PastBalanceQuery.self)
        case .trialBalance: taker.take(TrialBalanceQuery.self)
        case .safeguarding: taker.take(SafeguardingQuery.self)
        case .payment: taker.take(PaymentQuery.self)
        case .payments: taker.take(PaymentsQuery.self)
        case .holds: taker.take(HoldsQuery.self)
        case .batches: taker.take(BatchesQuery.self)
        case .batchItems: taker.take(BatchItemsQuery.self)
        case .disputes: taker.take(DisputesQuery.self)
        case .exceptions: taker.take(ExceptionsQuery.self)
        case .payouts: taker.take(PayoutsQuery.self)
        }
    }
}

/// Fills fields with values drawn from a seed, and lists with two things each.
struct FieldFiller: AnswerVisitor {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        // An account is drawn at random once in a lifetime.
        if Value.self == AccountID.self { return }
        while true {
            if let drawn = Value(fieldBits: Value.Bits(truncatingIfNeeded: next() >> (next() % 64))) {
                value = drawn
                return
            }
        }
    }

    mutating func text<let capacity: Int>(_ name: StaticString, _ value: inout Text<capacity>) {
        value = Text()
        for _ in 0..<Int(next() % UInt64(capacity + 1)) { _ = value.append(UInt8(0x20 + next() % 95)) }
    }

    mutating func list<Element: Fielded>(_ name: StaticString, _ elements: inout [Element]) {
        elements = [Element(), Element()]
        for index in elements.indices { elements[index].visitFields(&self) }
    }
}
