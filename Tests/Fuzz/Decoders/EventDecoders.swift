import LogStore

extension FuzzDecoder {
    static let eventDecoders = [eventRun, reservedEvent]

    /// count 2 · first sequence 8 · time before 8 · events.
    static let eventRun = FuzzDecoder(
        "event-run",
        judge: { bytes in
            accepts(bytes) { (span) throws(DecodingFailure) in
                var input = ByteReader(span, "input")
                let count = Int(try input.u16())
                // No header lets a larger sequence through.
                let first = try input.u64() % SegmentShape.sequenceMax
                let after = try input.u64()
                let events = span.extracting(input.offset..<span.byteCount)
                let run = try EventRun(
                    validating: events, count: count, firstSequence: first, after: after)
                walk(run)
            }
        },
        samples: {
            [0, 1, 5].map { count in
                var out = ByteWriter()
                out.u16(UInt16(count))
                out.u64(1000)
                out.u64(0)
                out.array(Samples.events(count))
                return out.bytes
            }
        })

    /// One event of a reserved type.
    static let reservedEvent = FuzzDecoder(
        "reserved-event", byteCountMax: 8192,
        judge: { bytes in
            accepts(bytes) { (span) throws(DecodingFailure) in
                let run = try EventRun(validating: span, count: 1, firstSequence: 0)
                var cursor = run.makeCursor()
                guard let event = cursor.next() else { throw DecodingFailure("no event") }
                guard let reserved = try ReservedEvent(event) else { throw DecodingFailure("not reserved") }
                invariant(reserved.type == event.header.type, "type \(reserved.type)")
                expectSame(reserved.payload, event.payload, "reserved event")
            }
        },
        repair: { bytes in
            guard bytes.count >= EventHeader.byteCount else { return }
            Repair.set(UInt16(min(bytes.count - EventHeader.byteCount, 65_521)), at: 12, in: &bytes)
            bytes[1] = 0xFF
            bytes[2] = 1
        },
        samples: { Samples.reservedEvents.map { Samples.event(type: $0.type, time: 9, payload: $0.payload) } }
    )

    /// Everything a caller does with a run: it must not leave the bytes.
    static func walk(_ run: borrowing EventRun) {
        var (count, byteCount) = (0, 0)
        var cursor = run.makeCursor()
        while let event = cursor.next() {
            invariant(event.sequence == run.firstSequence + UInt64(count), "event \(event.sequence)")
            invariant(event.payload.byteCount == Int(event.header.payloadLength), "payload length")
            count += 1
            byteCount += event.bytes.byteCount
        }
        invariant(count == run.count && byteCount == run.bytes.byteCount, "\(count) events walked")
        let middle = run.firstSequence + UInt64(count / 2)
        invariant(run.prefix(below: middle).count + run.dropping(below: middle).count == count, "halves")
    }
}
