/// What a run of the simulation met.
package struct SimulationReport: Sendable, Equatable {
    package let seed: UInt64
    package internal(set) var steps = 0
    /// Answers to commands, and to queries.
    package internal(set) var answers = 0
    package internal(set) var queries = 0
    /// Events that auditors heard, all together.
    package internal(set) var heard = 0
    package internal(set) var crashes = 0
    package internal(set) var connections = 0
    package internal(set) var busy = 0
    package internal(set) var payments = 0
    /// Events of the log in the end.
    package internal(set) var events: UInt64 = 0
    /// Segments that were sealed, and lives that began from a snapshot.
    package internal(set) var segments = 0
    package internal(set) var snapshots = 0
    /// Payments and keys that were brought back from where they had left to.
    package internal(set) var returned = 0
    /// Times that a disk was full or failed, and processes that ended or did not start because of it.
    package internal(set) var troubles = 0
    package internal(set) var stops = 0
    /// What was wrong; nil if all was well.
    package internal(set) var problem: String?

    init(seed: UInt64) { self.seed = seed }
}

/// What a run cannot go on with.
struct SimulationFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
