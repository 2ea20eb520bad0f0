import Projections
import Simulation
import Testing

/// What a table says of itself, to compare.
private struct Observed: Equatable {
    var rows: [UInt64: SmallRow]
    var numbers: [UInt64: RowNumber]
    var digest: TableDigest

    init(_ table: borrowing Table<SmallRow>, keys: Range<UInt64>) {
        (rows, numbers, digest) = ([:], [:], table.digest)
        for key in keys {
            guard let number = table.find(key) else { continue }
            numbers[key] = number
            rows[key] = table[number]
        }
    }
}

/// A table and a dictionary that must agree.
private struct World: ~Copyable {
    static let keys: Range<UInt64> = 0..<8
    var table = Table<SmallRow>()
    var model: [UInt64: SmallRow] = [:]
    var drawn: Int64 = 0

    /// Inserts a row that is missing, removes one that is there.
    mutating func toggle(_ key: UInt64) {
        drawn += 1
        if let number = table.find(key) {
            table.remove(number)
            model[key] = nil
        } else {
            let row = SmallRow(id: key, amount: drawn, link: RowNumber(raw: UInt32(drawn)))
            table.insert(row)
            model[key] = row
        }
    }

    /// Changes a row that is there.
    mutating func change(_ key: UInt64) {
        drawn += 1
        guard let number = table.find(key) else { return }
        var row = table[number]
        row.amount -= drawn
        table.update(number, row)
        model[key] = row
    }

    /// Steps of an alphabet: two for each key.
    mutating func take(_ step: Int) {
        if step.isMultiple(of: 2) { toggle(UInt64(step / 2)) } else { change(UInt64(step / 2)) }
    }

    func expectAgreement(_ place: @autoclosure () -> String) {
        let observed = Observed(table, keys: Self.keys)
        let scanned = rowsInMemoryOrder(of: table)
        let isRight =
            observed.rows == model && table.count == model.count && scanned.count == model.count
            && scanned.allSatisfy { model[$0.id] == $0 }
            && table.digest == TableDigest(recomputedFrom: model.values)
            && Set(observed.numbers.values).count == model.count
        #expect(isRight, "\(place())")
    }
}

private func rowsInMemoryOrder(of table: borrowing Table<SmallRow>) -> [SmallRow] {
    var rows: [SmallRow] = []
    var next = table.firstRow()
    while let number = next {
        rows.append(table[number])
        next = table.firstRow(from: RowNumber(raw: number.raw + 1))
    }
    return rows
}

/// The numbers the next rows would get: the free list, from outside.
private func numbersOfNextRows(_ world: inout World) -> [RowNumber] {
    (0..<4).map { world.table.insert(SmallRow(id: 1000 + $0, amount: 0)) }
}

@Suite struct TableTests {
    @Test func `a table agrees with a dictionary after every step, also of undone requests`() {
        for seed in 0..<UInt64(20 * scale) {
            var random = SeededRandom(seed: seed)
            var world = World()
            var modelBefore: [UInt64: SmallRow]?
            for step in 0..<300 {
                switch random.below(12) {
                case 0:
                    guard modelBefore == nil else { break }
                    world.table.openJournal()
                    modelBefore = world.model
                case 1:
                    guard let before = modelBefore else { break }
                    if random.below(3) == 0 {
                        world.table.commitJournal()
                    } else {
                        world.table.undoJournal()
                        world.model = before
                    }
                    modelBefore = nil
                default:
                    world.take(random.below(2 * World.keys.count))
                }
                world.expectAgreement("seed \(seed) step \(step)")
            }
        }
    }

    /// All sequences of five steps on three keys; the journal open over each stretch of each.
    @Test func `undoing any stretch of any short history leaves what was before it, free list included`() {
        let alphabet = 6
        let length = _isDebugAssertConfiguration() ? 4 : 5
        for history in 0..<(0..<length).reduce(1, { product, _ in product * alphabet }) {
            var steps: [Int] = []
            var rest = history
            for _ in 0..<length {
                steps.append(rest % alphabet)
                rest /= alphabet
            }
            for start in 0..<length {
                var world = World()
                for step in steps[..<start] { world.take(step) }
                let before = Observed(world.table, keys: World.keys)
                var twin = World()
                for step in steps[..<start] { twin.take(step) }
                for end in start + 1...length {
                    world.table.openJournal()
                    for step in steps[start..<end] { world.take(step) }
                    world.table.undoJournal()
                    #expect(
                        Observed(world.table, keys: World.keys) == before, "\(steps) \(start)..<\(end)")
                }
                let (next, expected) = (numbersOfNextRows(&world), numbersOfNextRows(&twin))
                #expect(next == expected, "\(steps) from \(start)")
            }
        }
    }

    @Test func `a row stays where it is while thousands come and go, and freed places are used again`() {
        var table = Table<SmallRow>()
        let numbers = (0..<UInt64(40_000)).map { table.insert(SmallRow(id: $0, amount: Int64($0))) }
        #expect(numbers.map(\.raw) == Array(0..<40_000))
        for key in stride(from: UInt64(1), to: 40_000, by: 2) { table.remove(numbers[Int(key)]) }
        let bytes = table.rowByteCount
        // The place freed last comes first.
        for round in 0..<UInt64(20_000) {
            let number = table.insert(SmallRow(id: 100_000 + round, amount: 0))
            #expect(number.raw == 39_999 - 2 * UInt32(round))
        }
        #expect(table.rowByteCount == bytes)
        for key in stride(from: UInt64(0), to: 40_000, by: 2) {
            #expect(table.find(key) == numbers[Int(key)])
            #expect(table[numbers[Int(key)]].amount == Int64(key))
        }
    }

    @Test func `an undone request with thousands of rows leaves rows, places and index as they were`() {
        var table = Table<WideRow>()
        for key in 0..<UInt64(30_000) { table.insert(WideRow(id: key)) }
        for key in 0..<UInt64(100) { if let number = table.find(key * 3) { table.remove(number) } }
        let (count, digest) = (table.count, table.digest)
        table.openJournal()
        for key in 50_000..<UInt64(90_000) { table.insert(WideRow(id: key)) }
        for key in 0..<UInt64(30_000) {
            guard let number = table.find(key), key % 3 == 1 else { continue }
            if key % 2 == 0 {
                table.remove(number)
            } else {
                table.update(number, WideRow(id: key, words: [7 of UInt64](repeating: key)))
            }
        }
        table.undoJournal()
        #expect(table.count == count && table.digest == digest)
        for key in 0..<UInt64(90_000) {
            let isThere = key < 30_000 && !(key % 3 == 0 && key < 300)
            let number = table.find(key)
            #expect((number != nil) == isThere)
            if let number { #expect(table[number] == WideRow(id: key)) }
        }
        #expect(table.insert(WideRow(id: 1 << 40)).raw == 297)
    }

    @Test func `two tables with the same rows have the same digest, whatever their histories`() {
        var left = Table<SmallRow>()
        var right = Table<SmallRow>()
        for key in 0..<UInt64(500) { left.insert(SmallRow(id: key, amount: 7)) }
        for key in (0..<UInt64(1000)).reversed() {
            right.insert(SmallRow(id: key, amount: 1, link: RowNumber(raw: UInt32(key))))
        }
        #expect(left.digest != right.digest)
        for key in 0..<UInt64(1000) {
            guard let number = right.find(key) else { continue }
            if key < 500 { right.update(number, SmallRow(id: key, amount: 7)) } else { right.remove(number) }
        }
        #expect(left.digest == right.digest)
        // Money moved from one row to another does not cancel out.
        for (key, amount) in [(UInt64(3), Int64(6)), (4, 8)] {
            if let number = left.find(key) { left.update(number, SmallRow(id: key, amount: amount)) }
        }
        #expect(left.digest != right.digest && left.digest.rowCount == right.digest.rowCount)
    }

    @Test func `what would break a table stops the process`() async {
        await #expect(processExitsWith: .failure) {
            var table = Table<SmallRow>()
            table.insert(SmallRow(id: 1, amount: 1))
            table.insert(SmallRow(id: 1, amount: 2))
        }
        await #expect(processExitsWith: .failure) {
            var table = Table<SmallRow>()
            let number = table.insert(SmallRow(id: 1, amount: 1))
            table.remove(number)
            table.remove(number)
        }
        await #expect(processExitsWith: .failure) {
            var table = Table<SmallRow>()
            let number = table.insert(SmallRow(id: 1, amount: 1))
            table.insert(SmallRow(id: 2, amount: 1))
            table.remove(number)
            table.update(number, SmallRow(id: 1, amount: 2))
        }
        await #expect(processExitsWith: .failure) {
            var table = Table<SmallRow>()
            let number = table.insert(SmallRow(id: 1, amount: 1))
            table.update(number, SmallRow(id: 2, amount: 1))
        }
        await #expect(processExitsWith: .failure) {
            let table = Table<SmallRow>()
            _ = table[RowNumber(raw: 0)]
        }
        await #expect(processExitsWith: .failure) {
            var table = Table<SmallRow>()
            table.undoJournal()
        }
    }
}
