internal import Invariants
package import Ledger
import Synchronization

/// What came in and waits for the sequencer: requests as they were sent, copied one after the other into an
/// arena of bounded size.
///
/// Connections offer from any thread; the sequencer takes the whole arena and leaves its empty one. The lock
/// is held for one copy or one swap. What does not fit is not taken: `busy` is the answer then.
package final class Inbox: Sendable {
    private let filling: Mutex<InboxArena>
    /// What it holds at most.
    package let capacity: (bytes: Int, requests: Int)

    /// - Parameters:
    ///   - byteCount: of bodies that may wait.
    ///   - entryCount: of requests that may wait.
    package init(byteCount: Int = 16 << 20, entryCount: Int = 1 << 16) {
        filling = Mutex(InboxArena(byteCount: byteCount, entryCount: entryCount))
        capacity = (byteCount, entryCount)
    }

    /// An arena for `take`, as large as the one that fills.
    package func makeArena() -> InboxArena {
        filling.withLock { InboxArena(byteCount: $0.byteCapacity, entryCount: $0.entryCapacity) }
    }

    /// Takes a request; false if there is no room for it.
    package func offer(_ request: InboxRequest, body: RawSpan) -> Bool {
        filling.withLock { $0.add(request, body: body) }
    }

    /// Exchanges what has gathered against `empty`; false if nothing has.
    package func take(_ empty: inout InboxArena) -> Bool {
        invariant(empty.count == 0, "the sequencer returns an arena of \(empty.count) requests")
        return filling.withLock { filling in
            guard filling.count > 0 else { return false }
            swap(&filling, &empty)
            return true
        }
    }

    /// How full it is: bytes and requests that wait, for a metric.
    package var load: (bytes: Int, requests: Int) { filling.withLock { ($0.byteCount, $0.count) } }
}

/// Who asks for what kind of thing.
package struct InboxRequest: BitwiseCopyable, Sendable {
    package enum Kind: UInt8, BitwiseCopyable, Sendable {
        case commands
        case query
        /// Of the handshake: which key is called `correlation`?
        case findKey
    }

    package let kind: Kind
    package let connection: ConnectionID
    /// As the client numbers it.
    package let request: UInt64
    /// What it is asked with; none while a handshake goes on.
    package let key: APIKeyID
    /// The trace it belongs to, if any.
    package let correlation: Hash128

    package init(
        _ kind: Kind, from connection: ConnectionID, request: UInt64, key: APIKeyID = .none,
        correlation: Hash128 = .none
    ) {
        (self.kind, self.connection, self.request) = (kind, connection, request)
        (self.key, self.correlation) = (key, correlation)
    }
}

/// The memory of requests that wait together. Belongs to one thread at a time.
package struct InboxArena: ~Copyable, Sendable {
    private struct Entry: BitwiseCopyable {
        let request: InboxRequest
        let start: Int
        let end: Int
    }

    private var bytes: [UInt8]
    private var entries: [Entry] = []
    let entryCapacity: Int
    package private(set) var byteCount = 0

    init(byteCount: Int, entryCount: Int) {
        bytes = [UInt8](repeating: 0, count: byteCount)
        entryCapacity = entryCount
        entries.reserveCapacity(entryCount)
    }

    var byteCapacity: Int { bytes.count }
    package var count: Int { entries.count }

    fileprivate mutating func add(_ request: InboxRequest, body: RawSpan) -> Bool {
        let end = byteCount + body.byteCount
        guard end <= bytes.count, entries.count < entryCapacity else { return false }
        entries.append(Entry(request: request, start: byteCount, end: end))
        let start = byteCount
        unsafe bytes.withUnsafeMutableBytes { target in
            unsafe body.withUnsafeBytes { source in
                guard let to = target.baseAddress, let from = source.baseAddress else { return }
                // SAFETY: the guard above made sure that the body fits behind `start`; a borrowed span
                // overlaps no array that is being changed.
                unsafe (to + start).copyMemory(from: from, byteCount: source.count)
            }
        }
        byteCount = end
        return true
    }

    package func request(_ index: Int) -> InboxRequest { entries[index].request }

    /// The body of a request, where it lies.
    @_lifetime(borrow self)
    package borrowing func body(_ index: Int) -> RawSpan {
        let entry = entries[index]
        // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
        return unsafe bytes.span.bytes.extracting(entry.start..<entry.end)
    }

    package mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        byteCount = 0
    }
}
