internal import Invariants
internal import Synchronization

/// How many commands may be in the client at a time; who comes when it is full waits outside, in the order of
/// coming. From any task.
final class ClientGate: Sendable {
    private struct State {
        var free: Int
        /// Those outside; those before `first` are gone.
        var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var first = 0
    }

    private let size: Int
    private let state: Mutex<State>

    init(size: Int) {
        self.size = max(1, size)
        state = Mutex(State(free: max(1, size)))
    }

    /// Waits until there is room for so many commands; for all there is, if they are more.
    func enter(_ count: Int) async {
        let count = min(count, size)
        await withCheckedContinuation { continuation in
            let hasRoom = state.withLock { state in
                let isNext = state.first == state.waiting.count
                if isNext, state.free >= count {
                    state.free -= count
                    return true
                }
                state.waiting.append((count, continuation))
                return false
            }
            if hasRoom { continuation.resume() }
        }
    }

    /// Gives back the room that `enter` gave.
    func leave(_ count: Int) {
        let admitted = state.withLock { state in
            state.free += min(count, size)
            invariant(state.free <= size, "more leave than came")
            var admitted: [CheckedContinuation<Void, Never>] = []
            while state.first < state.waiting.count, state.waiting[state.first].count <= state.free {
                state.free -= state.waiting[state.first].count
                admitted.append(state.waiting[state.first].continuation)
                state.first += 1
            }
            if state.first == state.waiting.count {
                state.waiting.removeAll(keepingCapacity: true)
                state.first = 0
            }
            return admitted
        }
        for continuation in admitted { continuation.resume() }
    }
}
