package import Ledger

extension EventBatch {
    /// The events in it, read back from their bytes; `first` is the sequence of the first.
    package func events(from first: SequenceNumber) throws(EventFormatError) -> [Event] {
        var events: [Event] = []
        var offset = 0
        for index in 0..<count {
            events.append(try Self.event(bytes, &offset, first.advanced(by: index)))
        }
        return events
    }

    private static func event(
        _ run: RawSpan, _ offset: inout Int, _ sequence: SequenceNumber
    ) throws(EventFormatError) -> Event {
        // SAFETY: bounds are checked, and integers have no invalid bit patterns.
        let header = unsafe (
            type: run.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self),
            schema: run.unsafeLoadUnaligned(fromByteOffset: offset + 2, as: UInt8.self),
            flags: run.unsafeLoadUnaligned(fromByteOffset: offset + 3, as: UInt8.self),
            time: run.unsafeLoadUnaligned(fromByteOffset: offset + 4, as: UInt64.self),
            length: run.unsafeLoadUnaligned(fromByteOffset: offset + 12, as: UInt16.self)
        )
        let start = offset + headerByteCount
        offset = start + Int(header.length)
        return try Event(
            sequence: sequence, time: LedgerTime(nanoseconds: header.time), type: header.type,
            schema: header.schema, flags: header.flags, payload: run.extracting(start..<offset))
    }
}
