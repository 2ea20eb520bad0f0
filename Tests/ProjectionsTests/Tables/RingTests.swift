import Projections
import Simulation
import Testing

@Suite struct RingTests {
    /// A ring and an array that must agree.
    private struct World: ~Copyable {
        var ring = Ring<SmallRow>()
        var rows: [SmallRow] = []
        var first: UInt64 = 0

        mutating func append(_ count: Int) {
            for _ in 0..<count {
                let position = first + UInt64(rows.count)
                let row = SmallRow(id: position, amount: Int64(position) * 3)
                rows.append(row)
                let appended = ring.append(row)
                if appended != position { Issue.record("\(appended) is not \(position)") }
            }
        }

        mutating func drop(_ count: Int) {
            for index in 0..<count {
                let dropped = ring.dropFirst()
                let expected = index < rows.count ? rows[index] : nil
                if dropped != expected { Issue.record("dropped \(String(describing: dropped))") }
            }
            first += UInt64(min(count, rows.count))
            rows.removeFirst(min(count, rows.count))
        }

        mutating func change(_ random: inout SeededRandom) {
            guard !rows.isEmpty else { return }
            let index = random.below(rows.count)
            rows[index].amount = Int64(bitPattern: random.next())
            ring.update(first + UInt64(index), rows[index])
        }

        func expectAgreement(_ place: @autoclosure () -> String) {
            var isRight = ring.count == rows.count && ring.firstPosition == first
            isRight = isRight && ring.digest == TableDigest(recomputedFrom: rows)
            for (index, row) in rows.enumerated() {
                let position = first + UInt64(index)
                let number = ring.number(of: position)
                isRight = isRight && ring[position] == row && ring.position(of: number) == position
            }
            #expect(isRight, "\(place())")
        }
    }

    @Test func `a ring agrees with an array over many blocks, also when requests are undone`() {
        for seed in 0..<UInt64(scale) {
            var random = SeededRandom(seed: seed)
            var world = World()
            for round in 0..<12 {
                let isUndone = round % 2 == 1
                let (rows, first) = (world.rows, world.first)
                let isOpen = isUndone || random.below(2) == 0
                if isOpen { world.ring.openJournal() }
                for _ in 0..<4 {
                    world.append(random.below(12_000))
                    for _ in 0..<50 { world.change(&random) }
                    world.drop(random.below(14_000))
                }
                if isUndone {
                    world.ring.undoJournal()
                    (world.rows, world.first) = (rows, first)
                } else if isOpen {
                    world.ring.commitJournal()
                }
                world.expectAgreement("seed \(seed) round \(round)")
            }
        }
    }

    @Test func `short rings agree with an array after every step`() {
        for seed in 0..<UInt64(10 * scale) {
            var random = SeededRandom(seed: seed)
            var world = World()
            var before: (rows: [SmallRow], first: UInt64)?
            for step in 0..<300 {
                switch random.below(10) {
                case 0 where before == nil:
                    world.ring.openJournal()
                    before = (world.rows, world.first)
                case 1:
                    guard let saved = before else { break }
                    before = nil
                    if random.below(3) == 0 {
                        world.ring.commitJournal()
                    } else {
                        world.ring.undoJournal()
                        (world.rows, world.first) = saved
                    }
                case 2...4: world.drop(1)
                case 5: world.change(&random)
                default: world.append(1)
                }
                world.expectAgreement("seed \(seed) step \(step)")
            }
        }
    }

    @Test func `a ring that slides for ever needs no more memory than its rows and two blocks`() {
        var ring = Ring<SmallRow>()
        for key in 0..<UInt64(20_000) { ring.append(SmallRow(id: key, amount: 0)) }
        let bytes = ring.byteCount
        for key in 20_000..<UInt64(20_000 + 100_000 * scale) {
            ring.append(SmallRow(id: key, amount: 0))
            let dropped = ring.dropFirst()
            if dropped?.id != key - 20_000 { Issue.record("\(key)") }
        }
        #expect(ring.byteCount <= bytes + 2 * (MemoryLayout<SmallRow>.stride << 14))
        while ring.dropFirst() != nil {}
        #expect(ring.byteCount < bytes + 1000)
    }

    @Test func `a ring of more blocks than its list had room for keeps them in order`() {
        var world = World()
        world.append(100_000)
        world.drop(70_000)
        world.append(250_000)
        world.expectAgreement("after doubling")
    }

    /// How an index beside a ring follows an undone request.
    @Test func `an index beside a ring is brought back with the positions the ring names`() {
        var ring = Ring<SmallRow>()
        var index = HashIndex()
        func add(_ key: UInt64) {
            let position = ring.append(SmallRow(id: key, amount: 0))
            index.insert(key, ring.number(of: position), in: ring)
        }
        for key in 0..<UInt64(10) { add(key) }
        ring.openJournal()
        for key in 10..<UInt64(13) { add(key) }
        for position in 0..<UInt64(4) {
            index.remove(position, ring.number(of: position))
            _ = ring.dropFirst()
        }
        let dropped = ring.droppedPositions
        #expect(dropped == 0..<4 && ring.appendedPositions == 10..<13)
        for position in ring.appendedPositions { index.remove(ring[position].id, ring.number(of: position)) }
        ring.undoJournal()
        for position in dropped { index.insert(ring[position].id, ring.number(of: position), in: ring) }
        index.checkInvariants()
        for key in 0..<UInt64(13) {
            #expect(index.find(key, in: ring)?.raw == (key < 10 ? UInt32(key) : nil))
        }
    }

    @Test func `a position that is not there stops the process`() async {
        await #expect(processExitsWith: .failure) {
            var ring = Ring<SmallRow>()
            ring.append(SmallRow(id: 1, amount: 1))
            _ = ring.dropFirst()
            _ = ring[0]
        }
    }
}
