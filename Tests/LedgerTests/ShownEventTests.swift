import Ledger
import Testing

/// An event as it is shown is the event, but for its ids and sequences.
@Suite struct ShownEventTests {
    private static let cipher = IDCipher(
        key: Hash128(low: 0x0B0A_0908_0302_0100, high: 0x1B1A_1918_1312_1110))
    private static let names = Names(cipher: cipher, showsSequences: false)

    private static func shown(_ event: Event, _ names: Names) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xEE, count: EventBatch.eventBytesMax)
        var elements = bytes.mutableSpan
        // SAFETY: `mutableBytes` is unsafe only for element types with padding; UInt8 has none.
        var target = unsafe elements.mutableBytes
        let count = event.encodeShown(by: names, into: &target)
        return Array(bytes[..<count])
    }

    /// The payload with every id and sequence as it was before it was shown.
    private static func opened(_ shown: [UInt8], _ event: Event, _ names: Names) -> [UInt8] {
        var bytes = Array(shown[EventBatch.headerByteCount...])
        for field in FieldPlaces(of: event).places {
            let range = field.offset..<field.offset + field.byteCount
            var bits = bytes[range].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            bits = names.open(bits, as: field.disclosure)
            for index in range {
                bytes[index] = UInt8(truncatingIfNeeded: bits >> (8 * (index - field.offset)))
            }
        }
        return bytes
    }

    @Test(arguments: FactType.allCases)
    func `whoever could open ids and sequences would have the bytes of the log`(_ type: FactType) {
        var drawer = FieldDrawer(seed: 300 + UInt64(type.rawValue))
        for round in 0..<100 {
            var event = drawer.event(type)
            let names = Names(cipher: Self.cipher, showsSequences: round % 4 == 0)
            let shown = Self.shown(event, names)
            event.fact = event.fact.withoutVerifiers
            let bytes = EventBytes(event)
            #expect(Self.opened(shown, event, names) == bytes.payload)
            #expect(shown[0..<2] == [UInt8(truncatingIfNeeded: bytes.type), UInt8(bytes.type >> 8)])
            #expect(shown[2..<4] == [bytes.schema, bytes.flags])
            let tail = shown[4..<14].map(UInt64.init)
            #expect((0..<8).reduce(0) { $0 | tail[$1] << (8 * $1) } == event.time.nanoseconds)
            #expect(Int(tail[8] | tail[9] << 8) == bytes.payload.count)
        }
    }

    @Test(arguments: FactType.allCases)
    func `whoever is shown an event can read it`(_ type: FactType) throws {
        var drawer = FieldDrawer(seed: 900 + UInt64(type.rawValue))
        for round in 0..<50 {
            let event = drawer.event(type)
            let names = Names(cipher: Self.cipher, showsSequences: round % 4 == 0)
            let shown = Self.shown(event, names)
            // SAFETY: as above.
            let read = try Event(reading: unsafe shown.span.bytes, at: event.sequence, isShown: true)
            #expect(read.fact.type == type && read.time == event.time)
            #expect(read.context.payment.raw == names.close(event.context.payment))
            #expect(EventBytes(read).payload == Array(shown[EventBatch.headerByteCount...]))
            // A token is no sequence to whoever reads the log.
            guard round % 4 != 0, names.close(event.context.previous.raw, as: .sequence) > 1 << 54 else {
                continue
            }
            #expect(throws: EventFormatError.self) {
                try Event(reading: unsafe shown.span.bytes, at: event.sequence, isShown: false)
            }
        }
    }

    @Test func `what is cut off or too long is no event`() throws {
        var drawer = FieldDrawer(seed: 77)
        let shown = Self.shown(drawer.event(.captured), Self.names)
        for bytes in [Array(shown.dropLast()), shown + [0], Array(shown[..<13]), []] {
            #expect(throws: EventFormatError.self) {
                // SAFETY: as above.
                try Event(reading: unsafe bytes.span.bytes, at: SequenceNumber(raw: 1), isShown: true)
            }
        }
    }

    @Test func `no id or sequence is shown as it is`() {
        var drawer = FieldDrawer(seed: 5)
        for type in FactType.allCases {
            let event = drawer.event(type)
            let (shown, bytes) = (Self.shown(event, Self.names), EventBytes(event).payload)
            for field in FieldPlaces(of: event).places {
                guard field.disclosure.isHidden else { continue }
                let range = field.offset..<field.offset + field.byteCount
                let isNone = bytes[range].allSatisfy { $0 == 0 }
                let isSame =
                    Array(shown[14...][(14 + range.lowerBound)...].prefix(range.count)) == Array(bytes[range])
                #expect(isSame == isNone, "\(type) at \(field.offset)")
            }
        }
    }

    @Test func `what API keys are recognized by is shown to nobody`() throws {
        var created = APIKeyCreated()
        created.storedKey = KeyVerifier(first: Hash128(low: 1, high: 2), second: Hash128(low: 3, high: 4))
        created.serverKey = created.storedKey
        created.publicID = Hash128(low: 0x77, high: 0)
        let event = Event(
            sequence: SequenceNumber(raw: 9), time: LedgerTime(nanoseconds: 1), fact: .apiKeyCreated(created))
        let shown = Self.shown(event, Self.names)
        #expect(!shown.dropFirst(14).contains { (1...4).contains($0) })
        #expect(shown.contains(0x77))
    }
}

extension Fact {
    fileprivate var withoutVerifiers: Fact {
        guard case .apiKeyCreated(var created) = self else { return self }
        (created.storedKey, created.serverKey) = (.none, .none)
        return .apiKeyCreated(created)
    }
}

extension Disclosure {
    fileprivate var isHidden: Bool {
        if case .plain = self { return false }
        return true
    }
}

/// Where the fields of an event's payload stand, and how they are shown.
private struct FieldPlaces: FieldVisitor {
    private(set) var places: [(offset: Int, byteCount: Int, disclosure: Disclosure)] = []
    private var offset = 0

    init(of event: Event) {
        let context = event.context
        if !context.merchant.isNone { offset += 8 }
        if !context.payment.isNone { add(8, PaymentID.disclosure) }
        if !context.previous.isNone { add(8, .sequence) }
        if !context.effective.isNone { offset += 8 }
        if !context.actor.isNone { offset += 8 }
        if !context.correlation.isNone { offset += 16 }
        if !context.cause.isNone { add(8, .sequence) }
        if !context.key.isNone { offset += 24 }
        offset += 1 + 16 * event.legs.count
        var fact = event.fact
        fact.visitFields(&self)
    }

    private mutating func add(_ byteCount: Int, _ disclosure: Disclosure) {
        places.append((offset, byteCount, disclosure))
        offset += byteCount
    }

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        add(Value.Bits.bitWidth / 8, Value.disclosure)
    }

    mutating func text<let capacity: Int>(_ name: StaticString, _ value: inout Text<capacity>) {
        offset += 1 + Int(value.count)
    }
}
