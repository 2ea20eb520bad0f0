internal import CHoldfastSystem

// Events of one type look alike column by column, not byte by byte: the high bytes of a time, an amount or an
// id hardly change from one event to the next. So a block is turned on its side before LZ4 sees it:
//
//     0       2     event count n       1 … 256
//     2       2     group count g       1 … n
//     4       8     time of event 0
//     12      5·g   groups, in order of first appearance: type 2, schema 1, payload length 2
//     …       n     group number of each event
//     …       n     flags of each event
//     …       8·n   time minus the previous event's time (modulo 2^64; 0 for event 0), as 8 columns of n bytes
//     …       …     per group its payloads, as `length` columns of `rows` bytes
//
// Nothing is rounded or reordered: group numbers and lengths give every byte its place back.

/// The lossless column form of a run of at most 256 events, and back.
///
/// Holds scratch memory; nothing is allocated once it is warm. Used by one thread at a time.
package struct ColumnShuffle: ~Copyable {
    private struct Group {
        /// type ‖ schema ‖ payload length, as one word.
        var key: UInt64
        /// Payload bytes of one event.
        var length: Int
        var rows = 0
        /// Where the next payload is in `gathered`.
        var position = 0

        init(key: UInt64) {
            self.key = key
            length = Int(key & 0xFFFF)
        }
    }

    private var groups: [Group] = []
    private var gathered: [UInt8] = []
    private var times = [UInt8](repeating: 0, count: eventCountMax * 8)

    package static let eventCountMax = 256
    private static let prefixByteCount = 12
    private static let groupByteCount = 5

    package init() { groups.reserveCapacity(Self.eventCountMax) }

    /// The most bytes the column form of `count` events in `rawByteCount` bytes takes.
    package static func byteCountMax(rawByteCount: Int, count: Int) -> Int {
        // 12 + 5 g + 10 n + payloads, where payloads = raw − 14 n and g ≤ n.
        rawByteCount + count + prefixByteCount
    }

    /// Bytes before the payloads.
    private static func columnsByteCount(groups: Int, events: Int) -> Int {
        prefixByteCount + groupByteCount * groups + 10 * events
    }

    /// Writes the column form to the start of `target`, which grows if needed; returns its length.
    package mutating func shuffle(_ run: EventRun, into target: inout [UInt8]) -> Int {
        let count = run.count
        invariant((1...Self.eventCountMax).contains(count), "a column shuffle of \(count) events")
        target.grow(to: Self.byteCountMax(rawByteCount: run.bytes.byteCount, count: count))
        gathered.grow(to: run.bytes.byteCount)
        return target.withMutableRawSpan { target in
            classify(run, into: &target)
            let base = Self.columnsByteCount(groups: groups.count, events: count)
            moveColumns(count: count, base: base, into: &target)
            gather(run, groupColumn: target.bytes, at: base - 10 * count)
            return transposeGroups(into: &target, at: base)
        }
    }

    /// First pass: the groups, and the three event columns at the end of the largest possible prefix.
    private mutating func classify(_ run: EventRun, into target: inout MutableRawSpan) {
        groups.removeAll(keepingCapacity: true)
        let count = run.count
        let column = Self.columnsByteCount(groups: count, events: count) - 10 * count
        var offset = 0
        var previous = run.bytes.u64(4)
        var group = 0
        target.set(previous, at: 4)
        times.withMutableRawSpan { times in
            for index in 0..<count {
                let header = EventHeader(reading: run.bytes, at: offset)
                group = Self.number(of: header, after: group, in: &groups)
                groups[group].rows &+= 1
                target.set(UInt8(truncatingIfNeeded: group), at: column &+ index)
                target.set(header.flags, at: column &+ count &+ index)
                times.set(header.time &- previous, at: index &* 8)
                previous = header.time
                offset &+= EventHeader.byteCount &+ Int(header.payloadLength)
            }
        }
    }

    /// The group of an event; most often the group of the event before it.
    @inline(__always)
    private static func number(of header: EventHeader, after last: Int, in groups: inout [Group]) -> Int {
        let key =
            UInt64(header.type) &<< 24 | UInt64(header.schema) &<< 16 | UInt64(header.payloadLength)
        if last < groups.count, groups[last].key == key { return last }
        for index in groups.indices where groups[index].key == key { return index }
        groups.append(Group(key: key))
        return groups.count &- 1
    }

    /// Writes the prefix and the group table, and moves the columns down behind it.
    private mutating func moveColumns(count: Int, base: Int, into target: inout MutableRawSpan) {
        target.set(UInt16(count), at: 0)
        target.set(UInt16(groups.count), at: 2)
        let from = Self.columnsByteCount(groups: count, events: count) - 10 * count
        let to = base - 10 * count
        if to < from {
            unsafe target.withUnsafeMutableBytes { bytes in
                guard let start = bytes.baseAddress else { return }
                // SAFETY: both ranges lie in the buffer (`to < from`, and `from + 2 n` is below the largest
                // form); `copyMemory` allows overlap.
                unsafe (start + to).copyMemory(from: start + from, byteCount: 2 * count)
            }
        }
        for index in groups.indices {
            let key = groups[index].key
            let entry = Self.prefixByteCount + Self.groupByteCount * index
            target.set(UInt16(truncatingIfNeeded: key >> 24), at: entry)
            target.set(UInt8(truncatingIfNeeded: key >> 16), at: entry + 2)
            target.set(UInt16(truncatingIfNeeded: key), at: entry + 3)
        }
        times.withRawSpan { times in
            Self.transpose(times, at: 0, rows: count, columns: 8, into: &target, at: base - 8 * count)
        }
    }

    /// Second pass: payloads side by side, group after group.
    private mutating func gather(_ run: EventRun, groupColumn: RawSpan, at column: Int) {
        placeGroups()
        var offset = EventHeader.byteCount
        gathered.withMutableRawSpan { gathered in
            for index in 0..<run.count {
                let group = Int(groupColumn.u8(column &+ index))
                let (length, position) = (groups[group].length, groups[group].position)
                gathered.copy(from: run.bytes.extracting(offset..<(offset &+ length)), at: position)
                groups[group].position = position &+ length
                offset &+= length &+ EventHeader.byteCount
            }
        }
    }

    /// Sets each group's position in `gathered`; returns the bytes of all payloads.
    @discardableResult
    private mutating func placeGroups() -> Int {
        var position = 0
        for index in groups.indices {
            groups[index].position = position
            position += groups[index].rows * groups[index].length
        }
        return position
    }

    /// Third pass: each group turned on its side, `gathered` → `target`. Returns the end.
    private mutating func transposeGroups(into target: inout MutableRawSpan, at base: Int) -> Int {
        var position = 0
        gathered.withRawSpan { gathered in
            for group in groups {
                Self.transpose(
                    gathered, at: position, rows: group.rows, columns: group.length, into: &target,
                    at: base + position)
                position += group.rows * group.length
            }
        }
        return base + position
    }

    /// `rows` × `columns` bytes to `columns` × `rows` bytes.
    private static func transpose(
        _ source: RawSpan, at sourceOffset: Int, rows: Int, columns: Int,
        into target: inout MutableRawSpan, at targetOffset: Int
    ) {
        let byteCount = rows * columns
        guard byteCount > 0 else { return }
        invariant(byteCount <= source.byteCount - sourceOffset, "transposing past the source's end")
        invariant(byteCount <= target.byteCount - targetOffset, "transposing past the target's end")
        unsafe target.withUnsafeMutableBytes { target in
            unsafe source.withUnsafeBytes { source in
                guard let to = target.baseAddress, let from = source.baseAddress else { return }
                // SAFETY: both ranges are checked above; a mutable span cannot overlap a borrowed one.
                if rows == 1 || columns == 1 {
                    unsafe (to + targetOffset).copyMemory(from: from + sourceOffset, byteCount: byteCount)
                } else {
                    unsafe holdfast_transpose(
                        (to + targetOffset).assumingMemoryBound(to: UInt8.self),
                        (from + sourceOffset).assumingMemoryBound(to: UInt8.self), rows, columns)
                }
            }
        }
    }

    /// Rebuilds the events from their column form. `columns` may hold anything; `count` and `rawByteCount`
    /// are what the block header promises, already within its caps. Writes the start of `target`, which
    /// grows.
    package mutating func restore(
        _ columns: RawSpan, count: Int, rawByteCount: Int, into target: inout [UInt8]
    ) throws(DecodingFailure) {
        let base = try readGroups(columns, count: count)
        try countRows(columns, count: count, at: base - 10 * count)
        let payloads = placeGroups()
        guard base + payloads == columns.byteCount else {
            throw DecodingFailure("groups need \(base + payloads) column bytes, found \(columns.byteCount)")
        }
        guard payloads + count * EventHeader.byteCount == rawByteCount else {
            throw DecodingFailure("columns hold \(payloads) payload bytes, the raw length is \(rawByteCount)")
        }
        guard columns.extracting((base - 8 * count)..<base).firstTimeDelta(count: count) == 0 else {
            throw DecodingFailure("the first event of the columns has a time difference")
        }
        target.grow(to: rawByteCount)
        gathered.grow(to: payloads)
        rebuildRows(columns, count: count, base: base)
        target.withMutableRawSpan { writeEvents(columns, count: count, base: base, into: &$0) }
    }

    /// Reads prefix and group table; returns where the payloads start.
    private mutating func readGroups(_ columns: RawSpan, count: Int) throws(DecodingFailure) -> Int {
        invariant((1...Self.eventCountMax).contains(count), "restoring \(count) events")
        guard columns.byteCount >= Self.prefixByteCount, Int(columns.u16(0)) == count else {
            throw DecodingFailure("\(columns.byteCount) column bytes do not begin with \(count) events")
        }
        let groupCount = Int(columns.u16(2))
        let base = Self.columnsByteCount(groups: groupCount, events: count)
        guard (1...count).contains(groupCount), base <= columns.byteCount else {
            throw DecodingFailure(
                "\(groupCount) groups of \(count) events in \(columns.byteCount) column bytes")
        }
        groups.removeAll(keepingCapacity: true)
        for index in 0..<groupCount {
            let entry = Self.prefixByteCount + Self.groupByteCount * index
            let type = UInt64(columns.u16(entry)) << 24
            let group = Group(
                key: type | UInt64(columns.u8(entry + 2)) << 16 | UInt64(columns.u16(entry + 3)))
            guard group.length <= EventHeader.payloadBytesMax else {
                throw DecodingFailure("group \(index) has payloads of \(group.length) bytes")
            }
            groups.append(group)
        }
        return base
    }

    /// Counts the events of each group; the numbers must first appear in ascending order.
    private mutating func countRows(
        _ columns: RawSpan, count: Int, at column: Int
    ) throws(DecodingFailure) {
        var seen = 0
        for index in 0..<count {
            let group = Int(columns.u8(column &+ index))
            guard group <= seen, group < groups.count else {
                throw DecodingFailure("event \(index) names group \(group) of \(groups.count)")
            }
            if group == seen { seen &+= 1 }
            groups[group].rows &+= 1
        }
        guard seen == groups.count else {
            throw DecodingFailure("\(groups.count) groups, but events in only \(seen)")
        }
    }

    /// Columns back to rows, into `gathered` and `times`.
    private mutating func rebuildRows(_ columns: RawSpan, count: Int, base: Int) {
        times.withMutableRawSpan { times in
            Self.transpose(columns, at: base - 8 * count, rows: 8, columns: count, into: &times, at: 0)
        }
        gathered.withMutableRawSpan { gathered in
            for group in groups {
                Self.transpose(
                    columns, at: base + group.position, rows: group.length, columns: group.rows,
                    into: &gathered, at: group.position)
            }
        }
    }

    private mutating func writeEvents(
        _ columns: RawSpan, count: Int, base: Int, into target: inout MutableRawSpan
    ) {
        let (groupColumn, flagColumn) = (base - 10 * count, base - 9 * count)
        var time = columns.u64(4)
        var offset = 0
        gathered.withRawSpan { gathered in
            times.withRawSpan { times in
                for index in 0..<count {
                    let number = Int(columns.u8(groupColumn &+ index))
                    let group = groups[number]
                    time &+= times.u64(index &* 8)
                    let header = EventHeader(
                        type: UInt16(truncatingIfNeeded: group.key &>> 24),
                        schema: UInt8(truncatingIfNeeded: group.key &>> 16),
                        flags: columns.u8(flagColumn &+ index), time: time,
                        payloadLength: UInt16(truncatingIfNeeded: group.key))
                    header.write(to: &target, at: offset)
                    let end = group.position &+ group.length
                    target.copy(
                        from: gathered.extracting(group.position..<end), at: offset &+ EventHeader.byteCount)
                    groups[number].position = end
                    offset &+= EventHeader.byteCount &+ group.length
                }
            }
        }
    }
}

extension RawSpan {
    /// The first row of an 8-column time table of `count` rows.
    fileprivate func firstTimeDelta(count: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(u8($1 * count)) << UInt64(8 * $1) }
    }
}
