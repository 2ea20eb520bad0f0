import Ledger
import Testing

@Suite struct EventBatchTests {
    @Test func `a batch holds events as the log does, one after the other`() throws {
        var drawer = FieldDrawer(seed: 11)
        var batch = EventBatch(capacity: FactType.allCases.count)
        var events: [Event] = []
        for type in FactType.allCases {
            events.append(drawer.event(type))
            batch.append(events[events.count - 1])
        }
        let all = bytes(of: batch)
        #expect(batch.count == events.count)
        var offset = 0
        for event in events {
            let length = Int(all[offset + 12]) | Int(all[offset + 13]) << 8
            let payload = all[offset + 14..<offset + 14 + length]
            let time = all[offset + 4..<offset + 12].reversed().reduce(0) { $0 << 8 | UInt64($1) }
            #expect(time == event.time.nanoseconds)
            let bytes = EventBytes(
                type: UInt16(all[offset]) | UInt16(all[offset + 1]) << 8, schema: all[offset + 2],
                flags: all[offset + 3], payload: Array(payload))
            #expect(bytes == EventBytes(event))
            offset += 14 + length
        }
        #expect(offset == all.count)
    }

    @Test func `what is cut off is as if it had never been added`() {
        var drawer = FieldDrawer(seed: 12)
        var batch = EventBatch(capacity: 2)
        batch.append(drawer.event(.voided))
        let (byteCount, count) = (batch.byteCount, batch.count)
        let before = bytes(of: batch)
        batch.append(drawer.event(.captured))
        batch.truncate(byteCount: byteCount, count: count)
        #expect(bytes(of: batch) == before)
        batch.removeAll()
        #expect(batch.room == 2)
    }
}

/// The bytes of a batch.
private func bytes(of batch: borrowing EventBatch) -> [UInt8] {
    let span = batch.bytes
    // SAFETY: UInt8 has no invalid bit patterns.
    return (0..<span.byteCount).map { unsafe span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
}
