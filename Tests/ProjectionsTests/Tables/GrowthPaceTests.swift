import Ledger
import Projections
import Simulation
import Testing

/// Keys by row number.
private struct Keys: ~Copyable, IndexedRows {
    func key(at number: RowNumber) -> UInt64 { UInt64(number.raw) }
}

/// Tables that share a pace, and what they have moved; an array cannot hold tables.
private final class Tables {
    struct Row: TableRow {
        var key: UInt64
        static let table = TableNumber(raw: 902)
        func digest(into hasher: inout RowHasher) { hasher.combine(key) }
    }

    final class One {
        var table: Table<Row>
        init(_ seed: UInt64, _ pace: GrowthPace) { table = Table(seed: seed, pace: pace) }
    }

    let pace = GrowthPace()
    let all: [One]

    init(_ count: Int) {
        let pace = pace
        all = (0..<count).map { One(UInt64($0), pace) }
    }

    var slotsMoved: UInt64 { all.reduce(0) { $0 + $1.table.slotsMoved } }
}

@Suite struct GrowthPaceTests {
    /// Each turn adds a row to six of twenty tables, which are as large as each other all the time.
    @Test func `twenty tables that grow at the same time move no more than 64 slots a turn`() {
        for seed in 0..<UInt64(2 * scale) {
            var random = SeededRandom(seed: seed)
            let tables = Tables(20)
            var order = Array(0..<20)
            var (moved, most) = (UInt64(0), UInt64(0))
            for turn in 0..<60_000 {
                tables.pace.beginTurn()
                for place in 0..<6 {
                    order.swapAt(place, place + random.below(20 - place))
                    let one = tables.all[order[place]]
                    one.table.insert(Tables.Row(key: UInt64(turn)))
                    // And sometimes takes an old one out.
                    if turn % 5 == 0, let old = one.table.find(UInt64(turn / 2)) { one.table.remove(old) }
                }
                let now = tables.slotsMoved
                most = max(most, now - moved)
                moved = now
            }
            #expect((40...64).contains(most), "\(most) with seed \(seed)")
            // Everything moved more than once: these tables have grown.
            #expect(moved > 60_000 * 6, "\(moved)")
        }
    }

    /// The first index that is asked for has all the room a turn has, and the second none, for ever.
    @Test func `an index that never has its turn is whole, and grows in time nevertheless`() {
        let pace = GrowthPace()
        var index = HashIndex(seed: 3, pace: pace)
        // When it began to grow.
        var began: Int?
        var ends = 0
        for number in 0..<UInt32(40_000 * scale) {
            index.insert(UInt64(number), RowNumber(raw: number), in: Keys())
            if let count = began, !index.isGrowing {
                let homes = Double(count - 1) / 5.5
                #expect(Double(index.count) <= 6.45 * homes + 80, "\(count) to \(index.count)")
                // Turns with room would have ended it before.
                if ends > 8 { #expect(Double(index.count) > 6.3 * homes, "\(count) to \(index.count)") }
                ends += 1
                began = nil
            } else if began == nil, index.isGrowing {
                began = index.count
            }
            if number % 9_000 == 0 { index.checkInvariants() }
        }
        #expect(ends > 20)
        index.checkInvariants()
        #expect(index.distances().max < 60, "\(index.distances())")
    }

    @Test func `an index with room ends its growth at 6_3 entries a home, a home or two at a time`() {
        var index = HashIndex(seed: 4)
        var (began, ends, moved): (Int?, Int, UInt64) = (nil, 0, 0)
        for number in 0..<UInt32(40_000 * scale) {
            index.insert(UInt64(number), RowNumber(raw: number), in: Keys())
            let step = index.slotsMoved - moved
            moved = index.slotsMoved
            #expect(step < 48)
            if let count = began, !index.isGrowing {
                let homes = Double(count - 1) / 5.5
                #expect(Double(index.count) <= 6.32 * homes + 4, "\(count) to \(index.count)")
                ends += 1
                began = nil
            } else if began == nil, index.isGrowing {
                began = index.count
            }
        }
        #expect(ends > 20)
    }

    @Test func `gaps are filled again as far as the turn has room`() {
        let pace = GrowthPace()
        var index = HashIndex(seed: 5, pace: pace)
        var count: UInt32 = 0
        while count < 60_000 || !index.isGrowing {
            pace.beginTurn()
            index.insert(UInt64(count), RowNumber(raw: count), in: Keys())
            count += 1
        }
        pace.beginTurn()
        let moved = index.slotsMoved
        for number in 0..<count / 2 { index.remove(UInt64(number), RowNumber(raw: number)) }
        #expect(index.slotsMoved - moved == UInt64(GrowthPace.slotsPerTurn))
        index.checkInvariants()
        for number in count / 2..<count where index.find(UInt64(number), in: Keys())?.raw != number {
            Issue.record("\(number) is missing")
        }
    }
}
