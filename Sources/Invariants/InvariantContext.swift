import Synchronization

/// What the process is at while invariants are checked far below, for their message to name.
///
/// One for the process: where two ledgers are replayed at once, the message may name the other's event.
public enum InvariantContext {
    private static let sequence = Atomic<UInt64>(.max)

    /// From here on the event at `sequence` is being applied. Any thread; costs one store.
    @inline(__always)
    public static func noteReplay(of sequence: UInt64) { Self.sequence.store(sequence, ordering: .relaxed) }

    /// No event is being replayed any more.
    public static func endReplay() { sequence.store(.max, ordering: .relaxed) }

    static var text: String {
        let sequence = sequence.load(ordering: .relaxed)
        return sequence == .max ? "" : ", while replaying event \(sequence)"
    }
}
