/// What an auditor compares before anything else: how many amounts of what sum, per event type and currency.
///
///     0   8   events
///     8   8   first time      nanoseconds; 0 if there are no events
///     16  8   last time
///     24  4   rows
///     28  4   zero
///     32  …   rows, strictly ascending by (type, currency), 32 bytes each:
///             type 2 · currency 2 · zero 4 · count 8 · sum 16 (two's complement)
///
/// An event without amounts counts once, with amount 0, under its type and currency 0; so every type is seen.
public struct ControlTotals: Sendable, Equatable {
    /// One event type in one currency.
    public struct Row: Sendable, Equatable {
        /// Event type.
        public let type: UInt16
        /// The caller's number of the currency; 0 where there is no amount.
        public let currency: UInt16
        /// How many amounts were added.
        public internal(set) var count: UInt64
        /// Their sum in minor units.
        public internal(set) var sum: Int128

        var key: UInt32 { UInt32(type) &<< 16 | UInt32(currency) }
    }

    /// Ascending by type, then currency.
    public private(set) var rows: [Row] = []
    /// All events, LogStore's own included.
    public private(set) var eventCount: UInt64 = 0
    /// Time of the first event; 0 if there is none.
    public private(set) var firstTime: UInt64 = 0
    /// Time of the last event; 0 if there is none.
    public private(set) var lastTime: UInt64 = 0
    private var lastRow = 0

    package static let rowCountMax = 65_536
    private static let headByteCount = 32
    private static let rowByteCount = 32
    /// Events a log can have; keeps the sums of many decoded totals far from overflow.
    private static let eventCountMax: UInt64 = 1 << 48

    /// No events.
    public init() {}

    /// Forgets everything, keeps the memory.
    package mutating func removeAll() {
        rows.removeAll(keepingCapacity: true)
        (eventCount, firstTime, lastTime, lastRow) = (0, 0, 0, 0)
    }

    /// Counts one event; its amounts follow by `add`.
    @inline(__always)
    package mutating func countEvent(time: UInt64) {
        if eventCount == 0 { firstTime = time }
        lastTime = time
        eventCount += 1
    }

    /// Adds one amount. Nothing is allocated unless the row is new.
    @inline(__always)
    package mutating func add(type: UInt16, currency: UInt16, amount: Int64) {
        let row = Row(type: type, currency: currency, count: 1, sum: Int128(amount))
        if lastRow < rows.count, rows[lastRow].key == row.key {
            accumulate(row, at: lastRow)
        } else {
            add(row)
        }
    }

    /// Adds the totals of events that follow these.
    public mutating func merge(_ other: ControlTotals) {
        guard other.eventCount > 0 else { return }
        if eventCount == 0 { firstTime = other.firstTime }
        lastTime = other.lastTime
        eventCount += other.eventCount
        for row in other.rows { add(row) }
    }

    private mutating func add(_ row: Row) {
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].key < row.key { low = middle + 1 } else { high = middle }
        }
        lastRow = low
        if low < rows.count, rows[low].key == row.key { return accumulate(row, at: low) }
        invariant(rows.count < Self.rowCountMax, "more than \(Self.rowCountMax) rows of control totals")
        rows.insert(row, at: low)
    }

    @inline(__always)
    private mutating func accumulate(_ row: Row, at index: Int) {
        let (sum, overflow) = rows[index].sum.addingReportingOverflow(row.sum)
        invariant(!overflow, "the control total of type \(row.type), currency \(row.currency) overflows")
        rows[index].sum = sum
        rows[index].count += row.count
    }

    /// Whether the same events gave both.
    public static func == (left: ControlTotals, right: ControlTotals) -> Bool {
        left.eventCount == right.eventCount && left.firstTime == right.firstTime
            && left.lastTime == right.lastTime && left.rows == right.rows
    }
}

extension ControlTotals {
    package var encodedByteCount: Int { Self.headByteCount + rows.count * Self.rowByteCount }

    /// Writes `encodedByteCount` bytes to the start of `target`.
    package func encode(into target: inout MutableRawSpan) {
        target.zero(0..<encodedByteCount)
        target.set(eventCount, at: 0)
        target.set(firstTime, at: 8)
        target.set(lastTime, at: 16)
        target.set(UInt32(rows.count), at: 24)
        for (index, row) in rows.enumerated() {
            let offset = Self.headByteCount + index * Self.rowByteCount
            target.set(row.type, at: offset)
            target.set(row.currency, at: offset + 2)
            target.set(row.count, at: offset + 8)
            target.set(UInt64(truncatingIfNeeded: row.sum), at: offset + 16)
            target.set(Int64(truncatingIfNeeded: row.sum >> 64), at: offset + 24)
        }
    }

    /// Reads totals that take all of `source`.
    package init(decoding source: RawSpan) throws(DecodingFailure) {
        guard source.byteCount >= Self.headByteCount else {
            throw DecodingFailure("control totals of \(source.byteCount) bytes")
        }
        let rowCount = Int(source.u32(24))
        guard rowCount <= Self.rowCountMax, source.u32(28) == 0,
            source.byteCount == Self.headByteCount + rowCount * Self.rowByteCount
        else { throw DecodingFailure("\(rowCount) rows of control totals in \(source.byteCount) bytes") }
        (eventCount, firstTime, lastTime) = (source.u64(0), source.u64(8), source.u64(16))
        guard eventCount <= Self.eventCountMax, firstTime <= lastTime,
            eventCount > 0 || (lastTime == 0 && rowCount == 0)
        else { throw DecodingFailure("control totals of \(eventCount) events, \(firstTime) to \(lastTime)") }
        rows.reserveCapacity(rowCount)
        for index in 0..<rowCount {
            let offset = Self.headByteCount + index * Self.rowByteCount
            rows.append(try Self.decodeRow(source, at: offset, after: rows.last, eventCount: eventCount))
        }
    }

    private static func decodeRow(
        _ source: RawSpan, at offset: Int, after last: Row?, eventCount: UInt64
    ) throws(DecodingFailure) -> Row {
        let high = Int64(bitPattern: source.u64(offset + 24))
        let row = Row(
            type: source.u16(offset), currency: source.u16(offset + 2), count: source.u64(offset + 8),
            sum: Int128(high) << 64 | Int128(source.u64(offset + 16)))
        let isAscending = last.map { $0.key < row.key } ?? true
        guard isAscending, source.u32(offset + 4) == 0 else {
            throw DecodingFailure(
                "control total of type \(row.type), currency \(row.currency) is out of order")
        }
        // What `count` amounts of 64 bits can add up to; so merging cannot overflow.
        let countMax = eventCount * UInt64(EventFacts.totalCountMax)
        guard (1...countMax).contains(row.count), row.sum.magnitude <= UInt128(row.count) << 63 else {
            throw DecodingFailure(
                "control total of type \(row.type): \(row.count) amounts add up to \(row.sum)")
        }
        return row
    }
}
