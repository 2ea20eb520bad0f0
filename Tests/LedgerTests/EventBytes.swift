import Ledger

/// An event as it lies in the log: the header's fields and the payload.
struct EventBytes: Equatable {
    var type: UInt16
    var schema: UInt8
    var flags: UInt8
    var payload: [UInt8]

    init(_ event: Event) {
        type = event.fact.type.rawValue
        schema = event.fact.type.schema
        flags = event.headerFlags
        var buffer = [UInt8](repeating: 0xEE, count: Event.payloadBytesMax)
        let count = {
            var elements = buffer.mutableSpan
            // SAFETY: `mutableBytes` is unsafe only for element types with padding; UInt8 has none.
            var bytes = unsafe elements.mutableBytes
            return event.encodePayload(into: &bytes)
        }()
        payload = Array(buffer[..<count])
    }

    init(type: UInt16, schema: UInt8, flags: UInt8, payload: [UInt8]) {
        self.type = type
        self.schema = schema
        self.flags = flags
        self.payload = payload
    }

    func event(sequence: SequenceNumber, time: LedgerTime) throws(EventFormatError) -> Event {
        // SAFETY: as above.
        let span = unsafe payload.span.bytes
        return try Event(
            sequence: sequence, time: time, type: type, schema: schema, flags: flags, payload: span)
    }

    /// The event the bytes are where there are other versions than the released ones.
    func event<Versions: FactVersions>(versions: Versions.Type) throws(EventFormatError) -> Event {
        // SAFETY: as above.
        let span = unsafe payload.span.bytes
        return try Event(
            sequence: SequenceNumber(raw: 1), time: LedgerTime(nanoseconds: 1), type: type, schema: schema,
            flags: flags, payload: span, versions: versions)
    }
}
