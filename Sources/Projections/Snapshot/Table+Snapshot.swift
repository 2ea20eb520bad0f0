import Invariants
import Ledger

// A table in a snapshot, words little-endian:
//
//     8  number of the table
//     24 digest of the rows that are not in memory
//     8  places, 8 rows that are alive, 8 first free place (2^32 − 1: none)
//     8  a word for each 64 places, preceded by their count: which are alive
//     …  the rows of all places as they lie in memory; of a free place the link to the next, then zeros
//
// Rows keep their places, so links between rows stay what they are. The index is made anew.

extension Table {
    func write<Sink: SnapshotSink>(to sink: Sink) throws(SnapshotFailure) {
        try parts.write(to: sink)
    }

    /// Takes what `write` wrote in place of nothing.
    mutating func load<Source: SnapshotSource>(
        from source: Source
    ) throws(SnapshotFailure) {
        try parts.load(from: source)
    }
}

extension TableParts {
    func write<Sink: SnapshotSink>(to sink: Sink) throws(SnapshotFailure) {
        invariant(!isJournalOpen, "a snapshot inside a request")
        try sink.write(word: UInt64(Row.table.raw))
        try sink.write(absent)
        try rows.write(to: sink)
    }

    mutating func load<Source: SnapshotSource>(
        from source: Source
    ) throws(SnapshotFailure) {
        invariant(rows.places == 0, "a snapshot into a table of \(count)")
        try source.expect(UInt64(Row.table.raw), "the number of a table")
        absent = try source.digest()
        var intake = TableIntake<Row>(index.take())
        try rows.load(from: source, into: &intake)
        runningDigest = intake.digest.adding(absent)
        index = intake.filler.finish()
    }
}

/// Takes in rows that come from a snapshot, while they are in the cache.
protocol RowIntake: ~Copyable {
    associatedtype Row: BitwiseCopyable
    /// Before the first: how many there will be.
    mutating func expect(_ count: Int)
    mutating func take(_ row: Row, _ number: RowNumber)
}

/// The digest and the index of a table, as its rows come in.
private struct TableIntake<Row: TableRow>: RowIntake, ~Copyable {
    var digest = TableDigest()
    var filler: IndexFiller

    init(_ index: consuming HashIndex) { filler = IndexFiller(index) }

    mutating func expect(_ count: Int) { filler.expect(count) }

    @inline(__always)
    mutating func take(_ row: Row, _ number: RowNumber) {
        digest.add(row)
        filler.add(row.key, number)
    }
}

extension RowStore {
    /// Places of rows, alive or free.
    var places: Int { rows.count }

    func write<Sink: SnapshotSink>(to sink: Sink) throws(SnapshotFailure) {
        try sink.write(word: UInt64(rows.count))
        try sink.write(word: UInt64(count))
        try sink.write(word: UInt64(firstFree.raw))
        // A request that was undone leaves words behind that nothing needs.
        try alive.write(first: (rows.count + 63) >> 6, to: sink)
        let layout = RowLayout(of: Row.self)
        var scratch: [UInt8] = []
        var start = 0
        while start < rows.count {
            let first = start
            start += try rows.writePiece(from: first, layout, &scratch, to: sink) { (number, bytes) in
                if count < rows.count { clearFree(first, number, layout.stride, &bytes) }
            }
        }
    }

    /// Leaves of a free place its link alone.
    private func clearFree(_ first: Int, _ number: Int, _ stride: Int, _ bytes: inout MutableRawSpan) {
        for index in 0..<number where !isAlive(RowNumber(raw: UInt32(first + index))) {
            for byte in index * stride + 4..<(index + 1) * stride {
                bytes.storeBytes(of: 0, toByteOffset: byte, as: UInt8.self)
            }
        }
    }

    /// Takes what `write` wrote in place of nothing, and hands on each row that is alive.
    mutating func load<Source: SnapshotSource, Intake: RowIntake & ~Copyable>(
        from source: Source, into intake: inout Intake
    ) throws(SnapshotFailure) where Intake.Row == Row {
        let (places, aliveCount, firstFree) = (try source.word(), try source.word(), try source.word())
        guard places < UInt64(UInt32.max), aliveCount <= places, firstFree <= UInt64(UInt32.max) else {
            throw SnapshotFailure("\(aliveCount) rows in \(places) places, the first free is \(firstFree)")
        }
        self.aliveCount = Int(aliveCount)
        self.firstFree = RowNumber(raw: UInt32(firstFree))
        alive = try Region.read(from: source, countMax: Int(places + 63) >> 6)
        guard alive.count == Int(places + 63) >> 6 else {
            throw SnapshotFailure("\(alive.count) words for \(places) places")
        }
        intake.expect(Int(aliveCount))
        while rows.count < Int(places) {
            let start = rows.count
            let number = try rows.readPiece(atMost: Int(places) - start, from: source)
            for index in start..<start + number {
                let place = RowNumber(raw: UInt32(truncatingIfNeeded: index))
                if isAlive(place) { intake.take(rows[index], place) }
            }
        }
        try checkFree()
    }

    /// Stops a list of free places that would lead astray.
    private func checkFree() throws(SnapshotFailure) {
        var living = 0
        for word in 0..<alive.count { living += alive[word].nonzeroBitCount }
        guard living == aliveCount else { throw SnapshotFailure("\(living) rows, \(aliveCount) were told") }
        var (place, free) = (firstFree, rows.count - aliveCount)
        while !place.isNone, free > 0 {
            guard place.index < rows.count, !isAlive(place) else { break }
            place = RowNumber(raw: rows.link(at: place.index))
            free -= 1
        }
        guard place.isNone, free == 0 else { throw SnapshotFailure("the free places are no list") }
    }
}
