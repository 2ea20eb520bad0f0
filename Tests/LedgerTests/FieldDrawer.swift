import Ledger

/// Fills fields with values drawn from a seed: any that the codec takes, small and extreme ones often.
struct FieldDrawer: FieldVisitor {
    private var state: UInt64
    /// Of the fields visited so far, for messages.
    private(set) var names: [String] = []

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
        names.append("\(name)")
        while true {
            // Few values of a closed vocabulary are small; most of a wide integer are large.
            let bits = Value.Bits(truncatingIfNeeded: next() >> (next() % 64))
            if let drawn = Value(fieldBits: bits) {
                value = drawn
                return
            }
        }
    }

    mutating func text<let capacity: Int>(_ name: StaticString, _ value: inout Text<capacity>) {
        names.append("\(name)")
        value = Text()
        for _ in 0..<Int(next() % UInt64(capacity + 1)) { _ = value.append(UInt8(0x20 + next() % 95)) }
    }

    /// Two legs that sum to zero, or none.
    mutating func legs() -> Legs {
        var legs = Legs()
        guard next() % 4 > 0 else { return legs }
        let amount = Amount(minorUnits: Int64(next() % 1_000_000) + 1)
        legs.move(
            amount, debit: AccountID(.acquirerReceivable, .eur, of: AcquirerID(raw: next() % 1_000 + 1)),
            credit: AccountID(.merchantPending, .eur, of: MerchantID(raw: next() % 1_000 + 1)),
            next() % 2 == 0 ? .posted : .pending)
        return legs
    }

    /// An event of a type.
    mutating func event(_ type: FactType) -> Event {
        var fact = Fact(empty: type)
        fact.visitFields(&self)
        var event = Event(
            sequence: SequenceNumber(raw: next() >> 10), time: LedgerTime(nanoseconds: next() >> 1),
            fact: fact)
        let parts = next()
        if parts & 1 != 0 { event.context.merchant = MerchantID(raw: next() | 1) }
        if parts & 2 != 0 { event.context.payment = PaymentID(raw: next() | 1) }
        if parts & 4 != 0 { event.context.previous = SequenceNumber(raw: next() >> 10 | 1) }
        if parts & 8 != 0 { event.context.effective = LedgerTime(nanoseconds: next() >> 1 | 1) }
        if parts & 16 != 0 { event.context.actor = ActorID(raw: next() | 1) }
        if parts & 32 != 0 { event.context.correlation = Hash128(low: next(), high: next() | 1) }
        if parts & 64 != 0 { event.context.cause = SequenceNumber(raw: next() >> 10 | 1) }
        if parts & 128 != 0 {
            event.context.key = Hash128(low: next(), high: next() | 1)
            event.context.fingerprint = next()
        }
        event.legs = legs()
        return event
    }
}
