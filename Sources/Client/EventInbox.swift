internal import Synchronization

/// Events between the client's loop, which puts them, and the task that takes them, one at a time. As many as
/// the credit that was given, so it needs no limit of its own.
final class EventInbox: Sendable {
    enum Item: Sendable {
        /// An event, and where to go on behind it; nil where that is not known: between tokens.
        case event(SubscribedEvent, next: UInt64?)
        /// Nothing that was asked for comes before this position.
        case progress(UInt64)
    }

    /// What the taking task gets.
    enum Taken: Sendable {
        case event(SubscribedEvent)
        case end
        case failed(ClientError)
    }

    fileprivate struct State {
        var items: [Item] = []
        /// Of `items`: those before it were taken.
        var first = 0
        /// Behind what was taken.
        var position: UInt64
        /// Nothing more is put; nil while something may be.
        var end: Result<Void, ClientError>?
        var waiting: CheckedContinuation<Taken, Never>?
    }

    private let state: Mutex<State>

    init(from position: UInt64) { state = Mutex(State(position: position)) }

    /// Where to subscribe to get what has not been taken.
    var position: UInt64 { state.withLock { $0.position } }

    /// Whether there is nothing to take.
    var isEmpty: Bool { state.withLock { $0.items.isEmpty } }

    // MARK: Putting

    /// - Parameter end: position behind the last of them, and behind what was not asked for after it.
    func put(_ items: [Item], end: UInt64) {
        wake { state in
            state.items += items
            state.items.append(.progress(end))
        }
    }

    func put(progress position: UInt64) {
        wake { state in
            // Of several in a row only the last says something.
            if case .progress? = state.items.last { state.items.removeLast() }
            state.first = min(state.first, state.items.count)
            state.items.append(.progress(position))
        }
    }

    func end(_ error: ClientError?) {
        wake { if $0.end == nil { $0.end = error.map { .failure($0) } ?? .success(()) } }
    }

    /// Makes a change, and gives who waits what there is then.
    private func wake(_ change: (inout sending State) -> Void) {
        let (continuation, taken) = state.withLock { state in
            change(&state)
            guard let continuation = state.waiting, let taken = state.take() else {
                return (CheckedContinuation<Taken, Never>?.none, Taken?.none)
            }
            state.waiting = nil
            return (continuation, taken)
        }
        if let continuation, let taken { continuation.resume(returning: taken) }
    }

    // MARK: Taking

    /// What comes next; waits for it. `end` if the task is cancelled. One task at a time.
    func take() async -> Taken {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let taken = state.withLock { state in
                    let taken = Task.isCancelled ? .end : state.take()
                    if taken == nil { state.waiting = continuation }
                    return taken
                }
                if let taken { continuation.resume(returning: taken) }
            }
        } onCancel: {
            let continuation = state.withLock { $0.waiting.take() }
            continuation?.resume(returning: .end)
        }
    }
}

extension EventInbox.State {
    /// The next event, or the end; nil if neither is there.
    fileprivate mutating func take() -> EventInbox.Taken? {
        takeProgress()
        if case .event(let event, let next)? = takeItem() {
            if let next { position = next }
            takeProgress()
            return .event(event)
        }
        return switch end {
        case nil: nil
        case .success?: .end
        case .failure(let error)?: .failed(error)
        }
    }

    private mutating func takeProgress() {
        while first < items.count, case .progress(let position) = items[first] {
            self.position = position
            _ = takeItem()
        }
    }

    private mutating func takeItem() -> EventInbox.Item? {
        guard first < items.count else { return nil }
        defer {
            first += 1
            if first == items.count {
                items.removeAll(keepingCapacity: true)
                first = 0
            }
        }
        return items[first]
    }
}
