import Ledger
import LogStore
import Projections

/// A ledger that makes payments for a log: authorizations with keys, as `LedgerBenchmark` makes them.
struct LedgerLife: ~Copyable {
    private var state = LedgerState(seed: 0x5EED)
    private var events = EventBatch(capacity: 1_024)
    private var time: LedgerTime
    private let merchants: UInt32
    private let acquirer = AcquirerID(number: 1, shard: Shard(number: 0))
    private var drawn: UInt64 = 0
    private var merchantsMade: UInt32 = 0
    /// Payments so far.
    private(set) var made = 0

    /// Log time of the first event, nanoseconds.
    static let start: UInt64 = 1_780_000_000_000_000_000

    /// A ledger whose first event has this sequence and comes after `time`.
    init(nextSequence: UInt64, time: UInt64, merchants: UInt32) {
        self.merchants = merchants
        self.time = LedgerTime(nanoseconds: time).adding(.seconds(1))
        let opening = Event(
            sequence: SequenceNumber(raw: nextSequence), time: self.time, fact: .ledgerOpened(LedgerOpened()))
        events.append(opening)
        state.apply(opening)
        var set = SetAcquirer()
        set.settings.name = Text("Acquirer") ?? Text()
        perform(Command(.setAcquirer(set)))
    }

    /// Makes the next events: merchants first, then payments; false once there are so many of those.
    mutating func makeMore(upTo payments: Int) -> Bool {
        if merchantsMade < merchants {
            var merchant = OpenMerchant()
            merchant.settings.name = Text("Merchant") ?? Text()
            for _ in 0..<min(200, merchants - merchantsMade) { perform(Command(.openMerchant(merchant))) }
            merchantsMade += min(200, merchants - merchantsMade)
            return true
        }
        for _ in 0..<min(200, payments - made) { authorize() }
        return events.count > 0
    }

    /// Moves the events made into an empty group.
    mutating func move(to group: inout EventBuffer) {
        group.removeAll()
        Self.copy(events, to: &group)
        events.removeAll()
    }

    private static func copy(_ events: borrowing EventBatch, to group: inout EventBuffer) {
        let bytes = events.bytes
        var offset = 0
        for _ in 0..<events.count {
            let header = EventHeader(reading: bytes, at: offset)
            let start = offset + EventHeader.byteCount
            offset = start + Int(header.payloadLength)
            let fits = group.append(
                type: header.type, schema: header.schema, flags: header.flags, time: header.time,
                payload: bytes.extracting(start..<offset))
            if !fits { fatalError("a group of \(events.count) events is too large") }
        }
    }

    private mutating func perform(_ command: Command) {
        time = time.adding(LedgerSpan(nanoseconds: 1_000))
        let outcome = state.decide(command, at: time, into: &events)
        guard case .done = outcome else { fatalError("\(command.request.operation): \(outcome)") }
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    private mutating func draw() -> UInt64 {
        drawn &+= 0x9E37_79B9_7F4A_7C15
        return drawn.indexHash(seed: 0)
    }

    private mutating func authorize() {
        var request = RecordAuthorization()
        request.order.amount = Int64(draw() % 100_000) + 1
        request.order.currency = Currency.eur.number
        request.order.card.fingerprint = draw()
        request.acquirer = acquirer
        var command = Command(.recordAuthorization(request))
        command.merchant = MerchantID(
            number: UInt32(draw() % UInt64(merchants)) + 1, shard: Shard(number: 0))
        command.key = Hash128(low: draw(), high: draw())
        command.fingerprint = draw()
        perform(command)
        made += 1
    }
}
