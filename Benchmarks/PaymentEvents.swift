import LogStore

/// Events as a payment ledger writes them, 160 bytes each, header included.
///
///     0   8   payment              74  2   number of legs
///     8   4   merchant             76  54  three legs: account 8, amount 8, kind 2
///     12  2   state, acquirer      130 16  external reference, digits
///     14  2   currency
///     16  8   amount, minor units
///     24  8   previous sequence of the payment
///     32  8   effective time
///     40  8   actor
///     48  16  correlation id, random
///     64  8   card fingerprint, random
///     72  2   last four digits
struct PaymentEvents: ~Copyable {
    static let eventByteCount = 160
    static let payloadByteCount = eventByteCount - EventHeader.byteCount

    /// How payments are numbered.
    enum Identifiers {
        /// As the ledger mints them: growing with time.
        case ordered
        case random
    }

    private(set) var group: EventBuffer
    /// Time of the next event.
    var time: UInt64
    private let identifiers: Identifiers
    private var payload = [UInt8](repeating: 0, count: payloadByteCount)
    private var random: UInt64
    private(set) var made: UInt64 = 0

    /// 2026-11-01T00:00:00Z; a run of ten million events stays within the month.
    static let november: UInt64 = 1_793_491_200_000_000_000

    init(time: UInt64 = november, eventsMax: Int, identifiers: Identifiers = .ordered, seed: UInt64 = 1) {
        self.time = time
        self.identifiers = identifiers
        random = seed
        group = EventBuffer(capacity: eventsMax * Self.eventByteCount)
    }

    /// Fills `group` with the next `count` events.
    mutating func make(_ count: Int) {
        group.removeAll()
        // Moved out and back, so that the group may change while the payload is borrowed.
        var payload: [UInt8] = []
        swap(&payload, &self.payload)
        defer { swap(&payload, &self.payload) }
        for _ in 0..<count {
            fill(&payload)
            let type = UInt16(1 + made % 4)
            let bytes = payload.span
            // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
            let fits = unsafe group.append(type: type, schema: 1, time: time, payload: bytes.bytes)
            invariant(fits, "the group takes no \(count) events")
            made &+= 1
            time &+= 700 &+ (random & 0x1FF)
        }
    }

    private mutating func fill(_ payload: inout [UInt8]) {
        let (first, second, third) = (next(), next(), next())
        let payment = identifiers == .ordered ? made / 4 &+ 1_000_000 : third
        let merchant = 1 + (first >> 32) % 2000
        let amount = 100 + second % 20_000
        let number = made
        let now = time
        var elements = payload.mutableSpan
        // SAFETY: as above.
        var bytes = unsafe elements.mutableBytes
        bytes.store(payment, at: 0)
        bytes.store(merchant | 0x0201 << 32 | 978 << 48, at: 8)
        bytes.store(amount, at: 16)
        bytes.store(number &- 1, at: 24)
        bytes.store(now / 1_000_000 &* 1_000_000, at: 32)
        bytes.store(merchant &* 7, at: 40)
        bytes.store(first, at: 48)
        bytes.store(second, at: 56)
        bytes.store(merchant &* 0x9E37_79B9_7F4A_7C15 ^ second & 0xFFFF, at: 64)
        bytes.store(first % 10_000 | 3 << 16, at: 72)
        bytes.store(leg: 0, account: merchant, amount: amount, kind: 1)
        bytes.store(leg: 1, account: 1_000_000 + merchant, amount: 0 &- amount, kind: 2)
        bytes.store(leg: 2, account: 9, amount: amount / 50, kind: 1)
        bytes.store(0x3030_3030_3030_3030 | (number >> 24) & 0x0909_0909, at: 130)
        bytes.store(0x3030_3030_3030_3030 | number & 0x0909_0909_0909_0909, at: 138)
    }

    /// xorshift64* (Vigna 2014): fixed seed, the same events in every run.
    private mutating func next() -> UInt64 {
        random ^= random &>> 12
        random ^= random &<< 25
        random ^= random &>> 27
        return random &* 0x2545_F491_4F6C_DD1D
    }
}

extension MutableRawSpan {
    @inline(__always)
    fileprivate mutating func store(_ value: UInt64, at offset: Int) {
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt64.self)
    }

    @inline(__always)
    fileprivate mutating func store(leg: Int, account: UInt64, amount: UInt64, kind: UInt16) {
        let offset = 76 &+ 18 &* leg
        store(account, at: offset)
        store(amount, at: offset &+ 8)
        storeBytes(of: kind.littleEndian, toByteOffset: offset &+ 16, as: UInt16.self)
    }
}

/// What can be found and summed in those events.
struct PaymentIndex: EventIndex {
    static let identifier: UInt64 = 0x6265_6E63_6800_0001
    static let version: UInt32 = 1

    func describe(_ event: borrowing EventView, into facts: inout EventFacts) {
        let payload = event.payload
        guard payload.byteCount == PaymentEvents.payloadByteCount else { return }
        // SAFETY: the offsets lie inside the payload, whose length was checked; any bit pattern is an
        // integer.
        let payment = unsafe payload.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)
        let amount = unsafe payload.unsafeLoadUnaligned(fromByteOffset: 16, as: Int64.self)
        facts.addKey(kind: 1, value: UInt64(littleEndian: payment))
        facts.addTotal(currency: 978, amount: Int64(littleEndian: amount))
    }
}
