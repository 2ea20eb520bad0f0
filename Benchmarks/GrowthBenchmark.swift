import Ledger
import Projections

/// What does a table's index move as it grows to fifty million entries, and how long does the longest
/// insertion take?
///
/// An index that doubles moves everything at once; this one moves some entries with each insertion. The
/// durations include what the machine does besides, which on a shared one is most of the longest.
struct GrowthBenchmark {
    /// As small as a row can be: the index is what is looked at.
    private struct Row: TableRow {
        var key: UInt64
        static let table = TableNumber(raw: 2)

        @inline(__always)
        func digest(into hasher: inout RowHasher) { hasher.combine(key) }
    }

    private let rows: Int
    /// No insertion or removal moves more.
    private static let movedMax: UInt64 = 64

    init(rows: Int) { self.rows = rows }

    func run() throws {
        var table = Table<Row>()
        var durations = Durations(capacity: rows / 1_000 + 1)
        var (moved, movedMost, longest) = (UInt64(0), UInt64(0), UInt64(0))
        let start = Clock.now
        var mark = start
        for number in 0..<rows {
            table.insert(Row(key: UInt64(number)))
            movedMost = max(movedMost, table.slotsMoved - moved)
            moved = table.slotsMoved
            guard number % 1_000 == 999 else { continue }
            let now = Clock.now
            durations.add(now - mark)
            longest = max(longest, now - mark)
            mark = now
        }
        let run = Run(count: rows, nanoseconds: Clock.now - start, durations: durations)
        var line = Line("table-growth", [run], ceilings: [])
        line.add("of_what", text: "p50, p99 and longest of 1000 inserts")
        line.add("entries", Double(table.count))
        line.add("slots_moved", Double(moved))
        line.add("slots_moved_most_at_once", Double(movedMost))
        line.add("longest_us", Double(longest) / 1_000)
        line.add("index_bytes_per_row", Double(table.indexByteCount) / Double(rows))
        line.print()
        if movedMost > Self.movedMax { throw BenchmarkError("one insertion moved \(movedMost) slots") }
    }
}
