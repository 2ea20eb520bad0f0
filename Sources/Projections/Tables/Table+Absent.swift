import Invariants

// Rows that leave the memory and come back, without the table knowing less: its digest covers them all the
// while. Where they are meanwhile is for others to know.
extension Table {
    /// Of the rows it covers, those that are not in memory.
    var absent: TableDigest { parts.absent }

    /// Takes the row at `number` out of the memory. Its place will be used again; the digest stays.
    mutating func evict(_ number: RowNumber) { parts.evict(number) }

    /// Brings a row back that was taken out; `ReturningRows` tells some that were not.
    mutating func restore(_ row: Row) -> RowNumber { parts.restore(row) }

    /// Whether a row lies at `number`; nil beyond the last place ever used.
    func isAlive(_ number: RowNumber) -> Bool? { parts.isAlive(number) }
}

extension TableParts {
    mutating func evict(_ number: RowNumber) {
        invariant(!isJournalOpen, "row \(number.raw) leaves the memory while a journal is open")
        let row = rows[number]
        rows.remove(number)
        index.remove(row.key, number)
        absent.add(row)
    }

    mutating func restore(_ row: Row) -> RowNumber {
        invariant(!isJournalOpen, "row of \(row.key) comes back while a journal is open")
        absent.subtract(row)
        let number = rows.add(row)
        index.insert(row.key, number, in: rows)
        return number
    }

    func isAlive(_ number: RowNumber) -> Bool? {
        number.raw < UInt32(truncatingIfNeeded: rows.endIndex) ? rows.isAlive(number) : nil
    }
}

extension RowStore {
    /// Places ever used, free ones included.
    var endIndex: Int { rows.count }
}

/// Rows about to come back to a table: whether they can be among those that left.
///
/// A sum cannot tell which rows went into it, but it tells some that did not: more than left, or, once all
/// are back, others than left.
struct ReturningRows<Row: TableRow> {
    private var sum = TableDigest()

    mutating func add(_ row: Row) { sum.add(row) }

    func fit(_ table: borrowing Table<Row>) -> Bool {
        let absent = table.absent
        return sum.rowCount < absent.rowCount || sum == absent
    }
}
