package import LogStore

/// Events for tests and benchmarks, and the index that describes them.
///
/// Payload: key 8 · amount 8 · filler. Type 1; currency 978; the key is found under kind 1.
package struct TestIndex: EventIndex {
    package static let identifier: UInt64 = 0x7465_7374
    package static let version: UInt32 = 1

    package init() {}

    package func describe(_ event: borrowing EventView, into facts: inout EventFacts) {
        let payload = event.payload
        guard payload.byteCount >= 16 else { return }
        facts.addKey(kind: 1, value: payload.u64(0))
        facts.addTotal(currency: 978, amount: Int64(bitPattern: payload.u64(8)))
    }
}

/// Makes groups of test events with times that go on.
package struct TestEvents: ~Copyable {
    package var buffer: EventBuffer
    /// Time of the next event, nanoseconds.
    package var time: UInt64
    private var payload: [UInt8]
    private var made: UInt64 = 0

    /// 2026-11-01T00:00:00Z.
    package static let november: UInt64 = 1_793_491_200_000_000_000

    package init(time: UInt64 = november, payloadBytes: Int = 32, capacity: Int = 64 << 10) {
        self.time = time
        payload = [UInt8](repeating: 0, count: payloadBytes)
        buffer = EventBuffer(capacity: capacity)
    }

    /// The payload of the `number`th event ever made.
    package static func payload(_ number: UInt64, byteCount: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        bytes.withMutableRawSpan { span in
            span.set(number / 4, at: 0)
            span.set(100 + number % 1000, at: 8)
            for offset in 16..<byteCount {
                span.set(UInt8(truncatingIfNeeded: number &* 31 &+ UInt64(offset)), at: offset)
            }
        }
        return bytes
    }

    /// Fills the buffer with `count` new events.
    package mutating func make(_ count: Int) {
        buffer.removeAll()
        for _ in 0..<count {
            payload = Self.payload(made, byteCount: payload.count)
            made += 1
            let fits = payload.withRawSpan { buffer.append(type: 1, schema: 1, time: time, payload: $0) }
            invariant(fits, "the test buffer takes no \(count) events")
            time += 1000
        }
    }
}
