package import LogStore
package import Replay

/// Why a sequencer cannot go on. What was not acknowledged is unknown until the next start.
package enum SequencerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The log takes no more.
    case log(LogStoreError)
    /// What left the memory is not found any more.
    case attic(AtticError)

    package var description: String {
        switch self {
        case .log(let error): "the log takes no more events: \(error)"
        case .attic(let error): "what left the memory is not to be had: \(error)"
        }
    }
}
