package import Ledger
package import Protocol

/// The part of a trace that a server spent on one request: from the whole frame to the answer on its way,
/// which is not before the log was durable. Times are nanoseconds since 1970.
package struct RequestSpan: Equatable, Sendable {
    /// What was asked for; the names of the spans.
    package enum Name: String, CaseIterable, Sendable {
        case commands = "holdfast.commands"
        case query = "holdfast.query"
    }

    /// How a request ended.
    package enum Outcome: Equatable, Sendable {
        /// Commands were decided, and so many of their results are refusals.
        case results(count: Int, refused: Int)
        case answered
        case failed(FailureCode)
        /// The connection was gone before.
        case abandoned
    }

    /// Names of what is told beside the times.
    package enum Attribute: String, CaseIterable, Sendable {
        case connection = "holdfast.connection"
        case request = "holdfast.request_id"
        case results = "holdfast.results"
        case refused = "holdfast.refused"
        case failure = "holdfast.failure"
    }

    /// The moment in a span at which the request was decided; the rest is waiting for the log.
    package static let decidedEvent = "decided"

    package let name: Name
    package let trace: Hash128
    package let id: UInt64
    package let parent: UInt64
    package let connection: ConnectionID
    package let request: UInt64
    package let start: UInt64
    package internal(set) var decided: UInt64?
    package internal(set) var end: UInt64 = 0
    package internal(set) var outcome = Outcome.answered

    /// 32 hexadecimal digits, as W3C writes a trace id.
    package var traceID: String { trace.traceID }

    package var attributes: [(name: Attribute, value: String)] {
        var attributes: [(name: Attribute, value: String)] = [
            (.connection, connection.description), (.request, "\(request)"),
        ]
        switch outcome {
        case .results(let count, let refused):
            attributes += [(.results, "\(count)"), (.refused, "\(refused)")]
        case .failed(let code): attributes.append((.failure, "\(code)"))
        case .abandoned: attributes.append((.failure, "abandoned"))
        case .answered: break
        }
        return attributes
    }

    /// Whether the request came to nothing. A refusal is an answer.
    package var isFailure: Bool {
        switch outcome {
        case .failed, .abandoned: true
        case .results, .answered: false
        }
    }
}

extension Hash128 {
    /// 32 hexadecimal digits, in the order in which the bytes travel.
    package var traceID: String { Self.digits(low.byteSwapped) + Self.digits(high.byteSwapped) }

    private static func digits(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension ConnectionID: CustomStringConvertible {
    /// Place and generation: no other connection of a life of the server has the same.
    package var description: String { "\(slot).\(generation)" }
}
