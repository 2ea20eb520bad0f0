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
        let end = min(end ?? .max, log.readableEnd)
        guard state.next.raw <= end else {
            throw .misfit(
                "the state is at \(state.next.raw), the log ends at \(end)",
                .init(sequence: end, file: nil))
        }
        var progress = ReplayProgress(state.next.raw..<end)
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
            try apply(block, of: log, to: &state, &progress)
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

    private static func apply(
        _ block: EventBlock, of log: ReplayLog<P>, to state: inout LedgerState,
        _ progress: inout ReplayProgress
    ) throws(ReplayError) {
        for index in 0..<block.count {
            // Between two events may be acts of the log, which a digest counts as places.
            if block[index].sequence > state.next { state.skip(to: block[index].sequence) }
            try check(block[index], of: log, state, &progress)
            InvariantContext.noteReplay(of: block[index].sequence.raw)
            state.lookAhead(block.outlooks.span, at: index)
            state.apply(block[index])
        }
        progress.eventCount += UInt64(block.count)
        progress.byteCount += UInt64(block.byteCount)
        if let failure = block.failure { throw failure }
        progress.sequence = block.endSequence
        // The log's own acts have their places.
        state.skip(to: SequenceNumber(raw: block.endSequence))
    }

    /// What can be told of an event before it is applied.
    @inline(__always)
    private static func check(
        _ event: Event, of log: ReplayLog<P>, _ state: borrowing LedgerState,
        _ progress: inout ReplayProgress
    ) throws(ReplayError) {
        if event.time <= state.time || state.time.isNone {
            try checkOrder(event, of: log, state)
        }
        // The type first: to look at a fact is to copy it.
        if event.fact.type == .stateDigested, case .stateDigested(let fact) = event.fact {
            try compare(fact, event, of: log, state, &progress)
        }
    }

    @inline(never)
    private static func checkOrder(
        _ event: Event, of log: ReplayLog<P>, _ state: borrowing LedgerState
    ) throws(ReplayError) {
        let place = ReplayError.Place(sequence: event.sequence.raw, file: log.file(of: event.sequence.raw))
        guard event.time > state.time else {
            throw .misfit("its time \(event.time.nanoseconds) is not after \(state.time.nanoseconds)", place)
        }
        guard case .ledgerOpened(let fact) = event.fact else {
            throw .misfit("a ledger begins with its opening, this is \(event.fact.type)", place)
        }
        guard fact.shard == state.shard.number else {
            throw .misfit("it opens shard \(fact.shard), this is \(state.shard.number)", place)
        }
    }

    @inline(never)
    private static func compare(
        _ fact: StateDigested, _ event: Event, of log: ReplayLog<P>, _ state: borrowing LedgerState,
        _ progress: inout ReplayProgress
    ) throws(ReplayError) {
        guard fact.version == StateDigest.version else {
            progress.foreignDigestCount += 1
            return
        }
        let (said, found) = (StateDigest(value: fact.digest, rowCount: fact.rows), state.digest)
        guard said == found else {
            throw .digestDiffers(
                said: said, found: found,
                .init(sequence: event.sequence.raw, file: log.file(of: event.sequence.raw)))
        }
        progress.digestCount += 1
    }
}
