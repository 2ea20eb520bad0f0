internal import Ledger
internal import LogStore
internal import Projections
internal import Replay

/// Keeps the tail short that a start has to replay: a snapshot whenever so many events have come.
///
/// A copy of this process writes it, from memory as it was at one sequence, so that commands go on
/// meanwhile; where the disk is no operating system's, as in a simulation, this process writes it itself. A
/// snapshot is a cache: one that fails is counted, and tried again after as many events. Used by the
/// sequencer's thread.
struct Snapshotter<P: Platform>: ~Copyable {
    private struct Running {
        let work: ForkedWork
        let draft: SnapshotDraft<P>
        /// On the monotonic clock.
        let since: UInt64
    }

    /// Events between two snapshots; 0: none are written.
    private let interval: UInt64
    private let store: SnapshotStore<P>
    /// Where the last one was tried.
    private var lastTried: UInt64
    private var running: Running?
    private(set) var counts = SnapshotCounts()

    /// Nanoseconds after which a copy is held to stand still: 100 GB at the pace of a slow disk.
    private static var patience: UInt64 { 1_800_000_000_000 }

    /// - Parameter last: of the snapshot that the ledger began with; nil: none.
    init(_ store: SnapshotStore<P>, interval: UInt64, last: UInt64?) {
        self.store = store
        self.interval = interval
        lastTried = last ?? 0
        counts.newest = last
    }

    /// Whether `begin` is wanted at this sequence.
    func isDue(at next: UInt64) -> Bool {
        interval > 0 && running == nil && next - lastTried >= interval
    }

    /// Begins a snapshot of a ledger whose every event is durable. What the caller waits for: the attic, a
    /// file made, and the page tables of the process copied.
    mutating func begin(_ ledger: inout BoundedLedger<P>, at time: UInt64) {
        lastTried = ledger.state.next.raw
        do throws(SnapshotError) {
            let draft = try ledger.beginSnapshot(in: store)
            guard let descriptor = draft.descriptorNumber else {
                return try finish(draft, &ledger)
            }
            let work = ForkedWork(keeping: descriptor) {
                do throws(SnapshotError) {
                    try draft.fill(with: &ledger.state)
                    return true
                } catch { return false }
            }
            guard let work else { return fail("the system copies no process now") }
            running = Running(work: work, draft: draft, since: time)
        } catch { fail("\(error)") }
    }

    /// Looks how far a snapshot is that was begun, and publishes it once it is whole.
    mutating func look(at time: UInt64) {
        guard let running else { return }
        switch running.work.look() {
        case .running:
            guard time - running.since > Self.patience else { return }
            running.work.end()
            self.running = nil
            fail("the copy of the process that wrote it stood still")
        case .failed:
            self.running = nil
            fail("the copy of the process that wrote it failed")
        case .done:
            self.running = nil
            do throws(SnapshotError) { try publish(running.draft) } catch { fail("\(error)") }
        }
    }

    /// Writes the last one, so that the next start replays nothing. Blocks; every event must be durable.
    mutating func end(_ ledger: inout BoundedLedger<P>) {
        if let running {
            running.work.end()
            self.running = nil
        }
        let next = ledger.state.next.raw
        guard interval > 0, next > counts.newest ?? 0 else { return }
        lastTried = next
        do throws(SnapshotError) { try finish(try ledger.beginSnapshot(in: store), &ledger) } catch {
            fail("\(error)")
        }
    }

    private mutating func finish(
        _ draft: SnapshotDraft<P>, _ ledger: inout BoundedLedger<P>
    ) throws(SnapshotError) {
        try draft.fill(with: &ledger.state)
        try publish(draft)
    }

    private mutating func publish(_ draft: SnapshotDraft<P>) throws(SnapshotError) {
        try store.publish(draft)
        counts.written += 1
        counts.newest = draft.sequence
    }

    private mutating func fail(_ reason: String) {
        counts.failed += 1
        counts.lastFailure = reason
    }
}

/// What became of snapshots since the beginning.
package struct SnapshotCounts: Equatable, Sendable {
    package internal(set) var written: UInt64 = 0
    package internal(set) var failed: UInt64 = 0
    /// Why the last one that failed did.
    package internal(set) var lastFailure: String?
    /// Count of events in the newest; nil: there is none.
    package internal(set) var newest: UInt64?
}
