import Ledger
package import LogStore
package import Projections

/// A ledger as its log has it now, and how it came to be.
package struct StartedLedger<State: ~Copyable>: ~Copyable {
    /// The state, or the machine with little memory that drives it.
    package var state: State
    /// Sequence of the snapshot it began with; nil if it was rebuilt from the first event.
    package let snapshot: UInt64?
    /// Newer snapshots that were not believed, newest first, each with its reason.
    package let refused: [RefusedSnapshot]
    /// What was replayed after that.
    package let progress: ReplayProgress

    /// The state, to go on with.
    package consuming func takeState() -> State { state }
}

/// How a ledger starts: the newest snapshot that can be believed, and the events after it.
package enum LedgerStart<P: Platform> {
    /// Brings a state up to the end of what may be believed of the log.
    ///
    /// A snapshot that is damaged, foreign, or contradicted by the events after it is left alone and named in
    /// the result; then an older one has its turn, and at last the whole log. So is one of a machine with
    /// little memory, if not all of it was in memory.
    ///
    /// - Parameters:
    ///   - seed: of the index of keys: a random number, for outsiders not to know.
    ///   - report: as for `Rebuild.replay`; where a snapshot is given up it starts anew.
    package static func open(
        _ log: ReplayLog<P>, seed: UInt64, report: (ReplayProgress) -> Void = { _ in }
    ) throws(ReplayError) -> StartedLedger<LedgerState> {
        let store = SnapshotStore(log)
        return try open(
            log, store, report,
            load: { (sequence, _) throws(SnapshotError) in
                let state = try store.load(sequence, seed: seed)
                guard state.isWhole else { throw .attic(.noManifest(state.next)) }
                return state
            },
            fresh: { LedgerState(shard: log.shard, seed: seed) })
    }

    /// The same, for a machine with little memory: a snapshot counts only with the attic of its sequence, and
    /// the events after it are applied as such a machine applies them.
    ///
    /// - Parameters:
    ///   - limits: of what is in memory.
    ///   - buffers: of what waits to leave it.
    package static func open(
        _ log: ReplayLog<P>, seed: UInt64, _ limits: MemoryLimits,
        buffers: Attic<P>.BufferLimits = .init(), report: (ReplayProgress) -> Void = { _ in }
    ) throws(ReplayError) -> StartedLedger<BoundedLedger<P>> {
        let store = SnapshotStore(log)
        let home: AtticHome<P>
        do throws(LogStoreError) { home = try log.atticHome() } catch {
            throw .log(error, sequence: log.readableEnd)
        }
        return try open(
            log, store, report,
            load: { (sequence, older) throws(SnapshotError) in
                let state = try store.load(sequence, seed: seed, room: limits.room)
                do throws(AtticError) {
                    var attic = try Attic(home, at: state.next, keeping: older)
                    attic.bufferLimits = buffers
                    return BoundedLedger(state, attic, limits)
                } catch { throw .attic(error) }
            },
            fresh: { () throws(ReplayError) in
                do throws(AtticError) {
                    var attic = try Attic(home)
                    attic.bufferLimits = buffers
                    var state = LedgerState(shard: log.shard, seed: seed)
                    state.reserve(limits.room)
                    return BoundedLedger(state, attic, limits)
                } catch { throw .attic(error, .init(sequence: 0, file: nil)) }
            })
    }

    /// - Parameters:
    ///   - load: makes what a snapshot holds; gets the sequences of older ones too.
    ///   - fresh: makes what knows no event.
    private static func open<Target: ReplayTarget & ~Copyable>(
        _ log: ReplayLog<P>, _ store: SnapshotStore<P>, _ report: (ReplayProgress) -> Void,
        load: (UInt64, [SequenceNumber]) throws(SnapshotError) -> Target,
        fresh: () throws(ReplayError) -> Target
    ) throws(ReplayError) -> StartedLedger<Target> {
        var refused: [RefusedSnapshot] = []
        let sequences = try snapshots(of: store)
        for (index, sequence) in sequences.enumerated() {
            do throws(SnapshotError) {
                let older = sequences[(index + 1)...].map { SequenceNumber(raw: $0) }
                var target = try load(sequence, older)
                let progress = try follow(log, &target, report)
                return StartedLedger(
                    state: target, snapshot: sequence, refused: refused, progress: progress)
            } catch {
                // What the log itself cannot give, no other snapshot will find.
                if case .contradicted(.log(let failure, let place)) = error {
                    throw .log(failure, sequence: place)
                }
                refused.append(RefusedSnapshot(path: store.path(sequence), reason: error))
            }
        }
        var target = try fresh()
        let progress = try Rebuild.follow(log, &target, upTo: nil, report)
        return StartedLedger(state: target, snapshot: nil, refused: refused, progress: progress)
    }

    private static func snapshots(of store: SnapshotStore<P>) throws(ReplayError) -> [UInt64] {
        do throws(SnapshotError) { return try store.sequences() } catch {
            guard case .log(let failure) = error else { return [] }
            throw .log(failure, sequence: 0)
        }
    }

    private static func follow<Target: ReplayTarget & ~Copyable>(
        _ log: ReplayLog<P>, _ target: inout Target, _ report: (ReplayProgress) -> Void
    ) throws(SnapshotError) -> ReplayProgress {
        do throws(ReplayError) {
            return try Rebuild.follow(log, &target, upTo: nil, report)
        } catch {
            if case .attic(let failure, _) = error { throw .attic(failure) }
            throw .contradicted(error)
        }
    }
}
