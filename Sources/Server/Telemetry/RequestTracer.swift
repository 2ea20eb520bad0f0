internal import Ledger
internal import Protocol

/// Makes a span of each request whose trace was sampled. Only those cost anything. Used on the server's loop.
///
/// Knows the way of a request from outside: a frame came, a turn ended, an answer left.
package final class RequestTracer {
    private struct Key: Hashable {
        let connection: ConnectionID
        let request: UInt64
    }

    private struct Open {
        var span: RequestSpan
        /// On the clock that never goes back.
        let began: UInt64
    }

    private var open: [Key: Open] = [:]
    /// Those a turn has still to decide.
    private var undecided: [Key] = []
    private let threshold: UInt64
    private let clock: () -> (wall: UInt64, monotonic: UInt64)
    private let randomWord: () -> UInt64
    private let onSpan: (RequestSpan) -> Void
    /// Requests for which there was no room, since the beginning.
    package private(set) var dropped: UInt64 = 0
    /// Requests that may be open at a time; others are counted, not traced.
    package static let openMax = 4_096

    /// - Parameters:
    ///   - permille: of traces that their clients sampled; the same traces on every server.
    ///   - clock: nanoseconds since 1970, and nanoseconds that never go back.
    package init(
        permille: Int, clock: @escaping () -> (wall: UInt64, monotonic: UInt64),
        randomWord: @escaping () -> UInt64, onSpan: @escaping (RequestSpan) -> Void
    ) {
        threshold = UInt64(clamping: permille)
        (self.clock, self.randomWord, self.onSpan) = (clock, randomWord, onSpan)
    }

    // MARK: The way of a request

    /// The inbox took a request.
    ///
    /// - Parameter body: of its frame, beginning with a trace context.
    func begin(_ header: MessageHeader, _ body: RawSpan, from connection: ConnectionID) {
        var cursor = WireCursor(body)
        guard let context = try? TraceContext(reading: &cursor), isWanted(context) else { return }
        let key = Key(connection: connection, request: header.request)
        guard open.count < Self.openMax, open[key] == nil else {
            dropped &+= 1
            return
        }
        let (wall, monotonic) = clock()
        let span = RequestSpan(
            name: header.type == .query ? .query : .commands, trace: context.trace,
            id: max(1, randomWord()), parent: context.span, connection: connection,
            request: header.request, start: wall)
        open[key] = Open(span: span, began: monotonic)
        undecided.append(key)
    }

    /// The high half of a trace id is as random as any: a share of all traces, not of all requests.
    private func isWanted(_ context: TraceContext) -> Bool {
        context.isSampled && (context.trace.high ^ context.trace.low) % 1_000 < threshold
    }

    /// All that had come in is decided.
    func turnEnded() {
        if undecided.isEmpty { return }
        let now = clock().monotonic
        for key in undecided {
            guard let entry = open[key] else { continue }
            open[key]?.span.decided = entry.span.start + (now - entry.began)
        }
        undecided.removeAll(keepingCapacity: true)
    }

    /// Answers leave.
    func answered(_ frames: RawSpan, to connection: ConnectionID) {
        if open.isEmpty { return }
        FrameWalk.each(in: frames) { header, body in
            let key = Key(connection: connection, request: header.request)
            guard let entry = open.removeValue(forKey: key) else { return }
            tell(entry, Self.outcome(header, body))
        }
    }

    /// What is open on a connection will not be answered.
    func closed(_ connection: ConnectionID) {
        if open.isEmpty { return }
        for key in open.keys.filter({ $0.connection == connection }).sorted(by: { $0.request < $1.request }) {
            if let entry = open.removeValue(forKey: key) { tell(entry, .abandoned) }
        }
        undecided.removeAll { $0.connection == connection }
    }

    // MARK: -

    private func tell(_ entry: Open, _ outcome: RequestSpan.Outcome) {
        var span = entry.span
        span.end = span.start + (clock().monotonic - entry.began)
        span.outcome = outcome
        onSpan(span)
    }

    private static func outcome(_ header: MessageHeader, _ body: RawSpan) -> RequestSpan.Outcome {
        switch header.type {
        case .results: results(body)
        case .failure: (try? Failure(reading: body)).map { .failed($0.code) } ?? .answered
        default: .answered
        }
    }

    private static func results(_ body: RawSpan) -> RequestSpan.Outcome {
        var cursor = WireCursor(body)
        guard let head = try? ResultsHead.read(&cursor) else { return .answered }
        var refused = 0
        for _ in 0..<head.count {
            guard let result = try? CommandResult(reading: &cursor) else { break }
            if case .refused = result.status { refused += 1 }
        }
        return .results(count: head.count, refused: refused)
    }
}
