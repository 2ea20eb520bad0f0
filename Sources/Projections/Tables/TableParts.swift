public import Invariants

/// What a table is made of, and how its verbs work: see `Table`.
@usableFromInline struct TableParts<Row: TableRow>: ~Copyable {
    @usableFromInline var rows = RowStore<Row>()
    @usableFromInline var index: HashIndex
    @usableFromInline var runningDigest = TableDigest()
    /// Of the rows it covers, those that are not in memory.
    @usableFromInline var absent = TableDigest()
    @usableFromInline var isJournalOpen = false
    @usableFromInline var journal: [Change] = []
    @usableFromInline var digestBefore = TableDigest()

    /// What the journal remembers of one verb.
    @usableFromInline struct Change: BitwiseCopyable {
        @usableFromInline enum Kind: UInt8, BitwiseCopyable {
            /// A row in new memory.
            case inserted
            /// A row in a place that was freed before.
            case insertedInFreePlace
            case updated
            case removed
        }

        /// For inserts the row itself, otherwise what it was.
        @usableFromInline var row: Row
        @usableFromInline var number: RowNumber
        @usableFromInline var kind: Kind

        @inlinable init(row: Row, number: RowNumber, kind: Kind) {
            self.row = row
            self.number = number
            self.kind = kind
        }
    }

    @inlinable init(seed: UInt64, pace: GrowthPace?) { index = HashIndex(seed: seed, pace: pace) }

    mutating func reserve(_ count: Int) {
        rows.reserve(count)
        index.reserve(count)
    }

    /// Of all rows, in memory or not, always up to date.
    @inlinable var digest: TableDigest { runningDigest }
    /// Rows in memory.
    @inlinable var count: Int { rows.count }

    /// Bytes taken from the system for rows, unused ones included.
    var rowByteCount: Int { rows.byteCount }
    /// Bytes taken from the system for the index.
    var indexByteCount: Int { index.byteCount }
    /// Slots of the index moved since the beginning.
    var slotsMoved: UInt64 { index.slotsMoved }

    /// The row with this key.
    ///
    /// Inline: a call would copy all parts to lend them.
    @inlinable @inline(__always)
    func find(_ key: UInt64) -> RowNumber? { index.find(key, in: rows) }

    /// The row at a number got from `find` or `insert` and not removed since.
    @inlinable subscript(number: RowNumber) -> Row {
        @inline(__always) _read { yield rows[number] }
    }

    /// Asks for the index bucket of a key, without waiting.
    @inlinable @inline(__always)
    func prefetchBucket(_ key: UInt64) { index.prefetch(key) }

    /// Asks for the row of a key whose bucket has arrived; what it probably is.
    @inlinable @inline(__always) @discardableResult
    func prefetchRow(_ key: UInt64) -> RowNumber? {
        guard let number = index.candidate(key) else { return nil }
        rows.prefetch(number)
        return number
    }

    /// Adds a row whose key no row has.
    @inlinable @discardableResult
    mutating func insert(_ row: Row) -> RowNumber {
        let isInFreePlace = !rows.hasNoFreePlace
        let number = rows.add(row)
        index.insert(row.key, number, in: rows)
        runningDigest.add(row)
        if isJournalOpen { remember(row, number, isInFreePlace ? .insertedInFreePlace : .inserted) }
        return number
    }

    /// Puts `row` in place of the one at `number`, which has the same key.
    @inlinable mutating func update(_ number: RowNumber, _ row: Row) {
        let old = rows[number]
        invariant(old.key == row.key, "row \(number.raw) of \(old.key) given to \(row.key)")
        rows.replace(number, with: row)
        runningDigest.replace(old, with: row)
        if isJournalOpen { remember(old, number, .updated) }
    }

    /// Changes the row at `number` where it lies: hashed before and after, copied only for a journal.
    @inlinable @inline(__always)
    mutating func modify(_ number: RowNumber, _ change: (inout Row) -> Void) {
        if isJournalOpen { remember(rows[number], number, .updated) }
        let key = rows[number].key
        let before = TableDigest.hash(of: rows[number])
        rows.modify(number, change)
        runningDigest.replace(before, with: TableDigest.hash(of: rows[number]))
        invariant(rows[number].key == key, "row \(number.raw) of \(key) was given another key")
    }

    /// Changes the links of the row at `number`: what a digest does not cover costs no digest.
    @inlinable @inline(__always)
    mutating func relink(_ number: RowNumber, _ change: (inout Row) -> Void) {
        if isJournalOpen { remember(rows[number], number, .updated) }
        assert(isOnlyRelinked(rows[number], change), "row \(number.raw) changed by more than its links")
        rows.modify(number, change)
    }

    @inlinable func isOnlyRelinked(_ row: Row, _ change: (inout Row) -> Void) -> Bool {
        var changed = row
        change(&changed)
        return TableDigest.hash(of: row) == TableDigest.hash(of: changed)
    }

    /// Removes the row at `number`, whose place will be used again.
    @inlinable mutating func remove(_ number: RowNumber) {
        let old = rows[number]
        rows.remove(number)
        index.remove(old.key, number)
        runningDigest.subtract(old)
        if isJournalOpen { remember(old, number, .removed) }
    }

    /// The first row at `number` or after it, in the order of this machine's memory: see `RowStore`.
    func firstRow(from number: RowNumber = RowNumber(raw: 0)) -> RowNumber? {
        rows.firstAlive(from: number)
    }

    @inlinable @inline(never)
    mutating func remember(_ row: Row, _ number: RowNumber, _ kind: Change.Kind) {
        journal.append(Change(row: row, number: number, kind: kind))
    }
}

extension TableParts {
    @inlinable mutating func openJournal() {
        invariant(!isJournalOpen, "a journal is open already")
        isJournalOpen = true
        digestBefore = digest
    }

    @inlinable mutating func commitJournal() { closeJournal() }

    @inlinable mutating func undoJournal() {
        for index in journal.indices.reversed() { undo(journal[index]) }
        runningDigest = digestBefore
        closeJournal()
    }

    @inlinable mutating func undo(_ change: Change) {
        switch change.kind {
        case .inserted:
            index.remove(change.row.key, change.number)
            rows.removeFromEnd(change.number)
        case .insertedInFreePlace:
            index.remove(change.row.key, change.number)
            rows.remove(change.number)
        case .updated:
            rows.replace(change.number, with: change.row)
        case .removed:
            let number = rows.add(change.row)
            invariant(number == change.number, "row \(change.number.raw) came back as \(number.raw)")
            index.insert(change.row.key, number, in: rows)
        }
    }

    /// Keeps the journal's memory for the next request.
    @inlinable mutating func closeJournal() {
        invariant(isJournalOpen, "no journal is open")
        isJournalOpen = false
        journal.removeAll(keepingCapacity: true)
    }
}
