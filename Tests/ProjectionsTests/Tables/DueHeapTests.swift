import Ledger
import Projections
import Simulation
import Testing

@Suite struct DueHeapTests {
    private func due(_ time: UInt64, _ key: UInt64) -> DueEntry {
        DueEntry(time: LedgerTime(nanoseconds: time), kind: .hold, id: key)
    }

    private func drain(_ heap: inout DueHeap<DueEntry>) -> [DueEntry] {
        var all: [DueEntry] = []
        while let next = heap.popFirst() { all.append(next) }
        return all
    }

    @Test func `entries come out by time, then by key, whatever order they came in`() {
        var random = SeededRandom(seed: 1)
        for count in [0, 1, 2, 3, 4, 5, 6, 20, 21, 22, 85, 1000, 40_000] {
            let entries = (0..<count).map { due(UInt64(random.below(count / 3 + 1)), UInt64($0)) }
            var heap = DueHeap<DueEntry>()
            for entry in entries { heap.push(entry) }
            #expect(heap.count == count)
            #expect(drain(&heap) == entries.sorted())
            #expect(heap.count == 0 && heap.first == nil)
        }
    }

    @Test func `all orders of seven entries come out sorted`() {
        func permute(_ prefix: [UInt64], _ rest: [UInt64]) {
            guard rest.isEmpty else {
                for (index, next) in rest.enumerated() {
                    permute(prefix + [next], Array(rest[..<index] + rest[(index + 1)...]))
                }
                return
            }
            var heap = DueHeap<DueEntry>()
            for value in prefix { heap.push(due(value / 2, value)) }
            #expect(drain(&heap).map(\.number) == Array(0..<7))
        }
        permute([], Array(0..<7))
    }

    @Test func `a heap agrees with a sorted list, also when requests are undone`() {
        for seed in 0..<UInt64(30 * scale) {
            var random = SeededRandom(seed: seed)
            var heap = DueHeap<DueEntry>()
            var model: [DueEntry] = []
            var before: [DueEntry]?
            for step in 0..<400 {
                switch random.below(10) {
                case 0 where before == nil:
                    heap.openJournal()
                    before = model
                case 1:
                    guard let saved = before else { break }
                    before = nil
                    if random.below(3) == 0 {
                        heap.commitJournal()
                    } else {
                        heap.undoJournal()
                        model = saved
                    }
                case 2...5:
                    #expect(heap.popFirst() == (model.isEmpty ? nil : model.removeFirst()))
                default:
                    let entry = due(UInt64(random.below(20)), UInt64(step))
                    heap.push(entry)
                    model.insert(entry, at: model.firstIndex { entry < $0 } ?? model.endIndex)
                }
                #expect(heap.count == model.count, "seed \(seed) step \(step)")
                #expect(heap.first == model.first, "seed \(seed) step \(step)")
            }
            if before != nil { heap.commitJournal() }
            #expect(drain(&heap) == model, "seed \(seed)")
        }
    }
}
