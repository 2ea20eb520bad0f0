import Invariants
import Ledger
import Projections

/// What a log is replayed into: a state, or a machine with little memory that drives one.
protocol ReplayTarget: ~Copyable {
    var shard: Shard { get }
    var next: SequenceNumber { get }
    var time: LedgerTime { get }
    var digest: StateDigest { get }
    mutating func skip(to sequence: SequenceNumber)
    borrowing func lookAhead(_ outlooks: Span<Outlook>, at index: Int)
    mutating func replay(_ event: Event) throws(AtticError)
    /// Here, so that each target has a loop of its own and no event takes a detour.
    mutating func replay(_ block: EventBlock, _ progress: inout ReplayProgress) throws(ReplayError)
}

extension LedgerState: ReplayTarget {
    mutating func replay(_ event: Event) { apply(event) }
}

extension BoundedLedger: ReplayTarget {
    var shard: Shard { state.shard }
    var next: SequenceNumber { state.next }
    var time: LedgerTime { state.time }
    var digest: StateDigest { state.digest }

    mutating func skip(to sequence: SequenceNumber) { state.skip(to: sequence) }
    borrowing func lookAhead(_ outlooks: Span<Outlook>, at index: Int) {
        state.lookAhead(outlooks, at: index)
    }

    mutating func replay(_ event: Event) throws(AtticError) {
        try apply(event)
        try trim()
    }
}

extension ReplayTarget where Self: ~Copyable {
    mutating func replay(_ block: EventBlock, _ progress: inout ReplayProgress) throws(ReplayError) {
        for index in 0..<block.count {
            let sequence = block[index].sequence
            // Between two events may be acts of the log, which a digest counts as places.
            if sequence > next { skip(to: sequence) }
            try check(block[index], &progress)
            InvariantContext.noteReplay(of: sequence.raw)
            lookAhead(block.outlooks.span, at: index)
            do throws(AtticError) { try replay(block[index]) } catch {
                throw .attic(error, .init(sequence: sequence.raw, file: nil))
            }
        }
        try finish(block, &progress)
    }

    /// Notes that the events of a block were applied; throws what went wrong behind the last.
    mutating func finish(_ block: EventBlock, _ progress: inout ReplayProgress) throws(ReplayError) {
        progress.eventCount += UInt64(block.count)
        progress.byteCount += UInt64(block.byteCount)
        if let failure = block.failure { throw failure }
        progress.sequence = block.endSequence
        // The log's own acts have their places.
        skip(to: SequenceNumber(raw: block.endSequence))
    }

    /// What can be told of an event before it is applied.
    @inline(__always)
    func check(_ event: Event, _ progress: inout ReplayProgress) throws(ReplayError) {
        if event.time <= time || time.isNone { try checkOrder(event) }
        // The type first: to look at a fact is to copy it.
        if event.fact.type == .stateDigested, case .stateDigested(let fact) = event.fact {
            try compare(fact, event, &progress)
        }
    }

    @inline(never)
    private func checkOrder(_ event: Event) throws(ReplayError) {
        let place = ReplayError.Place(sequence: event.sequence.raw, file: nil)
        guard event.time > time else {
            throw .misfit("its time \(event.time.nanoseconds) is not after \(time.nanoseconds)", place)
        }
        guard case .ledgerOpened(let fact) = event.fact else {
            throw .misfit("a ledger begins with its opening, this is \(event.fact.type)", place)
        }
        guard fact.shard == shard.number else {
            throw .misfit("it opens shard \(fact.shard), this is \(shard.number)", place)
        }
    }

    @inline(never)
    private func compare(
        _ fact: StateDigested, _ event: Event, _ progress: inout ReplayProgress
    ) throws(ReplayError) {
        guard fact.version == StateDigest.version else {
            progress.foreignDigestCount += 1
            return
        }
        let (said, found) = (StateDigest(value: fact.digest, rowCount: fact.rows), digest)
        guard said == found else {
            throw .digestDiffers(
                said: said, found: found, .init(sequence: event.sequence.raw, file: nil))
        }
        progress.digestCount += 1
    }
}
