import Synchronization

/// How far the log is on stable storage; written by the committer, read by everyone.
package final class DurableProgress: Sendable {
    /// A place in the log up to which everything is durable, complete with what recovery wants as evidence.
    package struct Point: Sendable, Equatable {
        /// Count of durable events.
        package var sequence: UInt64
        package var fileUUID: LogUUID
        package var endOffset: UInt64
        package var root: Hash256
        package var epoch: UInt64

        package init(sequence: UInt64, fileUUID: LogUUID, endOffset: UInt64, root: Hash256, epoch: UInt64) {
            self.sequence = sequence
            self.fileUUID = fileUUID
            self.endOffset = endOffset
            self.root = root
            self.epoch = epoch
        }
    }

    /// Count of durable events: sequence n is durable exactly if this is greater than n. Stored with release
    /// ordering after the sync, so whoever reads it sees the frame in the file's index.
    private let sequence: Atomic<UInt64>
    private let point: Mutex<Point>
    private let advanced = Signal()
    private let isStopped = Atomic<Bool>(false)
    private let patience = Patience()
    /// Told of each advance; see `LogOptions.onDurable`.
    private let onAdvance: (@Sendable (UInt64) -> Void)?

    package init(_ point: Point, onAdvance: (@Sendable (UInt64) -> Void)? = nil) {
        self.onAdvance = onAdvance
        sequence = Atomic(point.sequence)
        self.point = Mutex(point)
    }

    package var durableEnd: UInt64 { sequence.load(ordering: .acquiring) }

    /// The last complete point; its sequence may trail `durableEnd` by the frame being hashed.
    package var lastPoint: Point { point.withLock { $0 } }

    /// Acknowledges: everything below `end` is on stable storage.
    package func advance(to end: UInt64) {
        sequence.store(end, ordering: .releasing)
        advanced.raise()
        onAdvance?(end)
    }

    package func complete(_ newPoint: Point) { point.withLock { $0 = newPoint } }

    /// Wakes every waiter for good.
    package func stop() {
        isStopped.store(true, ordering: .releasing)
        advanced.raise()
    }

    /// Waits until everything below `end` is durable; false if the log stopped or the time passed first.
    package func wait(until end: UInt64, timeoutNanoseconds: Int64 = -1) -> Bool {
        // 2^62 ns are 146 years.
        let deadline = timeoutNanoseconds < 0 ? nil : Signal.clock + min(timeoutNanoseconds, 1 << 62)
        while true {
            let seen = advanced.current
            if durableEnd >= end { return true }
            if isStopped.load(ordering: .acquiring) { return false }
            // Every advance wakes every waiter; most are about other waiters' events.
            let left = deadline.map { $0 - Signal.clock } ?? -1
            if deadline != nil && left <= 0 { return false }
            let spin = patience.spin
            let wasRaised = advanced.wait(
                since: seen, spinNanoseconds: deadline == nil ? spin : min(spin, left),
                timeoutNanoseconds: left)
            if spin > 0 { patience.note(success: wasRaised) }
        }
    }
}

/// Whether a waiter looks for the acknowledgement or sleeps at once.
///
/// A commit of a page takes some 80 µs, and being woken some 25 µs more, so looking is worth a core for that
/// long. But where cores are short the looking thread may hold the very core the committer needs to go on;
/// then looking fails, and is tried again only now and then.
private final class Patience: Sendable {
    /// Waits left without looking.
    private let skips = Atomic<Int>(0)

    private static let spinMax: Int64 = 150_000
    private static let skipsAfterFailure = 32

    /// How long to look, nanoseconds. Threads may race here: a skip more or less does not matter.
    var spin: Int64 {
        guard skips.load(ordering: .relaxed) > 0 else { return Self.spinMax }
        skips.subtract(1, ordering: .relaxed)
        return 0
    }

    func note(success: Bool) {
        if !success { skips.store(Self.skipsAfterFailure, ordering: .relaxed) }
    }
}
