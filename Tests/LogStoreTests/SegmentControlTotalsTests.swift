import LogStore
import Testing

@Suite struct SegmentControlTotalsTests {
    private static func encode(_ totals: ControlTotals) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: totals.encodedByteCount)
        bytes.withMutableRawSpan { totals.encode(into: &$0) }
        return bytes
    }

    private static func decode(_ bytes: [UInt8]) throws(DecodingFailure) -> ControlTotals {
        try bytes.withRawSpan { (span) throws(DecodingFailure) in try ControlTotals(decoding: span) }
    }

    /// Totals of random amounts, and the same from a model.
    private static func makeTotals(_ count: Int, seed: UInt64) -> (
        totals: ControlTotals, model: [UInt32: Int128]
    ) {
        var random = SeededGenerator(seed: seed)
        var totals = ControlTotals()
        var model: [UInt32: Int128] = [:]
        for time in 1...UInt64(count) {
            totals.countEvent(time: time)
            let (type, currency) = (UInt16(random.next() % 9), UInt16(random.next() % 5))
            let amount = Int64(bitPattern: random.next())
            totals.add(type: type, currency: currency, amount: amount)
            model[UInt32(type) << 16 | UInt32(currency), default: 0] += Int128(amount)
        }
        return (totals, model)
    }

    @Test func `totals agree with a model and come back as written`() throws {
        let (totals, model) = Self.makeTotals(5000, seed: 11)
        #expect(totals.rows.count == model.count)
        for row in totals.rows { #expect(model[UInt32(row.type) << 16 | UInt32(row.currency)] == row.sum) }
        #expect(totals.rows.reduce(0) { $0 + $1.count } == 5000)
        #expect(try Self.decode(Self.encode(totals)) == totals)
        #expect(try Self.decode(Self.encode(ControlTotals())) == ControlTotals())
    }

    @Test func `merged totals are those of all events`() {
        var (all, _) = Self.makeTotals(700, seed: 12)
        let (more, _) = Self.makeTotals(900, seed: 13)
        let (before, sum) = (all, more.rows.reduce(all.rows.reduce(0) { $0 + $1.sum }) { $0 + $1.sum })
        all.merge(more)
        #expect(all.eventCount == 1600 && all.firstTime == 1 && all.lastTime == 900)
        #expect(all.rows.reduce(0) { $0 + $1.sum } == sum)
        var empty = ControlTotals()
        empty.merge(before)
        #expect(empty == before)
        empty.merge(ControlTotals())
        #expect(empty == before)
    }

    @Test func `every truncation is rejected and no flipped bit traps`() throws {
        let bytes = Self.encode(Self.makeTotals(50, seed: 14).totals)
        for length in 0..<bytes.count {
            #expect(throws: DecodingFailure.self) { try Self.decode(Array(bytes[..<length])) }
        }
        for bit in 0..<(bytes.count * 8) {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            // The section's checksum sees the flip; here, what is accepted can be merged without overflow.
            guard let totals = try? Self.decode(flipped) else { continue }
            var sum = ControlTotals()
            for _ in 0..<64 { sum.merge(totals) }
        }
    }

    @Test func `hostile counts and sums are rejected`() {
        let bytes = Self.encode(Self.makeTotals(3, seed: 15).totals)
        for (offset, value) in [
            (0, UInt64.max), (0, 0), (8, .max), (24, .max), (24, 65_537), (40, .max), (40, 0),
        ] {
            var hostile = bytes
            hostile.withMutableRawSpan { $0.set(value, at: offset) }
            #expect(throws: DecodingFailure.self) { try Self.decode(hostile) }
        }
        var huge = bytes
        huge.withMutableRawSpan { $0.set(UInt64(1) << 62, at: 32 + 24) }
        #expect(throws: DecodingFailure.self) { try Self.decode(huge) }
    }
}
