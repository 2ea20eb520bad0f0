import Invariants
import Ledger

// The book of keys in a snapshot. Hours that are forgotten are left out, whether or not their rows are still
// in memory: nothing asks for them any more. Hours that are not may have left the memory, whole or in part.
//
//     …  recent keys: first and end position, rows as they lie in memory
//     24 digest of all keys ever appended before the first one here
//     8  hours, then for each: 8 number, 8 first position, 24 digest of all keys ever appended before it
//     …  pending keys: a table

extension KeyBook {
    func write<Sink: SnapshotSink>(to sink: Sink) throws(SnapshotFailure) {
        invariant(journal == nil, "a snapshot inside a request")
        let isAged = hasAged
        try recent.rows.write(from: isAged ? recent.rows.firstPosition : firstLivePosition, to: sink)
        try sink.write(isAged ? dropped : firstLiveBefore)
        try sink.write(word: UInt64(hours.count - firstLive))
        for hour in hours[firstLive...] {
            try sink.write(word: hour.number)
            try sink.write(word: hour.firstPosition)
            try sink.write(hour.before)
        }
        try pending.rows.write(to: sink)
    }

    /// Takes what `write` wrote in place of nothing.
    mutating func load<Source: SnapshotSource>(
        from source: Source
    ) throws(SnapshotFailure) {
        var intake = KeyIntake(recentIndex.take())
        try recent.rows.load(from: source, into: &intake)
        recentIndex = intake.filler.finish()
        dropped = try source.digest()
        try loadHours(from: source)
        try pending.rows.load(from: source)
        var number = pending.rows.firstRow()
        while let found = number {
            pendingIndex.insert(pending.rows[found].hash, found, in: pending)
            number = pending.rows.firstRow(from: RowNumber(raw: found.raw + 1))
        }
    }

    private mutating func loadHours<Source: SnapshotSource>(
        from source: Source
    ) throws(SnapshotFailure) {
        let (first, end) = (recent.rows.firstPosition, recent.rows.endPosition)
        let count = try source.word()
        for _ in 0..<count {
            let (number, position) = (try source.word(), try source.word())
            let hour = Hour(number: number, firstPosition: position, before: try source.digest())
            let isInOrder = hours.last.map { $0.number < number && $0.firstPosition < position }
            // The first may have begun with keys that left the memory.
            guard isInOrder ?? (position <= first), position < end else {
                throw SnapshotFailure("hour \(number) begins at \(position) of \(first) to \(end)")
            }
            hours.append(hour)
        }
        guard let oldest = hours.first else {
            guard first == end else { throw SnapshotFailure("no hour for keys from \(first) to \(end)") }
            return
        }
        guard oldest.firstPosition < first || oldest.before == dropped else {
            throw SnapshotFailure("hour \(oldest.number) comes after other keys than those before it")
        }
    }
}

/// The index of recent keys, as they come in.
private struct KeyIntake: RowIntake, ~Copyable {
    var filler: IndexFiller

    init(_ index: consuming HashIndex) { filler = IndexFiller(index) }

    mutating func expect(_ count: Int) { filler.expect(count) }

    @inline(__always)
    mutating func take(_ row: KeyRow, _ number: RowNumber) { filler.add(row.hash, number) }
}
