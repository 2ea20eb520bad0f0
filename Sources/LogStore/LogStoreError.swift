/// An operating failure of the log: what failed, where, and what it means for the caller.
///
/// Refusals that only ask for patience (`busy`, `storageFull`) are here too, because they carry no business
/// meaning. A broken invariant is not: it stops the process.
public enum LogStoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The disk answered with an error.
    case storage(StorageError)
    /// Bytes are not what was written. `Damage` names file, offset and expectation.
    case damaged(Damage)
    /// Recovery refuses to write. The log is still readable through `ReadOnlyLog`.
    case refused(Refusal)
    /// The key-encryption key does not open this keyring, or a needed month key is not in it.
    case wrongKey(String)
    /// The newest keyring generations are unreadable; never confused with a wrong key.
    case keyringDamaged(String)
    /// A bounded resource is full; ask again after the hint.
    case busy(reason: BusyReason, retryAfterMilliseconds: Int)
    /// The device has no room for the next file, or only its reserve is left.
    case storageFull(freeBytes: UInt64, neededBytes: UInt64)
    /// Another process owns the directory; `by` is who says so in the lock, if that is readable.
    case locked(StoragePath, by: LockHolder? = nil)
    /// A sequence that is not (or not yet, or no longer) readable here.
    case notReadable(sequence: UInt64, reason: String)
    /// A request the log cannot carry out: too large, out of order, in the wrong month.
    case invalidRequest(String)
    /// An earlier failure of a write or sync ended this log; nothing more is acknowledged.
    case stopped(String)

    /// Which bound was met.
    public enum BusyReason: String, Sendable {
        /// The frame being filled has no room; the committer is still writing the previous one.
        case frameFull
        /// The next write-ahead file is not prepared yet.
        case nextFileNotReady
        /// Too many bytes wait to be sealed.
        case sealingBehind
    }

    public var description: String {
        switch self {
        case .storage(let error): "storage: \(error)"
        case .damaged(let damage): "damaged: \(damage)"
        case .refused(let refusal): "refused: \(refusal)"
        case .wrongKey(let what): "wrong key: \(what)"
        case .keyringDamaged(let what): "keyring damaged: \(what)"
        case .busy(let reason, let hint): "busy (\(reason.rawValue)), retry after \(hint) ms"
        case .storageFull(let free, let needed): "storage full: \(free) bytes free, \(needed) needed"
        case .locked(let path, let holder):
            "locked: in use by \(holder?.description ?? "another process"), which holds \(path)"
        case .notReadable(let sequence, let reason): "sequence \(sequence) is not readable: \(reason)"
        case .invalidRequest(let what): "invalid request: \(what)"
        case .stopped(let why): "stopped: \(why)"
        }
    }
}

/// One place where bytes are not what they must be.
public struct Damage: Error, Sendable, Equatable, CustomStringConvertible {
    /// File, relative to the data directory; or what a stand-alone decoder was given.
    public let file: StoragePath
    /// Byte offset of the structure (not of the flipped bit, which a checksum cannot tell).
    public let offset: UInt64
    /// What was expected and what was found, in one sentence.
    public let what: String

    public init(file: StoragePath, offset: UInt64, _ what: String) {
        self.file = file
        self.offset = offset
        self.what = what
    }

    public var description: String { "\(file) at offset \(offset): \(what)" }
}

/// Why a decoder rejects bytes; the caller, who knows the file and offset, turns it into `Damage`.
public struct DecodingFailure: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    /// The bytes are the ones that were written, but the key does not open them: it is the wrong one, or they
    /// were moved or forged. Never set where a checksum already shows damage.
    public let isAuthenticationFailure: Bool

    package init(_ description: String, isAuthenticationFailure: Bool = false) {
        self.description = description
        self.isAuthenticationFailure = isAuthenticationFailure
    }

    package func damage(in file: StoragePath, at offset: UInt64) -> Damage {
        Damage(file: file, offset: offset, description)
    }
}

/// Why recovery will not let anyone append. Codes are stable; see `docs/formats/log.md`, "Verdicts".
public struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
    public let verdict: Verdict
    /// Sequences known to be lost or unreadable; empty when none is known. Half-open.
    public let sequences: Range<UInt64>?
    /// Each damage found, in the order found.
    public let damages: [Damage]
    /// What happened, for people.
    public let explanation: String

    package init(_ verdict: Verdict, sequences: Range<UInt64>?, damages: [Damage], _ explanation: String) {
        self.verdict = verdict
        self.sequences = sequences
        self.damages = damages
        self.explanation = explanation
    }

    public var description: String {
        let range = sequences.map { ", sequences \($0.lowerBound)..<\($0.upperBound)" } ?? ""
        let places = damages.map { "\n  \($0)" }.joined()
        return "\(verdict.rawValue)\(range): \(explanation)\(places)"
    }
}

/// What recovery concludes about the log. Raw values are stable names used in reports and exit codes.
public enum Verdict: String, Sendable, CaseIterable {
    /// Everything written is there.
    case cleanEnd = "CLEAN_END"
    /// The last write never completed and was never acknowledged; it is cut, kept aside and recorded.
    case tornTail = "TORN_TAIL"
    /// The evidence does not tell a torn write from damage; an operator decides.
    case ambiguous = "AMBIGUOUS"
    /// Acknowledged events in the write-ahead log are damaged or missing.
    case corruptCommitted = "CORRUPT_COMMITTED"
    /// A sealed segment, manifest or month statement is damaged or missing.
    case corruptSealed = "CORRUPT_SEALED"
    /// The superblock has no valid quorum, or the directory is not a log.
    case corruptSuperblock = "CORRUPT_SUPERBLOCK"
}
