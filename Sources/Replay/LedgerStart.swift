import Ledger
package import LogStore
package import Projections

/// A ledger's state as its log has it now, and how it came to be.
package struct StartedLedger: ~Copyable {
    package var state: LedgerState
    /// Sequence of the snapshot it began with; nil if it was rebuilt from the first event.
    package let snapshot: UInt64?
    /// Newer snapshots that were not believed, newest first, each with its reason.
    package let refused: [RefusedSnapshot]
    /// What was replayed after that.
    package let progress: ReplayProgress
}

/// How a ledger starts: the newest snapshot that can be believed, and the events after it.
package enum LedgerStart<P: Platform> {
    /// Brings a state up to the end of what may be believed of the log.
    ///
    /// A snapshot that is damaged, foreign, or contradicted by the events after it is left alone and named in
    /// the result; then an older one has its turn, and at last the whole log.
    ///
    /// - Parameters:
    ///   - seed: of the index of keys: a random number, for outsiders not to know.
    ///   - report: as for `Rebuild.replay`; where a snapshot is given up it starts anew.
    package static func open(
        _ log: ReplayLog<P>, seed: UInt64, report: (ReplayProgress) -> Void = { _ in }
    ) throws(ReplayError) -> StartedLedger {
        let store = SnapshotStore(log)
        var refused: [RefusedSnapshot] = []
        for sequence in try snapshots(of: store) {
            do throws(SnapshotError) {
                var state = try store.load(sequence, seed: seed)
                let progress = try follow(log, &state, report)
                return StartedLedger(
                    state: state, snapshot: sequence, refused: refused, progress: progress)
            } catch {
                // What the log itself cannot give, no other snapshot will find.
                if case .contradicted(.log(let failure, let place)) = error {
                    throw .log(failure, sequence: place)
                }
                refused.append(RefusedSnapshot(path: store.path(sequence), reason: error))
            }
        }
        var state = LedgerState(shard: log.shard, seed: seed)
        let progress = try Rebuild.replay(log, into: &state, report: report)
        return StartedLedger(state: state, snapshot: nil, refused: refused, progress: progress)
    }

    private static func snapshots(of store: SnapshotStore<P>) throws(ReplayError) -> [UInt64] {
        do throws(SnapshotError) { return try store.sequences() } catch {
            guard case .log(let failure) = error else { return [] }
            throw .log(failure, sequence: 0)
        }
    }

    private static func follow(
        _ log: ReplayLog<P>, _ state: inout LedgerState, _ report: (ReplayProgress) -> Void
    ) throws(SnapshotError) -> ReplayProgress {
        do throws(ReplayError) {
            return try Rebuild.replay(log, into: &state, report: report)
        } catch { throw .contradicted(error) }
    }
}
