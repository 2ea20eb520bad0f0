import Invariants
package import Ledger
package import LogStore
package import Projections

/// How far a replay is; for a command to print.
package struct ReplayProgress: Sendable, Equatable {
    /// Events of the ledger that were applied, and their bytes with those of the log's own acts.
    package var eventCount: UInt64 = 0
    package var byteCount: UInt64 = 0
    /// Sequences in question: where it began, and where it will be done.
    package let range: Range<UInt64>
    /// The sequence to come.
    package var sequence: UInt64
    /// Digests in the log that the state was compared with.
    package var digestCount: UInt64 = 0
    /// Digests in the log of another version, which this software cannot compute.
    package var foreignDigestCount: UInt64 = 0

    init(_ range: Range<UInt64>) {
        self.range = range
        sequence = range.lowerBound
    }

    /// How much of it is done, from 0 to 1.
    package var share: Double {
        range.isEmpty ? 1 : Double(sequence - range.lowerBound) / Double(range.count)
    }
}

/// Brings a state up to date with a log: reads, checks and decodes on a thread of its own, applies here.
///
///     var state = LedgerState(shard: log.shard, seed: random)
///     let done = try Rebuild.replay(log, into: &state) { print($0.share) }
///
/// At every digest in the log the state must be the one the ledger had. What the log store finds damaged, an
/// event this software does not know, one out of order and a digest that differs are errors that name the
/// sequence. An event that contradicts the state in any other way stops the process, as it does in a live
/// ledger; the message names the sequence too.
package enum Rebuild<P: Platform> {
    /// Applies the events from `state.next` to before `end`, or to the end of what may be believed.
    ///
    /// - Parameters:
    ///   - state: new, or the state at some sequence of this very log; after an error the state at the event
    ///     the error names.
    ///   - report: called on this thread after every few hundred events.
    /// - Returns: what was done.
    @discardableResult
    package static func replay(
        _ log: ReplayLog<P>, into state: inout LedgerState, upTo end: UInt64? = nil,
        report: (ReplayProgress) -> Void = { _ in }
    ) throws(ReplayError) -> ReplayProgress {
        try follow(log, &state, upTo: end, report)
    }

    /// The same, on a machine with little memory: what an event needs is brought back before, and a few rows
    /// leave after each. What its attic does not give back is an error too.
    @discardableResult
    package static func replay(
        _ log: ReplayLog<P>, into ledger: inout BoundedLedger<P>, upTo end: UInt64? = nil,
        report: (ReplayProgress) -> Void = { _ in }
    ) throws(ReplayError) -> ReplayProgress {
        try follow(log, &ledger, upTo: end, report)
    }

    static func follow<Target: ReplayTarget & ~Copyable>(
        _ log: ReplayLog<P>, _ target: inout Target, upTo end: UInt64?,
        _ report: (ReplayProgress) -> Void
    ) throws(ReplayError) -> ReplayProgress {
        let end = min(end ?? .max, log.readableEnd)
        guard target.next.raw <= end else {
            throw .misfit(
                "the state is at \(target.next.raw), the log ends at \(end)",
                .init(sequence: end, file: nil))
        }
        var progress = ReplayProgress(target.next.raw..<end)
        guard !progress.range.isEmpty else { return progress }
        let ahead = DecodeAhead(log, progress.range)
        let thread = ahead.start()
        defer {
            ahead.stop()
            thread.join()
            InvariantContext.endReplay()
        }
        var isLast = false
        while !isLast {
            let block = ahead.nextBlock()
            do throws(ReplayError) { try target.replay(block, &progress) } catch {
                throw error.located(log.file(of: error.sequence))
            }
            isLast = block.isLast
            ahead.giveBack()
            report(progress)
        }
        return progress
    }

    /// Reads, checks and decodes, and applies nothing: for measurements, and for whoever only wants to look.
    @discardableResult
    package static func decode(
        _ log: ReplayLog<P>, _ note: (Event) -> Void = { _ in }
    ) throws(ReplayError) -> ReplayProgress {
        var progress = ReplayProgress(0..<log.readableEnd)
        guard !progress.range.isEmpty else { return progress }
        let ahead = DecodeAhead(log, progress.range)
        let thread = ahead.start()
        defer {
            ahead.stop()
            thread.join()
        }
        var isLast = false
        while !isLast {
            let block = ahead.nextBlock()
            for index in 0..<block.count { note(block[index]) }
            progress.eventCount += UInt64(block.count)
            progress.byteCount += UInt64(block.byteCount)
            progress.sequence = block.endSequence
            if let failure = block.failure { throw failure }
            isLast = block.isLast
            ahead.giveBack()
        }
        return progress
    }
}
