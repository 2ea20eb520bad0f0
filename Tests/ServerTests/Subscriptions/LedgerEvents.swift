import Ledger
import LogStore
import TestSupport

/// Events of the ledger, written to a log of the tests without a ledger.
extension TestLog {
    /// Appends the events of some merchants (0 is nobody), and makes them durable.
    func append(ofMerchants merchants: [UInt64]) throws {
        var buffer = EventBuffer(capacity: 32 << 10)
        let next = log.position.nextSequence
        for (index, merchant) in merchants.enumerated() {
            let time = log.position.lastTime + 1 + UInt64(index)
            Self.add(Self.event(next + UInt64(index), time, MerchantID(raw: merchant)), to: &buffer)
        }
        _ = try log.appendWaiting(buffer)
        try settleFiles()
    }

    /// Commits, and has the next file ready.
    func settleFiles() throws {
        while try log.parts.commit() {}
        while try log.parts.prepare() != .ready {}
    }

    /// An event that names itself: its type and ids follow from its place.
    private static func event(_ sequence: UInt64, _ time: UInt64, _ merchant: MerchantID) -> Event {
        var fact: Fact
        switch sequence % 3 {
        case 0: fact = .voidRequested(VoidRequested())
        case 1:
            var body = MerchantFrozen()
            for byte in "because of \(sequence)".utf8 { _ = body.reason.append(byte) }
            fact = .merchantFrozen(body)
        default:
            var body = BatchClosed()
            body.batch = BatchID(raw: sequence + 1_000)
            fact = .batchClosed(body)
        }
        var event = Event(
            sequence: SequenceNumber(raw: sequence), time: LedgerTime(nanoseconds: time), fact: fact)
        event.context.merchant = merchant
        event.context.payment = PaymentID(raw: sequence + 77)
        event.context.previous = SequenceNumber(raw: sequence - 1)
        return event
    }

    private static func add(_ event: Event, to buffer: inout EventBuffer) {
        var payload = [UInt8](repeating: 0, count: Event.payloadBytesMax)
        let count = payload.withMutableRawSpan { event.encodePayload(into: &$0) }
        let fits = payload.withRawSpan {
            buffer.append(
                type: event.fact.type.rawValue, schema: event.fact.type.schema, flags: event.headerFlags,
                time: event.time.nanoseconds, payload: $0.extracting(0..<count))
        }
        invariant(fits, "no room for the events of a test")
    }
}

/// What a subscriber of a log has to get, told from the log's own bytes in other words than the server's.
struct ExpectedEvents {
    private let asLogged: [[UInt8]]

    init(_ log: TestLog) throws { asLogged = try log.readAll() }

    var end: UInt64 { UInt64(asLogged.count) }

    /// The wanted events of a stretch, as they are shown under `names`, or as the log has them.
    func events(
        _ stretch: Range<UInt64>, merchant: UInt64 = 0, types: [UInt16] = [], names: Names? = nil
    ) throws -> [SaidEvent] {
        var events: [SaidEvent] = []
        for sequence in stretch {
            let bytes = asLogged[Int(sequence)]
            let (type, whose) = (bytes.withRawSpan { $0.u16(0) }, Self.merchant(bytes))
            guard types.isEmpty || types.contains(type), merchant == 0 || merchant == whose else { continue }
            guard let names else {
                events.append(SaidEvent(position: sequence, bytes: bytes))
                continue
            }
            events.append(
                SaidEvent(
                    position: names.close(sequence, as: .sequence),
                    bytes: try Self.shown(bytes, sequence, names)))
        }
        return events
    }

    private static func merchant(_ bytes: [UInt8]) -> UInt64 {
        let isAct = bytes[1] == 0xFF
        return isAct || bytes[3] & 1 == 0 ? 0 : bytes.withRawSpan { $0.u64(14) }
    }

    private static func shown(_ bytes: [UInt8], _ sequence: UInt64, _ names: Names) throws -> [UInt8] {
        let event = try bytes.withRawSpan { (bytes) throws(EventFormatError) in
            try Event(
                sequence: SequenceNumber(raw: sequence), time: LedgerTime(nanoseconds: bytes.u64(4)),
                type: bytes.u16(0), schema: bytes.u8(2), flags: bytes.u8(3),
                payload: bytes.extracting(14..<bytes.byteCount))
        }
        var shown = [UInt8](repeating: 0, count: EventBatch.eventBytesMax)
        let count = shown.withMutableRawSpan { event.encodeShown(by: names, into: &$0) }
        return Array(shown[..<count])
    }
}
