package import Ledger
package import Protocol

/// What happened to a server that somebody may want to read about. Holds no text that a client sent.
package enum ServerNote: Equatable, Sendable {
    case connectionAccepted(ConnectionID)
    case connectionClosed(ConnectionID)
    /// There was no room for it, or the server was about to stop.
    case connectionTurnedAway
    /// The connection ends before anybody is known on it.
    case handshakeRefused(ConnectionID, FailureCode)
    /// The server ends a connection.
    case connectionEnded(ConnectionID, FailureCode)
    /// A request was not looked at. The trace is none if the request told none.
    case requestFailed(ConnectionID, request: UInt64, trace: Hash128, FailureCode)
    case snapshotWritten(events: UInt64)
    case snapshotFailed(String)
    /// Work in the background of the log fails.
    case workFailed(LogAlarm, String)
    case workRecovered(LogAlarm)
    /// Subscriptions ended because the log could not be read.
    case subscriptionFailed(String)
    case notReady([String])
    case ready
}
