internal import Ledger
package import Logging

/// Writes a server's log lines: one an event, named by `ServerLogEvent`.
package struct ServerLog: Sendable {
    private let logger: Logger

    package init(_ logger: Logger) { self.logger = logger }

    /// Writes the line of an event, at its level.
    package func write(
        _ event: ServerLogEvent, _ fields: @autoclosure () -> [ServerLogField: String] = [:]
    ) {
        guard logger.logLevel <= event.level else { return }
        var metadata: Logger.Metadata = [:]
        for (field, value) in fields() { metadata[field.rawValue] = .string(value) }
        logger.log(level: event.level, "\(event.rawValue)", metadata: metadata)
    }

    /// Writes the line of what happened on the loop.
    package func write(_ note: ServerNote) {
        switch note {
        case .connectionAccepted(let id): write(.connectionAccepted, [.connection: "\(id)"])
        case .connectionClosed(let id): write(.connectionClosed, [.connection: "\(id)"])
        case .connectionTurnedAway: write(.connectionTurnedAway)
        case .handshakeRefused(let id, let code):
            write(.handshakeRefused, [.connection: "\(id)", .code: "\(code)"])
        case .connectionEnded(let id, let code):
            write(.connectionEnded, [.connection: "\(id)", .code: "\(code)"])
        case .requestFailed(let id, let request, let trace, let code):
            write(
                .requestFailed,
                [.connection: "\(id)", .requestID: "\(request)", .code: "\(code)"].merging(
                    trace.isNone ? [:] : [.traceID: trace.traceID]
                ) { $1 })
        case .snapshotWritten(let events): write(.snapshotWritten, [.events: "\(events)"])
        case .snapshotFailed(let error): write(.snapshotFailed, [.error: error])
        case .workFailed(let work, let error):
            write(.workFailed, [.work: work.rawValue, .error: error])
        case .workRecovered(let work): write(.workRecovered, [.work: work.rawValue])
        case .subscriptionFailed(let error): write(.subscriptionFailed, [.error: error])
        case .notReady(let reasons): write(.notReady, [.reasons: reasons.joined(separator: "; ")])
        case .ready: write(.ready)
        }
    }
}

extension ServerLogEvent {
    /// What a client can bring about again and again is below what is written by default, or one line a
    /// connection.
    package var level: Logger.Level {
        switch self {
        case .connectionAccepted, .connectionClosed, .connectionTurnedAway, .requestFailed: .debug
        case .starting, .opened, .listening, .connectionEnded, .snapshotWritten, .stopped: .info
        case .handshakeRefused, .workRecovered, .ready, .draining: .notice
        case .notReady: .warning
        case .snapshotFailed, .workFailed, .subscriptionFailed: .error
        case .failed: .critical
        }
    }
}
