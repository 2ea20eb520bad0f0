import Synchronization

/// The Merkle tree of the running log: its right edge, and the roots of complete 256-leaf subtrees that no
/// sealed segment holds yet.
///
/// Appended to by the committer only; snapshots of the edge are read by the checkpointer and by proofs.
package final class LogTree: Sendable {
    private struct State {
        var frontier: MerkleFrontier
        /// Roots of the complete subtrees from tile index `firstTile` on.
        var completed: [Hash256]
        var firstTile: UInt64
        /// Memory for the subtrees a run completes, kept from run to run.
        var scratch: [Hash256] = []
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - frontier: the tree so far.
    ///   - completed: roots of complete 256-leaf subtrees, the last one being number `(frontier.size >> 8) - 1`.
    package init(frontier: MerkleFrontier, completed: [Hash256]) {
        state = Mutex(
            State(
                frontier: frontier, completed: completed,
                firstTile: frontier.size >> 8 - UInt64(completed.count)))
    }

    /// Adds the run's leaves and returns the new root.
    package func append(_ run: borrowing EventRun) -> Hash256 {
        // Hashed outside the lock: only this thread writes.
        var completed: [Hash256] = []
        var frontier = state.withLock { state in
            swap(&completed, &state.scratch)
            return state.frontier
        }
        frontier.append(run, completed: &completed)
        let root = frontier.root
        state.withLock { state in
            state.frontier = frontier
            state.completed.append(contentsOf: completed)
            completed.removeAll(keepingCapacity: true)
            swap(&completed, &state.scratch)
        }
        return root
    }

    package var frontier: MerkleFrontier { state.withLock { $0.frontier } }

    /// Root of the complete subtree number `tile` (leaves tile × 256 …), if it is one of those kept.
    package func subtree(_ tile: UInt64) -> Hash256? {
        state.withLock { state in
            guard tile >= state.firstTile, tile - state.firstTile < UInt64(state.completed.count) else {
                return nil
            }
            return state.completed[Int(tile - state.firstTile)]
        }
    }

    /// Forgets subtrees below `tile`, which sealed segments hold by now.
    package func forget(below tile: UInt64) {
        state.withLock { state in
            guard tile > state.firstTile else { return }
            let count = min(UInt64(state.completed.count), tile - state.firstTile)
            state.completed.removeFirst(Int(count))
            state.firstTile += count
        }
    }
}
