import Ledger
import Projections
import Simulation
import Testing

/// A key that is its own hash, so that a test says where it is at home.
private struct PlainKey: IndexKey {
    var hash: UInt64
    func indexHash(seed: UInt64) -> UInt64 { hash }
}

/// Keys by row number.
private struct KeyList<Key: IndexKey>: ~Copyable, IndexedRows {
    var keys: [Key] = []
    func key(at number: RowNumber) -> Key { keys[Int(number.raw)] }
}

@Suite struct HashIndexTests {
    /// Few homes, and keys that crowd into the first, the last, and one in between.
    @Test func `an index agrees with a dictionary while its keys crowd`() {
        let places: [UInt64] = [0, 1 << 32, 0x7fff_ffff << 32, 0xffff_ffff << 32]
        for seed in 0..<UInt64(5 * scale) {
            var random = SeededRandom(seed: seed)
            var rows = KeyList<PlainKey>()
            var index = HashIndex()
            var present: Set<UInt32> = []
            for number in 0..<240 {
                let place = places[number % places.count]
                // Equal tags too: only the lower half tells some keys apart.
                let spread = UInt64(random.below(3)) << 32
                rows.keys.append(PlainKey(hash: (place ^ spread) | UInt64(number)))
            }
            for step in 0..<1500 {
                let number = UInt32(random.below(rows.keys.count))
                let key = rows.keys[Int(number)]
                if present.contains(number) {
                    index.remove(key, RowNumber(raw: number))
                    present.remove(number)
                } else if step < 1000 {
                    index.insert(key, RowNumber(raw: number), in: rows)
                    present.insert(number)
                }
                if step % 10 == 0 { index.checkInvariants() }
                #expect(index.count == present.count)
                for _ in 0..<8 {
                    let other = UInt32(random.below(rows.keys.count))
                    let found = index.find(rows.keys[Int(other)], in: rows)
                    let expected = present.contains(other) ? RowNumber(raw: other) : nil
                    #expect(found == expected, "seed \(seed) step \(step)")
                }
            }
        }
    }

    @Test func `no operation moves more than 64 slots while an index grows to millions`() {
        let count = UInt64(300_000 * scale)
        var table = Table<SmallRow>()
        var (movedMax, movedBefore) = (UInt64(0), UInt64(0))
        func note(_ moved: UInt64) {
            movedMax = max(movedMax, moved - movedBefore)
            movedBefore = moved
        }
        for key in 0..<count {
            table.insert(SmallRow(id: key, amount: 1))
            note(table.slotsMoved)
        }
        #expect((16...64).contains(movedMax), "\(movedMax)")
        // The index grew: everything moved several times, and is there.
        #expect(table.slotsMoved > count)
        #expect(Double(table.indexByteCount) < 14.5 * Double(count))
        for key in 0..<count where table.find(key) == nil { Issue.record("\(key) is missing") }
        for key in count..<count + 10_000 where table.find(key) != nil { Issue.record("\(key) found") }
        movedMax = 0
        for key in 0..<count where key % 3 != 0 {
            if let number = table.find(key) { table.remove(number) }
            note(table.slotsMoved)
        }
        #expect((1...64).contains(movedMax), "\(movedMax)")
        for key in 0..<count where (table.find(key) != nil) != (key % 3 == 0) { Issue.record("\(key)") }
    }

    /// Churn at a constant size, as live payments do it, must not wear the index out.
    @Test func `an index stays as good while entries come and go`() {
        var rows = KeyList<UInt64>()
        var index = HashIndex()
        let live = 12_000
        rows.keys = (0..<UInt64(live)).map { $0 }
        for number in 0..<live { index.insert(rows.keys[number], RowNumber(raw: UInt32(number)), in: rows) }
        while index.isGrowing || index.count % 7 != 0 {
            rows.keys.append(UInt64(rows.keys.count))
            index.insert(rows.keys[index.count], RowNumber(raw: UInt32(index.count)), in: rows)
        }
        let fresh = index.distances()
        var random = SeededRandom(seed: 5)
        for round in 0..<UInt64(40_000 * scale) {
            let number = random.below(index.count)
            index.remove(rows.keys[number], RowNumber(raw: UInt32(number)))
            rows.keys[number] = 1 << 32 + round
            index.insert(rows.keys[number], RowNumber(raw: UInt32(number)), in: rows)
        }
        index.checkInvariants()
        #expect(index.distances().mean <= fresh.mean + 0.05, "\(fresh) \(index.distances())")
    }

    @Test func `an index that grows with removals in between stays whole`() {
        var random = SeededRandom(seed: 11)
        var rows = KeyList<UInt64>()
        var index = HashIndex(seed: 77)
        var alive: [UInt32] = []
        for round in 0..<20_000 {
            rows.keys.append(UInt64(round) << 20)
            index.insert(rows.keys[round], RowNumber(raw: UInt32(round)), in: rows)
            alive.append(UInt32(round))
            if random.below(3) == 0 {
                let gone = alive.remove(at: random.below(alive.count))
                index.remove(rows.keys[Int(gone)], RowNumber(raw: gone))
                #expect(index.find(rows.keys[Int(gone)], in: rows) == nil)
            }
            if round % 500 == 0 { index.checkInvariants() }
        }
        #expect(index.count == alive.count)
        for number in alive where index.find(rows.keys[Int(number)], in: rows)?.raw != number {
            Issue.record("\(number)")
        }
    }

    @Test func `hashes of callers' keys are found by all their 128 bits`() {
        var rows = KeyList<Hash128>()
        var index = HashIndex(seed: 0x1234_5678)
        for number in 0..<UInt64(3000) {
            rows.keys.append(Hash128(low: number / 2, high: number % 2))
            index.insert(rows.keys[Int(number)], RowNumber(raw: UInt32(number)), in: rows)
        }
        for number in 0..<3000 { #expect(index.find(rows.keys[number], in: rows)?.raw == UInt32(number)) }
        #expect(index.find(Hash128(low: 7, high: 2), in: rows) == nil)
        index.checkInvariants()
    }

    @Test func `removing what is not there stops the process`() async {
        await #expect(processExitsWith: .failure) {
            var rows = KeyList<UInt64>()
            var index = HashIndex()
            rows.keys = [5]
            index.insert(5, RowNumber(raw: 0), in: rows)
            index.remove(UInt64(5), RowNumber(raw: 1))
        }
    }
}
