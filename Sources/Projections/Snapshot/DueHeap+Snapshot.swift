import Invariants

extension DueHeap {
    func write<Sink: SnapshotSink>(to sink: Sink) throws(SnapshotFailure) {
        invariant(!isJournalOpen, "a snapshot inside a request")
        try slots.write(to: sink)
    }

    /// Takes what `write` wrote in place of nothing.
    mutating func load<Source: SnapshotSource>(
        from source: Source
    ) throws(SnapshotFailure) {
        invariant(slots.count == 0, "a snapshot into a heap of \(count)")
        slots = try Region.read(from: source, countMax: Int(UInt32.max))
        for slot in max(Self.root + 1, 0)..<max(Self.root + 1, slots.count) {
            // No digest covers the heap: its order is what can be checked.
            guard !(slots[slot] < slots[slot >> 2 + 2]) else {
                throw SnapshotFailure("entry \(slot) of the heap is due before the one above it")
            }
        }
    }
}
