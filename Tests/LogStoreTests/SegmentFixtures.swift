import LogStore
import Testing

/// SplitMix64 (Steele et al., OOPSLA'14): a small generator whose sequence depends on the seed alone.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

/// Lower-case hexadecimal digits of `bytes`.
func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// A UUID whose 16 bytes count up from `first`.
func makeUUID(_ first: UInt8) -> LogUUID { LogUUID(bytes: (0..<16).map { first &+ $0 }) }

/// A hash whose 32 bytes count up from `first`.
func makeHash(_ first: UInt8) -> Hash256 {
    guard let hash = Hash256(bytes: (0..<32).map { first &+ $0 }) else { fatalError("32 bytes make a hash") }
    return hash
}

/// Golden bytes without the line breaks and spaces that make them readable.
func golden(_ text: String) -> String { String(text.filter { !$0.isWhitespace }) }

/// One encoded event.
func makeEvent(type: UInt16, schema: UInt8 = 1, flags: UInt8 = 0, time: UInt64, payload: [UInt8]) -> [UInt8] {
    let header = EventHeader(
        type: type, schema: schema, flags: flags, time: time, payloadLength: UInt16(payload.count))
    var bytes = [UInt8](repeating: 0, count: EventHeader.byteCount + payload.count)
    bytes.withMutableRawSpan { span in
        header.write(to: &span, at: 0)
        payload.withRawSpan { span.copy(from: $0, at: EventHeader.byteCount) }
    }
    return bytes
}

/// Encoded events, with what is needed to make an `EventRun` of them.
struct EventBytes: Equatable, CustomTestStringConvertible {
    var bytes: [UInt8] = []
    var count = 0
    var firstSequence: UInt64 = 0

    var testDescription: String { "\(count) events from \(firstSequence), \(bytes.count) bytes" }

    func withRun<Result>(_ body: (EventRun) throws -> Result) throws -> Result {
        try bytes.withRawSpan { span in
            try body(EventRun(validating: span, count: count, firstSequence: firstSequence))
        }
    }
}

/// Events as a payment system writes them: 160 bytes of payload with ids in order of time, a few hundred
/// merchants, amounts, enumerations, a second timestamp and 12 random bytes.
struct PaymentEventSource {
    private var random: SeededGenerator
    private var time: UInt64 = 1_795_000_000_000_000_000
    private var payment: UInt64 = 0x0001_0000_0000

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func makeEvents(_ count: Int, firstSequence: UInt64, types: UInt16 = 1) -> EventBytes {
        var events = EventBytes(firstSequence: firstSequence)
        events.bytes.reserveCapacity(count * 174)
        for _ in 0..<count {
            time += 1 + random.next() % 20_000
            payment += 1 + random.next() % 3
            let type = UInt16(1 + random.next() % UInt64(types))
            events.bytes += makeEvent(type: type, time: time, payload: makePayload())
            events.count += 1
        }
        return events
    }

    private mutating func makePayload() -> [UInt8] {
        var payload = [UInt8](repeating: 0, count: 160)
        let merchant = 1000 + random.next() % 300
        let amount = 100 + random.next() % 50_000
        let (salt, tail) = (random.next(), UInt32(truncatingIfNeeded: random.next()))
        let back = random.next() % 1_000_000
        payload.withMutableRawSpan { span in
            span.set(payment, at: 0)
            span.set(merchant, at: 8)
            span.set(payment - back % 5000, at: 16)
            span.set(time - back, at: 24)
            span.set(UInt16(978), at: 32)
            span.set(UInt8(back % 4), at: 34)
            span.set(UInt8(back % 7), at: 35)
            span.set(UInt32(back % 97), at: 36)
            for leg in 0..<3 {
                span.set(UInt64(leg) << 48 | merchant, at: 40 + leg * 24)
                span.set(Int64(leg == 1 ? -1 : 1) * Int64(amount), at: 48 + leg * 24)
                span.set(UInt64(leg == 2 ? 1 : 0), at: 56 + leg * 24)
            }
            span.set(salt, at: 112)
            span.set(tail, at: 120)
            span.set(UInt64(back % 9000) << 8, at: 124)
            span.set(UInt32(411_111), at: 140)
        }
        return payload
    }
}

/// Events of any type and length, few groups or many, in the quantity asked for.
func makeRandomEvents(
    _ count: Int, firstSequence: UInt64, lengthMax: Int, types: UInt16, using random: inout SeededGenerator
) -> EventBytes {
    var events = EventBytes(firstSequence: firstSequence)
    var time: UInt64 = 0
    for _ in 0..<count {
        time += 1 + (random.next() >> UInt64(random.next() % 64)) / UInt64(count)
        let length = Int(random.next() % UInt64(lengthMax + 1))
        let fixed = random.next() % 2 == 0
        let payload = (0..<(fixed ? lengthMax / 2 : length)).map { _ in UInt8(random.next() % 5) }
        events.bytes += makeEvent(
            type: UInt16(random.next() % UInt64(types)), schema: UInt8(random.next() % 2),
            flags: UInt8(random.next() % 256), time: time, payload: payload)
        events.count += 1
    }
    return events
}

func makeCipher(_ fill: UInt8 = 7) -> AEADCipher {
    AEADCipher(key: SecretKey(copying: [UInt8](repeating: fill, count: 32)))
}
