internal import Synchronization

/// The sample before the newest: counters are told by how much they grew.
final class ToldCounts: Sendable {
    private let last = Mutex(ServerSample())

    /// Keeps a sample, and returns the one before; the first time an empty one.
    func exchange(_ sample: ServerSample) -> ServerSample {
        last.withLock { last in
            let before = last
            last = sample
            return before
        }
    }
}
