import Ledger
import LogStore
import Projections

/// Decoded events on their way from the thread that reads to the one that applies; used again and again.
///
/// Small enough for a block and its neighbour to stay in the cache of a core.
@safe final class EventBlock: @unchecked Sendable {
    // SAFETY of `@unchecked Sendable`: a block is with one thread at a time, see `DecodeAhead`.
    // SAFETY throughout: `events` has room for `capacity`, the first `count` are initialized; events are
    // trivial and need no deinitialization.
    private let events: UnsafeMutablePointer<Event>
    /// What each will have the state look at.
    private(set) var outlooks: [Outlook] = []
    /// Events in it.
    private(set) var count = 0
    /// Bytes they take in the log, and those of the log's own acts between them.
    private(set) var byteCount = 0
    /// The sequence after the last that was read, acts included.
    var endSequence: UInt64 = 0
    /// Nothing comes after this block: the end, or what went wrong there.
    var isLast = false
    var failure: ReplayError?

    static var capacity: Int { 256 }

    init() {
        unsafe events = .allocate(capacity: Self.capacity)
        outlooks.reserveCapacity(Self.capacity)
    }

    deinit { unsafe events.deallocate() }

    var isFull: Bool { count == Self.capacity }

    func removeAll() {
        count = 0
        outlooks.removeAll(keepingCapacity: true)
        byteCount = 0
        isLast = false
        failure = nil
    }

    /// Notes what was read and holds no event of the ledger.
    func skip(byteCount more: Int) { byteCount += more }

    /// Adds an event to a block that is not full.
    @inline(__always)
    func append(_ event: Event, byteCount more: Int) {
        invariant(!isFull, "a block of \(count) events is full")
        unsafe (events + count).initialize(to: event)
        outlooks.append(Outlook(event))
        count += 1
        byteCount += more
    }

    /// The event at `index`, which is below `count`.
    @inline(__always)
    subscript(index: Int) -> Event {
        _read {
            invariant(index >= 0 && index < count, "event \(index) of \(count)")
            yield unsafe events[index]
        }
    }
}
