import Ledger
import Testing

@Suite struct EventCodecTests {
    @Test(arguments: FactType.allCases)
    func `what is written is read again, whatever the fields`(_ type: FactType) throws {
        var drawer = FieldDrawer(seed: UInt64(type.rawValue))
        for _ in 0..<200 {
            let event = drawer.event(type)
            let bytes = EventBytes(event)
            #expect(try bytes.event(sequence: event.sequence, time: event.time) == event)
            #expect(bytes.payload.count <= Event.payloadBytesMax)
        }
    }

    @Test(arguments: FactType.allCases)
    func `a payload that is cut or too long is refused with its field`(_ type: FactType) throws {
        var drawer = FieldDrawer(seed: 7 + UInt64(type.rawValue))
        let event = drawer.event(type)
        let whole = EventBytes(event)
        for count in 0..<whole.payload.count {
            var cut = whole
            cut.payload.removeLast(whole.payload.count - count)
            #expect(throws: EventFormatError.self) {
                try cut.event(sequence: event.sequence, time: event.time)
            }
        }
        var long = whole
        long.payload.append(0)
        #expect(problem(of: long) == "\(type): 1 bytes too many")
    }

    @Test func `no payload is longer than the limit`() {
        for type in FactType.allCases {
            var filler = LongestFiller()
            var fact = Fact(empty: type)
            fact.visitFields(&filler)
            let context = 8 * 7 + 16 + 24
            let legs = 1 + 16 * Legs.countMax
            #expect(context + legs + filler.byteCount <= Event.payloadBytesMax, "\(type)")
        }
    }

    @Test func `every accepted payload is the one encoding of its event`() throws {
        var drawer = FieldDrawer(seed: 99)
        var accepted = 0
        for type in FactType.allCases {
            let whole = EventBytes(drawer.event(type))
            for _ in 0..<300 where !whole.payload.isEmpty {
                var changed = whole
                changed.payload[Int(drawer.next() % UInt64(whole.payload.count))] ^= UInt8(
                    1 << (drawer.next() % 8))
                guard
                    let event = try? changed.event(
                        sequence: SequenceNumber(raw: 1), time: LedgerTime(nanoseconds: 1))
                else { continue }
                accepted += 1
                #expect(EventBytes(event) == changed)
            }
        }
        #expect(accepted > 1_000)
    }

    @Test func `whose an event is can be told without reading it`() {
        var drawer = FieldDrawer(seed: 17)
        for type in FactType.allCases {
            let event = drawer.event(type)
            let bytes = EventBytes(event)
            // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
            let whose = unsafe Event.merchant(flags: bytes.flags, payload: bytes.payload.span.bytes)
            #expect(whose == event.context.merchant)
        }
        let short: [UInt8] = [1, 2, 3, 4, 5, 6, 7]
        // SAFETY: as above.
        #expect(unsafe Event.merchant(flags: 1, payload: short.span.bytes).isNone)
    }

    @Test func `an unknown type, version or flag is told apart`() {
        var drawer = FieldDrawer(seed: 3)
        let good = EventBytes(drawer.event(.voidRequested))
        var changed = good
        changed.type = 0x7FFF
        #expect(problem(of: changed) == "event.type: is 32767")
        changed = good
        changed.schema = 2
        #expect(problem(of: changed) == "voidRequested.schema: is 2; what is known goes from 1 to 1")
        changed.schema = 0
        #expect(problem(of: changed) == "voidRequested.schema: is 0; what is known goes from 1 to 1")
        #expect(problem(of: good) == nil)
    }

    @Test func `a part of the context that says nothing is not written, and not accepted`() {
        var event = Event(
            sequence: SequenceNumber(raw: 1), time: LedgerTime(nanoseconds: 1),
            fact: .voidRequested(VoidRequested()))
        #expect(EventBytes(event).payload == [0])
        event.context.merchant = MerchantID(raw: 5)
        #expect(EventBytes(event).payload == [5, 0, 0, 0, 0, 0, 0, 0, 0])
        let empty = EventBytes(
            type: event.fact.type.rawValue, schema: 1, flags: 1, payload: .init(repeating: 0, count: 9))
        #expect(problem(of: empty) == "event.flags: are 1")
    }
}

/// Why the bytes are no event; nil if they are.
private func problem(of bytes: EventBytes) -> String? {
    do throws(EventFormatError) {
        _ = try bytes.event(sequence: SequenceNumber(raw: 1), time: LedgerTime(nanoseconds: 1))
        return nil
    } catch { return error.description }
}

/// Counts the bytes of a fact whose texts are all full.
private struct LongestFiller: FieldVisitor {
    var byteCount = 0

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        byteCount += Value.Bits.bitWidth / 8
    }

    mutating func text<let capacity: Int>(_ name: StaticString, _ value: inout Text<capacity>) {
        byteCount += 1 + capacity
    }
}
