import CHoldfastAllocations
import Projections
import Testing

/// Rows cost no allocation each: only blocks of thousands of rows, and nothing at all once they are there.
/// Debug builds allocate temporaries for generic values that the optimizer keeps in registers.
@Suite(
    .enabled(
        if: holdfast_allocations_are_counted() == 1 && !_isDebugAssertConfiguration(),
        "a sanitizer stands in for malloc, or nothing is optimized"))
struct TableAllocationTests {
    private struct Row: TableRow {
        var key: UInt64
        var amount: Int64
        static let table = TableNumber(raw: 902)

        func digest(into hasher: inout RowHasher) {
            hasher.combine(key)
            hasher.combine(amount)
        }
    }

    /// One request: some rows come, change and go, some of them undone.
    private static func request(
        _ table: inout Table<Row>, _ ring: inout Ring<Row>, _ heap: inout DueHeap<UInt64>, from key: UInt64
    ) {
        table.openJournal()
        ring.openJournal()
        heap.openJournal()
        for offset in 0..<UInt64(40) {
            let number = table.insert(Row(key: key + offset, amount: 1))
            table.update(number, Row(key: key + offset, amount: 2))
            if offset % 2 == 0 { table.remove(number) }
            ring.append(Row(key: key + offset, amount: 1))
            _ = ring.dropFirst()
            heap.push(key &* 0x9E37_79B9_7F4A_7C15 &+ offset)
            _ = heap.popFirst()
        }
        if key % 3 == 0 {
            table.undoJournal()
            ring.undoJournal()
            heap.undoJournal()
        } else {
            table.commitJournal()
            ring.commitJournal()
            heap.commitJournal()
            for offset in 0..<UInt64(40) {
                if let number = table.find(key + offset) { table.remove(number) }
            }
        }
    }

    @Test func `rows that come and go allocate nothing after warm-up`() {
        var table = Table<Row>()
        var ring = Ring<Row>()
        var heap = DueHeap<UInt64>()
        for key in 0..<UInt64(100) {
            ring.append(Row(key: key, amount: 0))
            heap.push(key)
        }
        for round in 0..<UInt64(2000) { Self.request(&table, &ring, &heap, from: 1000 + round * 40) }
        let before = holdfast_allocations_of_thread()
        for round in 2000..<UInt64(4000) { Self.request(&table, &ring, &heap, from: 1000 + round * 40) }
        #expect(holdfast_allocations_of_thread() - before == 0)
    }

    @Test func `growing doubles stretches of memory and allocates nothing a row`() {
        var table = Table<Row>()
        let before = holdfast_allocations_of_thread()
        for key in 0..<UInt64(200_000) { table.insert(Row(key: key, amount: 1)) }
        let allocations = holdfast_allocations_of_thread() - before
        // Rows and bits a power of two at a time, the index 25 % at a time from 16 homes on.
        #expect((10...120).contains(allocations), "\(allocations)")
    }
}
