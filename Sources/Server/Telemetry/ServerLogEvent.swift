/// The events a server writes log lines of, by what they say. `docs/telemetry.md` has the same; a test
/// compares.
package enum ServerLogEvent: String, CaseIterable, Sendable {
    case starting
    case opened = "ledger opened"
    case listening
    case connectionAccepted = "connection accepted"
    case connectionClosed = "connection closed"
    case connectionTurnedAway = "connection turned away"
    case handshakeRefused = "handshake refused"
    case connectionEnded = "connection ended"
    case requestFailed = "request failed"
    case snapshotWritten = "snapshot written"
    case snapshotFailed = "snapshot failed"
    case workFailed = "background work failed"
    case workRecovered = "background work recovered"
    case subscriptionFailed = "subscription failed"
    case notReady = "not ready"
    case ready
    case failed
    case draining
    case stopped
}

/// The names of what log lines tell beside the event.
package enum ServerLogField: String, CaseIterable, Sendable {
    case adminPort = "admin_port"
    case code
    case connection
    case error
    case events
    case host
    case ledger
    case pid
    case port
    case reasons
    case replayed
    case requestID = "request_id"
    case seconds
    case snapshot
    case traceID = "trace_id"
    case verdict
    case work
}
