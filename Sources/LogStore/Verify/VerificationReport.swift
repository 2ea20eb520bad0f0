import Synchronization

/// What verifying a log found: plain data, for people, for JSON and for tests.
package struct VerificationReport: Sendable {
    package var ledger: LogUUID
    package var shard: UInt32
    package var origin: String
    /// The key signatures were checked with.
    package var key: NoteVerifyingKey
    /// Sequence after the last event that was read and checked.
    package var size: UInt64 = 0
    /// Root over `size` events; nil where the keys or the bytes to compute it are missing.
    package var root: Hash256?
    /// Count of events that the log itself proves durable.
    package var provenEnd: UInt64 = 0
    package var counts = Counts()
    /// Ascending.
    package var months: [MonthSummary] = []
    /// Ordered by file and offset.
    package var findings: [Finding] = []
    /// What is worth knowing and no damage.
    package var notes: [String] = []
    /// Encrypted files the given keys do not open: checked by checksums, hashes and signatures only.
    package var lockedFiles: [StoragePath] = []
    /// What became of an earlier checkpoint, if one was given.
    package var earlier: EarlierCheckpoint?

    package struct Counts: Sendable, Equatable {
        package var files = 0
        package var bytes: UInt64 = 0
        package var segments = 0
        package var evictedSegments = 0
        /// Events whose leaf was computed and led to a root.
        package var eventsHashed: UInt64 = 0
        /// Roots claimed by checkpoints, acts, watermark and superblock that were compared with the events.
        package var rootsCompared = 0
        /// The same, where what is needed to compute them was missing.
        package var rootsNotCompared = 0
    }

    /// One thing that is not as it must be.
    package struct Finding: Sendable, Equatable {
        package var verdict: Verdict
        package var damage: Damage
        /// Half-open; nil if no particular events are concerned.
        package var sequences: Range<UInt64>?
        /// A redundant copy: the next open rewrites it, nothing is lost.
        package var isRepairable = false
    }

    /// A month's events and what they amount to.
    package struct MonthSummary: Sendable, Equatable {
        package var month: Month
        package var sequences: Range<UInt64>
        package var segmentCount = 0
        package var isClosed = false
        package var totals = ControlTotals()
        package var amounts = Amounts.recomputed

        package enum Amounts: String, Sendable {
            /// Counts and sums come from the events themselves.
            case recomputed
            /// The events were counted by type; what they amount to only the index they were sealed with
            /// knows.
            case counted
            /// Some events could not be read.
            case incomplete
        }
    }

    /// Whether the log extends a checkpoint somebody kept.
    package enum EarlierCheckpoint: Sendable, Equatable {
        case extended(size: UInt64)
        /// The log is not the one that was signed then, or lost something since.
        case contradicted(size: UInt64, String)
        case notCheckable(size: UInt64, String)
    }

    /// Whether every local event was read, hashed and summed; otherwise part of it was checked without
    /// keys.
    package var isFullCheck: Bool { lockedFiles.isEmpty && counts.evictedSegments == 0 }

    /// Findings that are more than a redundant copy.
    package var damages: [Finding] { findings.filter { !$0.isRepairable } }

    /// The gravest thing found.
    package var verdict: Verdict {
        let order: [Verdict] = [.corruptSuperblock, .corruptSealed, .corruptCommitted, .ambiguous, .tornTail]
        return order.first { verdict in damages.contains { $0.verdict == verdict } } ?? .cleanEnd
    }
}

/// How far a verification is; read by whoever draws it.
package final class VerificationProgress: Sendable {
    private let bytes = Atomic<UInt64>(0)
    private let bytesInAll = Atomic<UInt64>(0)
    private let events = Atomic<UInt64>(0)

    package init() {}

    package var bytesDone: UInt64 { bytes.load(ordering: .relaxed) }
    package var bytesTotal: UInt64 { bytesInAll.load(ordering: .relaxed) }
    package var eventsDone: UInt64 { events.load(ordering: .relaxed) }

    func expect(_ count: UInt64) { bytesInAll.add(count, ordering: .relaxed) }
    func did(bytes count: UInt64) { bytes.add(count, ordering: .relaxed) }
    func did(events count: UInt64) { events.add(count, ordering: .relaxed) }
}
