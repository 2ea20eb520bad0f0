package import Ledger

// The whole state as bytes, for the same software to take in again: a cache, never truth. Where the bytes go
// and what protects them is the caller's.

extension LedgerState {
    /// Raised with every change of what `apply` makes of an event or of how a snapshot is written that the
    /// layout of rows does not show. Snapshots of another version are of no use.
    private static var snapshotVersion: UInt64 { 1 }

    /// What a snapshot must carry to be of this software: two of equal stamps have the same rows, field by
    /// field, in the same places.
    package static var snapshotStamp: Hash128 {
        var visitor = Stamping()
        visitor.hasher.combine(snapshotVersion)
        visitor.hasher.combine(UInt64(StateDigest.version))
        var state = LedgerState()
        state.visitParts(&visitor)
        return visitor.hasher.finishHash()
    }

    /// Rows of each table, in the order of a snapshot; keys, windows of risk and what is due at the end; for
    /// people.
    package mutating func snapshotCounts() -> [UInt64] {
        var visitor = Counting()
        visitParts(&visitor)
        return visitor.counts
    }

    /// Writes everything the state knows, between two commands. Changes nothing.
    package mutating func writeSnapshot<Sink: SnapshotSink>(
        to sink: Sink
    ) throws(SnapshotFailure) {
        var visitor = Writing(sink: sink)
        try visitParts(&visitor)
    }

    /// The state that `writeSnapshot` wrote, of the same stamp. Whether it is the one that was meant its
    /// digest must tell, and bytes that nobody vouches for must not come here.
    ///
    /// - Parameters:
    ///   - seed: of the index of keys, as for a new state.
    ///   - room: that its indexes are made for.
    package static func read<Source: SnapshotSource>(
        snapshot source: Source, shard: Shard, seed: UInt64, room: LedgerRoom = LedgerRoom()
    ) throws(SnapshotFailure) -> LedgerState {
        var state = LedgerState(shard: shard, seed: seed)
        state.reserveIndexes(room)
        var visitor = Loading(source: source)
        try state.visitParts(&visitor)
        return state
    }
}

private struct Writing<Sink: SnapshotSink>: PartVisitor, ~Copyable {
    let sink: Sink

    func value<Value: BitwiseCopyable>(_ value: inout Value) throws(SnapshotFailure) {
        try SnapshotValue.write(value, to: sink)
    }
    func table<Row: TableRow>(_ table: inout Table<Row>) throws(SnapshotFailure) {
        try table.write(to: sink)
    }
    func keys(_ keys: inout KeyBook) throws(SnapshotFailure) { try keys.write(to: sink) }
    func risk(_ risk: inout RiskWindows) throws(SnapshotFailure) { try risk.write(to: sink) }
    func due(_ due: inout DueHeap<DueEntry>) throws(SnapshotFailure) {
        try due.write(to: sink)
    }
}

private struct Loading<Source: SnapshotSource>: PartVisitor, ~Copyable {
    let source: Source

    func value<Value: BitwiseCopyable>(_ value: inout Value) throws(SnapshotFailure) {
        value = try SnapshotValue.read(Value.self, from: source)
    }
    func table<Row: TableRow>(_ table: inout Table<Row>) throws(SnapshotFailure) {
        try table.load(from: source)
    }
    func keys(_ keys: inout KeyBook) throws(SnapshotFailure) { try keys.load(from: source) }
    func risk(_ risk: inout RiskWindows) throws(SnapshotFailure) { try risk.load(from: source) }
    func due(_ due: inout DueHeap<DueEntry>) throws(SnapshotFailure) {
        try due.load(from: source)
    }
}

private struct Stamping: PartVisitor, ~Copyable {
    var hasher = RowHasher(table: TableNumber(raw: 0))

    mutating func note<Value: BitwiseCopyable>(_ type: Value.Type) {
        hasher.combine(RowLayout(of: type).fingerprint)
    }

    mutating func value<Value: BitwiseCopyable>(_ value: inout Value) { note(Value.self) }
    mutating func table<Row: TableRow>(_ table: inout Table<Row>) {
        hasher.combine(UInt64(Row.table.raw))
        note(Row.self)
    }
    mutating func keys(_ keys: inout KeyBook) {
        note(KeyRow.self)
        note(PendingKeyRow.self)
    }
    mutating func risk(_ risk: inout RiskWindows) { note(RiskRow.self) }
    mutating func due(_ due: inout DueHeap<DueEntry>) { note(DueEntry.self) }
}

private struct Counting: PartVisitor, ~Copyable {
    var counts: [UInt64] = []

    mutating func value<Value: BitwiseCopyable>(_ value: inout Value) {}
    mutating func table<Row: TableRow>(_ table: inout Table<Row>) { counts.append(UInt64(table.count)) }
    mutating func keys(_ keys: inout KeyBook) { counts.append(UInt64(keys.count)) }
    mutating func risk(_ risk: inout RiskWindows) { counts.append(UInt64(risk.count)) }
    mutating func due(_ due: inout DueHeap<DueEntry>) { counts.append(UInt64(due.count)) }
}
