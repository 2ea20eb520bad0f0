// In whose name events are written.

package import Ledger

/// What every event of a command repeats: of nobody for what falls due.
package struct ModelAuthor: Hashable, Sendable {
    package var actor = ActorID.none
    package var correlation = Hash128.none
    package var effective = LedgerTime.none
    /// Goes with the first event that is what was asked for.
    package var key = Hash128.none
    package var fingerprint: UInt64 = 0

    /// Nobody.
    init() {}

    init(_ command: Command) {
        actor = command.actor
        correlation = command.correlation
        effective = command.effective
        take(key: command.key, command.fingerprint)
    }

    mutating func take(key told: Hash128, _ fingerprint: UInt64) {
        key = told
        self.fingerprint = told.isNone ? 0 : fingerprint
    }
}
