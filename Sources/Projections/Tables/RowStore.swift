public import Invariants

/// The rows of a table where they lie: a row never moves, and the place of a removed row is used again.
///
/// Free places form a stack, linked through their own memory, so that a free list costs nothing. One bit a
/// row tells which are alive; reading a dead row is a bug that `assert` finds, writing or removing one would
/// break the stack and stops the process.
public struct RowStore<Row: BitwiseCopyable>: ~Copyable {
    @usableFromInline var rows = Region<Row>()
    /// 64 rows a word.
    @usableFromInline var alive = Region<UInt64>()
    /// The free place to use next.
    @usableFromInline var firstFree = RowNumber.none
    @usableFromInline var aliveCount = 0

    @inlinable public init() {
        invariant(
            MemoryLayout<Row>.size >= 4 && MemoryLayout<Row>.alignment >= 4,
            "a row of \(MemoryLayout<Row>.size) bytes cannot carry a link")
    }

    /// Takes memory for so many rows now.
    mutating func reserve(_ count: Int) {
        rows.reserve(count)
        alive.reserve(count >> 6 + 1)
    }

    /// Rows that are alive.
    @inlinable public var count: Int { aliveCount }

    /// Bytes taken from the system.
    public var byteCount: Int { rows.byteCount + alive.byteCount }

    /// The row at `number`, which must be alive.
    @inlinable public subscript(number: RowNumber) -> Row {
        @inline(__always) _read {
            assert(isAlive(number), "row \(number.raw) is not there")
            yield rows[number.index]
        }
    }

    /// Asks for the memory of the row at `number`, without waiting.
    @inlinable @inline(__always)
    func prefetch(_ number: RowNumber) { rows.prefetch(number.index) }

    /// Puts `row` in place of a row that is alive.
    @inlinable public mutating func replace(_ number: RowNumber, with row: Row) {
        checkAlive(number)
        rows[number.index] = row
    }

    /// Changes a row that is alive, in place.
    @inlinable @inline(__always)
    mutating func modify(_ number: RowNumber, _ change: (inout Row) -> Void) {
        checkAlive(number)
        change(&rows[number.index])
    }

    /// Whether the next row takes new memory instead of a place that was freed.
    @inlinable public var hasNoFreePlace: Bool { firstFree.isNone }

    /// Puts `row` into the place that was freed last, or at the end.
    @inlinable public mutating func add(_ row: Row) -> RowNumber {
        let number: RowNumber
        if firstFree.isNone {
            // The largest number means "none".
            invariant(rows.count < Int(UInt32.max), "a table is full with \(rows.count) rows")
            number = RowNumber(raw: UInt32(truncatingIfNeeded: rows.count))
            if rows.count == alive.count << 6 { alive.append(0) }
            rows.append(row)
        } else {
            number = firstFree
            firstFree = RowNumber(raw: rows.link(at: number.index))
            rows[number.index] = row
        }
        alive[number.index >> 6] |= 1 << UInt64(number.raw & 63)
        aliveCount += 1
        return number
    }

    /// Frees the place of a row that is alive; it is the next to be used.
    @inlinable public mutating func remove(_ number: RowNumber) {
        checkAlive(number)
        rows.storeLink(firstFree.raw, at: number.index)
        firstFree = number
        alive[number.index >> 6] &= ~(1 << UInt64(number.raw & 63))
        aliveCount -= 1
    }

    /// Takes back the latest `add` that found no free place.
    @inlinable public mutating func removeFromEnd(_ number: RowNumber) {
        checkAlive(number)
        invariant(number.index == rows.count - 1, "row \(number.raw) is not the last of \(rows.count)")
        alive[number.index >> 6] &= ~(1 << UInt64(number.raw & 63))
        rows.removeLast()
        aliveCount -= 1
    }

    /// The first row that is alive at `number` or after it.
    ///
    /// Order of memory, which differs between machines: for sums, checks and snapshots that sort, never for
    /// what leaves in an event or a reply.
    public func firstAlive(from number: RowNumber) -> RowNumber? {
        var word = number.index >> 6
        var skipped = UInt64(number.raw & 63)
        while word < alive.count {
            let bits = alive[word] & (~0 << skipped)
            if bits != 0 { return RowNumber(raw: UInt32(word << 6 + bits.trailingZeroBitCount)) }
            word += 1
            skipped = 0
        }
        return nil
    }

    /// Whether a row lives there.
    @inlinable @inline(__always)
    public func isAlive(_ number: RowNumber) -> Bool {
        number.index < rows.count && alive[number.index >> 6] >> UInt64(number.raw & 63) & 1 == 1
    }

    @inlinable @inline(__always)
    func checkAlive(_ number: RowNumber) {
        if !isAlive(number) { Memory.stopNotAlive(number, of: rows.count) }
    }
}

extension RowStore: IndexedRows where Row: TableRow {
    @inlinable public func key(at number: RowNumber) -> UInt64 { self[number].key }
}
