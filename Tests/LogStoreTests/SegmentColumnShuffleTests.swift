import LogStore
import Testing

@Suite struct SegmentColumnShuffleTests {
    private static func shuffled(_ events: EventBytes) throws -> [UInt8] {
        var shuffle = ColumnShuffle()
        var columns: [UInt8] = []
        let length = try events.withRun { shuffle.shuffle($0, into: &columns) }
        return Array(columns[..<length])
    }

    private static func restored(
        _ columns: [UInt8], count: Int, rawByteCount: Int
    ) throws(DecodingFailure) -> [UInt8] {
        var shuffle = ColumnShuffle()
        var raw: [UInt8] = []
        try columns.withRawSpan { (span) throws(DecodingFailure) in
            try shuffle.restore(span, count: count, rawByteCount: rawByteCount, into: &raw)
        }
        return Array(raw[..<rawByteCount])
    }

    @Test func `the column form stays within its bound and comes back`() throws {
        let seed: UInt64 = 0xC0
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for count in 1...256 {
            let events = makeRandomEvents(
                count, firstSequence: 0, lengthMax: count % 40, types: UInt16(1 + count % 7), using: &random)
            let columns = try Self.shuffled(events)
            let bound = ColumnShuffle.byteCountMax(rawByteCount: events.bytes.count, count: count)
            #expect(columns.count <= bound)
            #expect(
                try Self.restored(columns, count: count, rawByteCount: events.bytes.count) == events.bytes)
        }
    }

    @Test func `hostile columns are rejected or give events of the promised length`() throws {
        var random = SeededGenerator(seed: 0xC1)
        let events = makeRandomEvents(12, firstSequence: 0, lengthMax: 30, types: 3, using: &random)
        let columns = try Self.shuffled(events)
        let raw = events.bytes.count
        for length in 0..<columns.count {
            #expect(throws: DecodingFailure.self) {
                try Self.restored(Array(columns[..<length]), count: 12, rawByteCount: raw)
            }
        }
        for offset in columns.indices {
            for value in UInt8.min...UInt8.max {
                var hostile = columns
                hostile[offset] = value
                guard let bytes = try? Self.restored(hostile, count: 12, rawByteCount: raw) else { continue }
                #expect(bytes.count == raw)
            }
        }
        for (count, byteCount) in [(11, raw), (13, raw), (12, raw - 1), (12, raw + 1), (256, 1 << 24)] {
            #expect(throws: DecodingFailure.self) {
                try Self.restored(columns, count: count, rawByteCount: byteCount)
            }
        }
    }
}
