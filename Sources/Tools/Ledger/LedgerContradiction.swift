import Glibc
import Invariants

/// What a command that only looks does with an event that contradicts the state so that nobody can apply it:
/// it says so and ends with the status of every contradiction, instead of stopping like a broken program.
enum LedgerContradiction {
    /// From here on; for the rest of the process.
    ///
    /// - Parameter tell: gets the event's sequence and what is wrong with it.
    static func endProcess(_ tell: @escaping @Sendable (UInt64, String) -> Void) {
        InvariantContext.whenReplayFails { sequence, what in
            tell(sequence, what)
            exit(ExitStatus.contradicted.rawValue)
        }
    }
}
