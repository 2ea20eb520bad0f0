internal import Invariants
package import Ledger
package import Projections
package import Protocol

/// The answers of one turn, which leave together once the log is durable up to `end`: an answer must not
/// outlive what it depends on. Used again and again. Belongs to one thread at a time.
package final class ReplyTurn {
    /// The frames of one connection that follow each other in `frames`.
    package struct Run: BitwiseCopyable {
        package let connection: ConnectionID
        package let start: Int
        package fileprivate(set) var end: Int
        /// How many requests they answer.
        package fileprivate(set) var answers: Int
    }

    /// What a handshake asked for.
    package struct FoundKey {
        package let connection: ConnectionID
        /// Nil if there is none that is good now.
        package let key: APIKeyView?
        /// Of the next event.
        package let position: SequenceNumber
    }

    package fileprivate(set) var frames = WireBuffer(capacity: 64 << 10)
    package fileprivate(set) var runs: [Run] = []
    package fileprivate(set) var foundKeys: [FoundKey] = []
    /// Keys that are no good any more.
    package fileprivate(set) var revokedKeys: [APIKeyID] = []
    /// What the log is to be read for.
    package fileprivate(set) var histories: [HistoryRequest] = []
    /// Count of events that have to be durable before anything of it leaves.
    package fileprivate(set) var end: UInt64 = 0

    package init() {}

    /// Lends the frames of a run to `body`.
    package func withFrames(_ run: Run, _ body: (RawSpan) -> Void) {
        frames.withBytes(run.start..<run.end, body)
    }

    fileprivate func removeAll() {
        frames.removeAll()
        runs.removeAll(keepingCapacity: true)
        foundKeys.removeAll()
        revokedKeys.removeAll()
        histories.removeAll()
    }
}

/// The answers that the sequencer is writing, until its turn ends.
struct ReplyDraft: ~Copyable {
    var frames = WireBuffer(capacity: 64 << 10)
    private var runs: [ReplyTurn.Run] = []
    private var foundKeys: [ReplyTurn.FoundKey] = []
    private var revokedKeys: [APIKeyID] = []
    private var histories: [HistoryRequest] = []
    /// Is told of requests that fail; nil: nobody wants to know.
    var onFailure: ((InboxRequest, FailureCode) -> Void)?

    var isEmpty: Bool {
        runs.isEmpty && foundKeys.isEmpty && revokedKeys.isEmpty && histories.isEmpty
    }

    /// Notes that the frame from `start` on goes to a connection, and answers one of its requests.
    mutating func addFrame(from start: Int, to connection: ConnectionID) {
        if let last = runs.indices.last, runs[last].connection == connection {
            runs[last].end = frames.count
            runs[last].answers &+= 1
        } else {
            runs.append(
                ReplyTurn.Run(connection: connection, start: start, end: frames.count, answers: 1))
        }
    }

    mutating func addFailure(_ failure: Failure, to request: InboxRequest) {
        let start = frames.beginFrame()
        failure.write(to: &frames)
        frames.endFrame(start, .failure, request: request.request)
        addFrame(from: start, to: request.connection)
        onFailure?(request, failure.code)
    }

    mutating func addKey(_ found: ReplyTurn.FoundKey) { foundKeys.append(found) }

    mutating func addHistory(_ request: HistoryRequest) { histories.append(request) }

    mutating func addRevoked(_ key: APIKeyID) { revokedKeys.append(key) }

    /// Changes places with an empty turn.
    fileprivate mutating func fill(_ turn: ReplyTurn) {
        swap(&frames, &turn.frames)
        swap(&runs, &turn.runs)
        swap(&foundKeys, &turn.foundKeys)
        swap(&revokedKeys, &turn.revokedKeys)
        swap(&histories, &turn.histories)
    }
}

/// Turns whose answers wait for the log, in their order. Used by one thread.
package struct ReplyQueue: ~Copyable {
    private var waiting: [ReplyTurn] = []
    /// Of `waiting`: those before it have left.
    private var first = 0
    private var free: [ReplyTurn] = []
    /// Bytes of answers that wait.
    package private(set) var byteCount = 0
    /// More, and nothing new is decided until some have left.
    package static let byteCountMax = 32 << 20

    package init() {}

    package var isEmpty: Bool { first == waiting.count }
    package var isFull: Bool { byteCount >= Self.byteCountMax }

    /// Ends a turn: what was drafted leaves once `end` events are durable.
    mutating func add(_ draft: inout ReplyDraft, end: UInt64) {
        if draft.isEmpty { return }
        let turn = free.popLast() ?? ReplyTurn()
        draft.fill(turn)
        turn.end = end
        byteCount += turn.frames.count
        if first == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            first = 0
        }
        waiting.append(turn)
    }

    /// The oldest turn if it may leave; `removeFirst` when it has.
    package func ready(_ durableEnd: UInt64) -> ReplyTurn? {
        guard first < waiting.count, waiting[first].end <= durableEnd else { return nil }
        return waiting[first]
    }

    package mutating func removeFirst() {
        invariant(first < waiting.count, "no turn waits")
        let turn = waiting[first]
        first += 1
        byteCount -= turn.frames.count
        turn.removeAll()
        free.append(turn)
    }
}
