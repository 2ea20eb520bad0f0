import Ledger
import Projections

/// What do the flat tables cost at ten million rows of 64 bytes?
///
/// Keys come in random order. The ceiling of `table-find` is what memory gives: reading a line at random from
/// as many bytes as the table has. `table-find` asks for keys one after another without waiting for the row;
/// `chained` makes each key depend on the row before, which is the latency a single command sees.
struct TableBenchmark {
    /// A row as large as a live payment's.
    struct Row: TableRow {
        var key: UInt64
        var merchant: UInt64
        var amount: Int64
        var captured: Int64
        var refunded: Int64
        var expires: UInt64
        var previous: UInt64
        var state: UInt32
        var next: RowNumber

        static let table = TableNumber(raw: 1)

        init(key: UInt64) {
            self.key = key
            merchant = key % 10_000
            amount = Int64(key % 100_000)
            (captured, refunded, expires, previous, state) = (0, 0, key, key, 1)
            next = .none
        }

        @inline(__always)
        func digest(into hasher: inout RowHasher) {
            hasher.combine(key)
            hasher.combine(merchant)
            hasher.combine(amount)
            hasher.combine(captured)
            hasher.combine(refunded)
            hasher.combine(expires)
            hasher.combine(previous)
            hasher.combine(UInt64(state))
        }
    }

    private let rows: Int
    private let runs: Int
    /// Operations of a run of all rows but `table-insert`.
    private static let operations = 2_000_000

    init(rows: Int, runs: Int) {
        self.rows = rows
        self.runs = runs
    }

    func runInsert() {
        var measured: [Run] = []
        var bytes = (rows: 0.0, index: 0.0)
        for run in 0..<runs {
            var table = Table<Row>()
            var durations = Durations(capacity: rows / 1000 + 1)
            let start = Clock.now
            var mark = start
            for number in 0..<rows {
                table.insert(Row(key: Self.key(number, of: rows, run: run)))
                guard number % 1000 == 999 else { continue }
                let now = Clock.now
                durations.add(now - mark)
                mark = now
            }
            measured.append(Run(count: rows, nanoseconds: Clock.now - start, durations: durations))
            bytes.rows = Double(table.rowByteCount) / Double(rows)
            bytes.index = Double(table.indexByteCount) / Double(rows)
        }
        var line = Line("table-insert", measured, ceilings: [])
        line.add("of_what", text: "p50 and p99 of 1000 inserts")
        line.add("row_bytes_per_row", bytes.rows)
        line.add("index_bytes_per_row", bytes.index)
        report(&line, measured)
    }

    func runFind() {
        let table = fill()
        let memory = [UInt64](repeating: 1, count: rows * MemoryLayout<Row>.stride / 8)
        for isChained in [false, true] {
            var (measured, ceilings): ([Run], [Run]) = ([], [])
            for run in 0..<runs {
                measured.append(find(in: table, isChained: isChained, seed: UInt64(run)))
                ceilings.append(readLines(of: memory, isChained: isChained, seed: UInt64(run)))
            }
            var line = Line("table-find", measured, ceilings: ceilings)
            line.add("kind", text: isChained ? "chained" : "independent")
            report(&line, measured)
        }
    }

    func runUpdate() {
        var table = fill()
        // Hot: a thousand rows in turn. Cold: any row, found by its number.
        for (name, span) in [("hot", 1000), ("cold", rows)] {
            for hasJournal in [false, true] {
                var measured: [Run] = []
                for run in 0..<runs {
                    measured.append(update(&table, span: span, hasJournal: hasJournal, seed: UInt64(run)))
                }
                var line = Line("table-update", measured, ceilings: [])
                line.add("rows", text: name)
                line.add("journal", text: hasJournal ? "open, committed every 64" : "closed")
                report(&line, measured)
            }
        }
    }

    func runDue() {
        var heap = DueHeap<DueEntry>()
        for number in 0..<rows {
            heap.push(
                DueEntry(
                    time: LedgerTime(nanoseconds: Self.mixed(UInt64(number)) >> 8), kind: .hold,
                    id: UInt64(number)))
        }
        var measured: [Run] = []
        for _ in 0..<runs {
            let start = Clock.now
            for number in 0..<Self.operations {
                guard let due = heap.popFirst() else { break }
                // It falls due again later, as far ahead as any.
                let ahead = Self.mixed(UInt64(number)) >> 8
                heap.push(
                    DueEntry(
                        time: LedgerTime(nanoseconds: due.time.nanoseconds + ahead), kind: .hold,
                        id: due.number))
            }
            measured.append(
                Run(count: Self.operations, nanoseconds: Clock.now - start, durations: Durations()))
        }
        var line = Line("due-push-pop", measured, ceilings: [])
        line.add("entries", Double(heap.count))
        line.add("bytes_per_entry", Double(heap.byteCount) / Double(heap.count))
        report(&line, measured)
    }

    func runHash() {
        var measured: [Run] = []
        var digest = TableDigest()
        for _ in 0..<runs {
            var row = Row(key: 1)
            let start = Clock.now
            for number in 0..<10 * Self.operations {
                row.key = UInt64(number)
                row.amount = Int64(number)
                digest.add(row)
            }
            measured.append(
                Run(count: 10 * Self.operations, nanoseconds: Clock.now - start, durations: Durations()))
        }
        var line = Line("row-hash", measured, ceilings: [])
        line.add("sum", Double(UInt8(truncatingIfNeeded: digest.sum)))
        report(&line, measured)
    }

    // MARK: -

    private func report(_ line: inout Line, _ runs: [Run]) {
        line.add("ns", 1e9 / runs.median(\.perSecond))
        line.print()
    }

    private func fill() -> Table<Row> {
        var table = Table<Row>()
        for number in 0..<rows { table.insert(Row(key: Self.key(number, of: rows, run: 0))) }
        return table
    }

    private func find(in table: borrowing Table<Row>, isChained: Bool, seed: UInt64) -> Run {
        let start = Clock.now
        let sum =
            isChained
            ? Self.findChained(table, rows: UInt64(rows), from: seed << 32)
            : Self.findIndependently(table, rows: UInt64(rows), from: seed << 32)
        let time = Clock.now - start
        return Run(count: sum > 0 ? Self.operations : 0, nanoseconds: time, durations: Durations())
    }

    // A loop each: with a flag in one loop the compiler makes every step depend on the one before.

    @inline(never)
    private static func findIndependently(
        _ table: borrowing Table<Row>, rows: UInt64, from first: UInt64
    ) -> UInt64 {
        var sum: UInt64 = 0
        for step in first..<first + UInt64(operations) {
            guard let number = table.find(scaled(mixed(step), below: rows)) else { continue }
            sum &+= table[number].merchant
        }
        return sum
    }

    @inline(never)
    private static func findChained(
        _ table: borrowing Table<Row>, rows: UInt64, from first: UInt64
    ) -> UInt64 {
        var sum: UInt64 = 0
        for step in first..<first + UInt64(operations) {
            // The upper bits are 0, but not before the row is known.
            guard let number = table.find(scaled(mixed(step ^ sum >> 60), below: rows)) else { continue }
            sum &+= table[number].merchant
        }
        return sum
    }

    private func readLines(of memory: [UInt64], isChained: Bool, seed: UInt64) -> Run {
        let start = Clock.now
        let sum =
            isChained
            ? Self.readChained(memory.span, from: seed << 32)
            : Self.readIndependently(memory.span, from: seed << 32)
        let time = Clock.now - start
        return Run(count: sum > 0 ? Self.operations : 0, nanoseconds: time, durations: Durations())
    }

    @inline(never)
    private static func readIndependently(_ memory: Span<UInt64>, from first: UInt64) -> UInt64 {
        var sum: UInt64 = 0
        for step in first..<first + UInt64(operations) {
            sum &+= memory[Int(scaled(mixed(step), below: UInt64(memory.count / 8))) * 8]
        }
        return sum
    }

    @inline(never)
    private static func readChained(_ memory: Span<UInt64>, from first: UInt64) -> UInt64 {
        var sum: UInt64 = 0
        for step in first..<first + UInt64(operations) {
            sum &+= memory[Int(scaled(mixed(step ^ sum >> 60), below: UInt64(memory.count / 8))) * 8]
        }
        return sum
    }

    /// A number below `bound`, without a division, which would cost as much as a find in the cache.
    private static func scaled(_ random: UInt64, below bound: UInt64) -> UInt64 {
        random.multipliedFullWidth(by: bound).high
    }

    private func update(_ table: inout Table<Row>, span: Int, hasJournal: Bool, seed: UInt64) -> Run {
        var random = seed << 32
        if hasJournal { table.openJournal() }
        let start = Clock.now
        for operation in 0..<Self.operations {
            random &+= 1
            let number = RowNumber(raw: UInt32(Self.scaled(Self.mixed(random), below: UInt64(span))))
            var row = table[number]
            row.captured &+= 1
            table.update(number, row)
            if hasJournal && operation % 64 == 63 {
                table.commitJournal()
                table.openJournal()
            }
        }
        let time = Clock.now - start
        if hasJournal { table.commitJournal() }
        return Run(count: Self.operations, nanoseconds: time, durations: Durations())
    }

    /// The numbers below `count` in an order without pattern: steps of a prime no count of ours divides by.
    private static func key(_ number: Int, of count: Int, run: Int) -> UInt64 {
        UInt64((number + run) * 6_700_417 % count)
    }

    private static func mixed(_ value: UInt64) -> UInt64 { value.indexHash(seed: 0x2545_F491_4F6C_DD1D) }
}
