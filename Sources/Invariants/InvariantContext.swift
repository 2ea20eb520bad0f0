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

    /// What a program that only looks does instead of stopping with a message, when an event being replayed
    /// contradicts the state. Any thread; for the rest of the process.
    ///
    /// - Parameter end: gets the event's sequence and what is wrong, on the thread that found it, and ends
    ///   the process.
    public static func whenReplayFails(_ end: @escaping @Sendable (UInt64, String) -> Never) {
        self.end.withLock { $0 = end }
    }

    private static let end = Mutex<(@Sendable (UInt64, String) -> Never)?>(nil)

    static func endIfAsked(_ message: String) {
        let sequence = sequence.load(ordering: .relaxed)
        if sequence != .max, let end = end.withLock({ $0 }) { end(sequence, message) }
    }

    static var text: String {
        let sequence = sequence.load(ordering: .relaxed)
        return sequence == .max ? "" : ", while replaying event \(sequence)"
    }
}
