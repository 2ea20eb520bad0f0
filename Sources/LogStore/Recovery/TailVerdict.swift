/// What recovery knows about the place where the valid frames of a write-ahead file end.
///
/// Gathered by `WALScan`; judged here, by a pure function, so that a test can exhaust the table.
package struct TailFacts: Sendable, Equatable {
    /// The next sequence: everything below it was read and checked.
    package var nextSequence: UInt64
    /// The file's successor, if this is not the newest file.
    package var successor: Successor?
    /// The highest count of events that anything proves durable.
    package var provenEnd: UInt64
    /// A valid header of this file stands after the first invalid frame.
    package var hasLaterHeader = false
    /// Every byte from the first invalid frame on is zero.
    package var isRestZero = false
    /// Every non-zero byte lies within the first invalid frame's own length.
    package var isRestWithinFrame = false
    /// The file is as long as its header says.
    package var isFileComplete = true
    /// An operator has looked at a dry run and accepted a cut exactly here.
    package var isCutAccepted = false

    package enum Successor: Sendable, Equatable {
        /// First sequence, previous UUID and root continue exactly here.
        case continues
        /// Something is missing or contradicts; the next file's first sequence.
        case contradicts(firstSequence: UInt64)
    }

    package init(nextSequence: UInt64, provenEnd: UInt64) {
        self.nextSequence = nextSequence
        self.provenEnd = provenEnd
    }
}

/// What to do at the end of a file's valid frames.
package enum TailVerdict: Sendable, Equatable {
    /// The end of the log; nothing is there that should not be.
    case cleanEnd
    /// The last write never completed: cut it.
    case tornTail
    /// The file ended here before, and a later file goes on: at most a cut decided by an earlier recovery.
    case continued
    /// Acknowledged events are gone; the half-open range as far as it is known.
    case corruptCommitted(Range<UInt64>, String)
    /// The evidence does not tell.
    case ambiguous(String)

    /// The decision table of recovery step R4: the first line that matches decides.
    package init(_ facts: TailFacts) {
        let next = facts.nextSequence
        switch facts.successor {
        case .continues:
            self = .continued
            return
        case .contradicts(let first):
            self = .corruptCommitted(
                next..<max(first, next + 1), "the next file starts at sequence \(first), expected \(next)")
            return
        case nil: break
        }
        if facts.provenEnd > next {
            self = .corruptCommitted(
                next..<facts.provenEnd,
                "\(facts.provenEnd) events are proved durable, \(next) are readable")
        } else if facts.isCutAccepted {
            self = .tornTail
        } else if facts.hasLaterHeader {
            self = .ambiguous("a later frame of this file has a valid header")
        } else if !facts.isFileComplete {
            self = .ambiguous("the file is shorter than it was made")
        } else if facts.isRestZero {
            self = .cleanEnd
        } else if facts.isRestWithinFrame {
            self = .tornTail
        } else {
            self = .ambiguous("bytes lie beyond the frame that would have been written last")
        }
    }
}

extension TailFacts {
    /// What a walk found at the end of a file's valid frames.
    ///
    /// - Parameters:
    ///   - successor: the header of the file made after it, if there is one.
    ///   - root: over everything up to there, where it is known.
    package init<File: StorageFile>(
        _ walk: borrowing FrameWalk<File>, _ rest: FrameWalk<File>.Rest, successor: FileHeader?,
        root: Hash256?,
        provenEnd: UInt64
    ) {
        self.init(nextSequence: walk.nextSequence, provenEnd: provenEnd)
        if let successor {
            let continues =
                successor.firstSequence == walk.nextSequence
                && successor.previousFileUUID == walk.header.fileUUID
                && (root == nil || root == successor.rootAtFirst)
            self.successor = continues ? .continues : .contradicts(firstSequence: successor.firstSequence)
        }
        hasLaterHeader = rest.laterDurableEnd != nil
        isRestZero = rest.nonZeroEnd == walk.offset
        isRestWithinFrame = rest.nonZeroEnd <= rest.frameEnd
        isFileComplete = walk.isFileComplete
    }
}
