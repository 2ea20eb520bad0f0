/// A page of rows, newest first, and where the next one begins.
package struct Page<Element: Sendable>: Sendable {
    package let elements: [Element]
    /// For the next page; `.start` if this was the last.
    package let next: Cursor
}

/// A position in a list: everything older than a thing. It says nothing of rows, so that it stays what it is
/// while others come and go: what was there all the time is neither missed nor told twice.
package struct Cursor: Hashable, Sendable {
    /// The id of the last thing told; 0: nothing yet.
    package let raw: UInt64

    package init(raw: UInt64) { self.raw = raw }

    /// The newest.
    package static var start: Self { Self(raw: 0) }
    package var isStart: Bool { raw == 0 }

    /// Whether a thing comes after it.
    func isBefore(_ id: UInt64) -> Bool { raw == 0 || id < raw }
}

/// Gathers the newest of what it is given, in any order.
struct PageBuilder<Element: Sendable> {
    private let cursor: Cursor
    private let limit: Int
    private var found: [(id: UInt64, element: Element)] = []

    /// - Parameter limit: 1 … `LedgerState.pageSizeMax`; others are brought into that range.
    init(after cursor: Cursor, limit: Int) {
        self.cursor = cursor
        self.limit = min(max(limit, 1), LedgerState.pageSizeMax)
    }

    mutating func add(_ id: UInt64, _ element: @autoclosure () -> Element) {
        guard cursor.isBefore(id) else { return }
        found.append((id, element()))
        // One more than asked for tells whether there is another page.
        if found.count > 4 * LedgerState.pageSizeMax { cut() }
    }

    private mutating func cut() {
        found.sort { $0.id > $1.id }
        if found.count > limit + 1 { found.removeLast(found.count - limit - 1) }
    }

    var page: Page<Element> {
        mutating get {
            cut()
            let isMore = found.count > limit
            let told = found.prefix(limit)
            return Page(
                elements: told.map(\.element),
                next: isMore ? told.last.map { Cursor(raw: $0.id) } ?? .start : .start)
        }
    }
}

extension Table {
    /// Every row once, in the order of this machine's memory: for what sorts or sums.
    func forEachRow(_ body: (Row) -> Void) {
        var number = firstRow()
        while let found = number {
            body(self[found])
            number = firstRow(from: RowNumber(raw: found.raw + 1))
        }
    }

    /// A page of the rows that will do, by their keys. Looks at every row.
    func page(after cursor: Cursor, limit: Int, where isGood: (Row) -> Bool) -> Page<Row>
    where Row: Sendable {
        var builder = PageBuilder<Row>(after: cursor, limit: limit)
        forEachRow { row in if isGood(row) { builder.add(row.key, row) } }
        return builder.page
    }
}
