package import LogStore
package import Projections

/// Why a snapshot is not made or not believed. None of it matters to the ledger: the log has everything.
package enum SnapshotError: Error, Sendable, Equatable {
    /// The disk failed, bytes are not what was written, or the key does not open them.
    case log(LogStoreError)
    /// It is of another ledger, shard or sequence than its place says.
    case foreign(String)
    /// Another version of the software made it.
    case otherSoftware(String)
    /// It is ahead of what may be believed of the log, or the log has another event before its sequence.
    case otherHistory(String)
    /// Its blocks are whole, and give no state.
    case malformed(String)
    /// The state it gives is not the one it was made of.
    case digestDiffers(said: StateDigest, found: StateDigest)
    /// The log goes on in a way that does not fit the state it gives.
    case contradicted(ReplayError)
    /// Part of what it knows left the memory, and the attic of its sequence does not give it back.
    case attic(AtticError)
}

extension SnapshotError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .log(let error): "\(error)"
        case .foreign(let what), .otherHistory(let what), .malformed(let what): what
        case .otherSoftware(let what): "made by other software: \(what)"
        case .digestDiffers(let said, let found): "made of the state \(said), gives \(found)"
        case .contradicted(let error): "contradicted by the log: \(error)"
        case .attic(let error): "\(error)"
        }
    }
}

/// A snapshot that was looked at and not used.
package struct RefusedSnapshot: Sendable, Equatable {
    package let path: StoragePath
    package let reason: SnapshotError
}
