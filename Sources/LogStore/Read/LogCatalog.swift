import Synchronization

/// Which files hold which sequences, at this moment: the months' manifests and the write-ahead files.
///
/// Changed by the committer (a new file), the sealer (a segment instead of files) and recovery; read by
/// everyone. Sequences are always covered: the sealer lists a segment before it lets a write-ahead file go.
package final class LogCatalog: Sendable {
    private struct State {
        /// Ascending by month.
        var manifests: [PartitionManifest]
        /// Ascending by first sequence, then incarnation: the order they were made in.
        var walFiles: [WALFileRecord]
    }

    private let state: Mutex<State>

    package init(manifests: [PartitionManifest], walFiles: [WALFileRecord]) {
        state = Mutex(State(manifests: manifests, walFiles: walFiles))
    }

    // MARK: Looking up

    package var manifests: [PartitionManifest] { state.withLock { $0.manifests } }
    package var walFiles: [WALFileRecord] { state.withLock { $0.walFiles } }

    package var newestWAL: LogUUID? { state.withLock { $0.walFiles.last?.uuid } }

    package func manifest(_ month: Month) -> PartitionManifest? {
        state.withLock { $0.manifests.first { $0.month == month } }
    }

    /// What is listed of a segment now: it may have been evicted or restored since `entry` was read.
    package func current(_ entry: PartitionManifest.Entry, _ month: Month) -> PartitionManifest.Entry? {
        state.withLock { state in
            let listed = state.manifests.first { $0.month == month }
            return listed.flatMap { Self.entry(in: $0.entries, containing: entry.sequences.lowerBound) }
        }
    }

    /// Sequence after the last sealed event; 0 if nothing is sealed.
    package var sealedEnd: UInt64 {
        state.withLock { $0.manifests.last { !$0.entries.isEmpty }?.entries.last?.sequences.upperBound ?? 0 }
    }

    /// What holds a sequence.
    package enum Location: Sendable {
        case segment(PartitionManifest.Entry, Month)
        case wal(WALFileRecord)
    }

    /// Where `sequence` is; nil if it is not durable yet.
    package func locate(_ sequence: UInt64) -> Location? {
        state.withLock { state in
            for manifest in state.manifests.reversed() {
                guard let first = manifest.entries.first, let last = manifest.entries.last,
                    first.sequences.lowerBound <= sequence, sequence < last.sequences.upperBound
                else { continue }
                return Self.entry(in: manifest.entries, containing: sequence).map {
                    .segment($0, manifest.month)
                }
            }
            return state.walFiles.last { $0.firstSequence <= sequence && sequence < $0.endSequence }.map {
                .wal($0)
            }
        }
    }

    private static func entry(
        in entries: [PartitionManifest.Entry], containing sequence: UInt64
    ) -> PartitionManifest.Entry? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].sequences.upperBound <= sequence { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].sequences.contains(sequence) ? entries[low] : nil
    }

    // MARK: What waits to be sealed

    /// Hands `note` the bytes in closed files that sealing could let go; under the lock, so that of two
    /// threads that note it the later is right.
    ///
    /// A remainder of fewer than 256 events is none of them, however many files it is spread over (one for
    /// each short life): it waits for events, and to refuse events because of it would be for ever.
    package func withBacklog(_ note: (Int) -> Void) {
        state.withLock { state in
            let closed = state.walFiles.filter { $0.isClosed }
            let sealableEnd = ((closed.last?.endSequence ?? 0) >> 8) << 8
            let sealable = closed.filter { $0.endSequence <= sealableEnd }
            note(sealable.reduce(0) { $0 + Int($1.header.preallocatedBytes) })
        }
    }

    // MARK: Changing

    /// Replaces everything, after looking at the directory again.
    package func replace(manifests: [PartitionManifest], walFiles: [WALFileRecord]) {
        state.withLock {
            $0.manifests = manifests
            $0.walFiles = walFiles
        }
    }

    package func addWAL(_ record: WALFileRecord) { state.withLock { $0.walFiles.append(record) } }

    package func removeWAL(_ uuid: LogUUID) { state.withLock { $0.walFiles.removeAll { $0.uuid == uuid } } }

    /// Puts a month's newer manifest in force.
    package func install(_ manifest: PartitionManifest) {
        state.withLock { state in
            if let index = state.manifests.firstIndex(where: { $0.month == manifest.month }) {
                state.manifests[index] = manifest
            } else {
                state.manifests.append(manifest)
                state.manifests.sort { $0.month < $1.month }
            }
        }
    }
}
