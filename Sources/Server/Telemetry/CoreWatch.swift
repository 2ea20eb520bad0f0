internal import Ledger
internal import LogStore
internal import Protocol

/// What a core tells of single connections and requests, while somebody watches. Used on the server's loop.
package final class CoreWatch {
    package let note: (ServerNote) -> Void
    package let tracer: RequestTracer?
    /// What was said to clients since the beginning.
    package private(set) var counts = ToldFailures()

    package init(tracer: RequestTracer? = nil, note: @escaping (ServerNote) -> Void) {
        (self.note, self.tracer) = (note, tracer)
    }

    /// A watch that tells the time and draws ids by a platform.
    convenience init<P: Platform>(_ watch: ServerWatch, _ platform: P) {
        let tracer = watch.tracing.map { tracing in
            RequestTracer(
                permille: tracing.permille,
                clock: { (platform.wallTime(), platform.monotonicTime()) },
                randomWord: {
                    var bytes = [UInt8](repeating: 0, count: 8)
                    bytes.withMutableRawSpan { platform.fillRandom(&$0) }
                    return bytes.reduce(0) { $0 << 8 | UInt64($1) }
                }, onSpan: tracing.onSpan)
        }
        self.init(tracer: tracer, note: watch.onNote)
    }

    /// Looks at frames that were said at once, before any turn.
    ///
    /// - Parameters:
    ///   - wasKnown: whether the handshake was over before.
    ///   - trace: that the request they answer belongs to; none if it told none.
    func said(_ frames: RawSpan, to id: ConnectionID, wasKnown: Bool, trace: Hash128) {
        FrameWalk.each(in: frames) { header, body in
            guard header.type == .failure, let failure = try? Failure(reading: body) else { return }
            if !wasKnown {
                counts.handshakes &+= 1
                note(.handshakeRefused(id, failure.code))
            } else if failure.code.endsConnection {
                counts.connections &+= 1
                note(.connectionEnded(id, failure.code))
            } else {
                requestFailed(id, header.request, trace, failure.code)
            }
        }
    }

    /// A request was not looked at.
    func requestFailed(_ id: ConnectionID, _ request: UInt64, _ trace: Hash128, _ code: FailureCode) {
        counts.requests &+= 1
        note(.requestFailed(id, request: request, trace: trace, code))
    }
}

/// How often clients were told that something is not done at all.
package struct ToldFailures: Equatable, Sendable {
    package internal(set) var handshakes: UInt64 = 0
    package internal(set) var connections: UInt64 = 0
    package internal(set) var requests: UInt64 = 0

    package init() {}
}

/// Frames of our own making, one after the other.
enum FrameWalk {
    static func each(in frames: RawSpan, _ body: (MessageHeader, RawSpan) -> Void) {
        var start = 0
        while start + MessageHeader.byteCount <= frames.byteCount {
            let rest = frames.extracting(start..<frames.byteCount)
            guard let header = try? MessageHeader(reading: rest, lengthMax: .max) else { return }
            let end = MessageHeader.byteCount + Int(header.length)
            guard end <= rest.byteCount else { return }
            body(header, rest.extracting(MessageHeader.byteCount..<end))
            start += end
        }
    }
}
