/// Rows by id: flat memory, an index beside it, a running digest, and an undo journal when one is open.
///
/// No verb allocates per row, moves a row, or moves more than 64 slots of the index. Owned by the one
/// thread that owns the state.
///
///     var payments = Table<PaymentRow>()
///     let number = payments.insert(row)
///     row.status = .captured
///     payments.update(number, row)
///
/// Memory for a row of 64 bytes: 64.1 for the row, 11.6 to 12.7 for its index entry.
///
/// A table is one word, the address of its parts: a state of twenty tables with all their parts in place
/// takes the compiler minutes to check for ownership, since it looks at each part at each use.
@safe public struct Table<Row: TableRow>: ~Copyable {
    @usableFromInline let address: UnsafeMutablePointer<TableParts<Row>>

    /// An empty table.
    ///
    /// - Parameters:
    ///   - seed: of its index: see `IndexKey`. Need not be the same on two machines.
    ///   - pace: of the state it belongs to; nil for a table on its own.
    @inlinable public init(seed: UInt64 = 0, pace: GrowthPace? = nil) {
        // SAFETY: initialized before anything else; freed in `deinit`.
        unsafe address = .allocate(capacity: 1)
        unsafe address.initialize(to: TableParts(seed: seed, pace: pace))
    }

    @inlinable deinit {
        // SAFETY: allocated and initialized in `init`; nobody else has the address.
        unsafe address.deinitialize(count: 1)
        unsafe address.deallocate()
    }

    @inlinable var parts: TableParts<Row> {
        @inline(__always) _read {
            // SAFETY: the parts live as long as the table, which owns them alone.
            yield unsafe address.pointee
        }
        @inline(__always) _modify {
            // SAFETY: as above; and whoever changes the table has it to himself.
            yield unsafe &address.pointee
        }
    }

    /// Takes memory for so many rows now, so that nobody waits for it later. Its index is made that large
    /// only if there is no row yet.
    public mutating func reserve(_ count: Int) { parts.reserve(count) }

    /// Makes the index that large if there is no row yet; its pages are taken as they are needed.
    mutating func reserveIndex(_ count: Int) { parts.index.reserve(count, isTouched: false) }

    /// Of all rows, in memory or not, always up to date.
    @inlinable public var digest: TableDigest { parts.digest }
    /// Rows in memory.
    @inlinable public var count: Int { parts.count }

    /// Bytes taken from the system for rows, unused ones included.
    public var rowByteCount: Int { parts.rowByteCount }
    /// Bytes taken from the system for the index.
    public var indexByteCount: Int { parts.indexByteCount }
    /// Slots of the index moved since the beginning.
    public var slotsMoved: UInt64 { parts.slotsMoved }

    /// The row with this key.
    @inlinable public func find(_ key: UInt64) -> RowNumber? { parts.find(key) }

    /// Asks for the index bucket of a key, without waiting: the first of two steps before `find`.
    @inlinable @inline(__always)
    func prefetchBucket(_ key: UInt64) { parts.prefetchBucket(key) }

    /// Asks for the row of a key, whose bucket has arrived by now, without waiting. Returns where that row
    /// probably is: good for further hints and nothing else.
    @inlinable @inline(__always) @discardableResult
    func prefetchRow(_ key: UInt64) -> RowNumber? { parts.prefetchRow(key) }

    /// Asks for the row at a number.
    @inlinable @inline(__always)
    func prefetch(_ number: RowNumber) { parts.rows.prefetch(number) }

    /// The row at a number got from `find` or `insert` and not removed since.
    @inlinable public subscript(number: RowNumber) -> Row {
        @inline(__always) _read { yield parts[number] }
    }

    /// Adds a row whose key no row has.
    @inlinable @discardableResult
    public mutating func insert(_ row: Row) -> RowNumber { parts.insert(row) }

    /// Puts `row` in place of the one at `number`, which has the same key.
    @inlinable public mutating func update(_ number: RowNumber, _ row: Row) {
        parts.update(number, row)
    }

    /// Changes the row at `number` where it lies, all but its key.
    @inlinable @inline(__always)
    public mutating func modify(_ number: RowNumber, _ change: (inout Row) -> Void) {
        parts.modify(number, change)
    }

    /// Changes the links of the row at `number`: what a digest does not cover costs no digest.
    @inlinable @inline(__always)
    public mutating func relink(_ number: RowNumber, _ change: (inout Row) -> Void) {
        parts.relink(number, change)
    }

    /// Removes the row at `number`, whose place will be used again.
    @inlinable public mutating func remove(_ number: RowNumber) { parts.remove(number) }

    /// The first row at `number` or after it, in the order of this machine's memory: see `RowStore`.
    public func firstRow(from number: RowNumber = RowNumber(raw: 0)) -> RowNumber? {
        parts.firstRow(from: number)
    }
}

// The memory has one owner and goes wherever the owner goes.
extension Table: @unchecked Sendable {}

extension Table: Journaled {
    @inlinable public mutating func openJournal() { parts.openJournal() }
    @inlinable public mutating func commitJournal() { parts.commitJournal() }
    @inlinable public mutating func undoJournal() { parts.undoJournal() }
}
