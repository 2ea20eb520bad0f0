package import Protocol

/// Why a client has no answer. What the ledger refuses is an answer (`CommandResult`), not an error.
public enum ClientError: Error, Sendable {
    /// No connection to be had.
    case unreachable(String)
    /// The connection ended before the answer came, and was not asked again: whether the commands were done
    /// is not known. Ask again with the same keys.
    case outcomeUnknown(String)
    /// The server is not who it says: it does not know the key, or is another ledger than before.
    case untrusted(String)
    /// The server answers for another ledger than before, one that was forked from it, perhaps: what was not
    /// answered is unknown, and must not be sent to this one.
    case ledgerForked
    /// The command is larger than the protocol has room for, or its key is not 1 to 255 printable characters.
    case invalidRequest(String)
    /// What came does not follow the protocol.
    case malformedAnswer(String)
    /// The server did not look at the request, and says why.
    case failed(Reason)
    /// The client was closed.
    case closed

    /// What a server says of a request it did not look at.
    public struct Reason: Equatable, Sendable, CustomStringConvertible {
        package let failure: Failure

        package init(_ failure: Failure) { self.failure = failure }

        /// The stable number: see docs/protocol.md.
        public var code: UInt16 { failure.code.rawValue }
        /// Milliseconds after which to ask again; nil if that would not help.
        public var retryMilliseconds: UInt32? {
            failure.retryMilliseconds == 0 ? nil : failure.retryMilliseconds
        }
        public var description: String { "\(failure.code) (\(code)): \(failure.text)" }
    }
}

extension ClientError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable(let problem): "no connection to the server: \(problem)"
        case .outcomeUnknown(let problem): "the answer was lost, ask again with the same key: \(problem)"
        case .untrusted(let problem): "the server is not to be trusted: \(problem)"
        case .ledgerForked: "the server answers for another ledger than before"
        case .invalidRequest(let problem): "not a request: \(problem)"
        case .malformedAnswer(let problem): "the server does not follow the protocol: \(problem)"
        case .failed(let reason): "\(reason)"
        case .closed: "the client was closed"
        }
    }
}
