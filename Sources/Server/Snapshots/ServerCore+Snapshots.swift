internal import Ledger
internal import LogStore
internal import Projections
internal import Replay

extension ServerCore {
    /// Begins a snapshot if one is due, and publishes one that is whole. Between two turns.
    ///
    /// - Throws: what ends the server, as a turn does.
    package func keepSnapshots() throws(SequencerError) {
        snapshotter.look(at: coarseTime)
        guard sequencer.isHandedOn, snapshotter.isDue(at: sequencer.ledger.state.next.raw) else { return }
        try makeDurable()
        snapshotter.begin(&sequencer.ledger, at: coarseTime)
    }

    /// Writes a last snapshot. When nothing is decided any more, before the log is closed.
    package func endSnapshots() throws(SequencerError) {
        guard sequencer.isHandedOn else { return }
        try makeDurable()
        snapshotter.end(&sequencer.ledger)
    }

    /// What became of snapshots.
    package var snapshotCounts: SnapshotCounts { snapshotter.counts }

    /// A snapshot holds nothing that a crash could take back.
    private func makeDurable() throws(SequencerError) {
        do throws(LogStoreError) { try log.makeDurable(log.position.nextSequence) } catch {
            throw .log(error)
        }
    }
}
