package import Ledger
package import LogStore
package import Projections

/// The state with a bounded memory: what a command or an event needs is brought back before, what is quiet or
/// old leaves after, a few rows at a time.
///
/// The answers, the events and the digest are those of a state that keeps everything in memory: which rows
/// are there is this machine's own affair. Used by one thread.
///
///     let outcome = try ledger.decide(command, at: time, into: &events)   // live
///     try ledger.apply(event)                                            // rebuild
///     try ledger.trim()                                                  // after each commit
package struct BoundedLedger<P: Platform>: ~Copyable {
    package var state: LedgerState
    package var attic: Attic<P>
    package let limits: MemoryLimits
    /// Which sequences are old. After a start it knows of those before batches that have closed.
    package var clock: QuietClock
    private var packed = PackedPayments()
    private var aged: [AgedKey] = []
    private var found: [UInt8] = []
    /// What kept rows that had left from being kept. Final: they are nowhere, so nothing is decided any more,
    /// and a start from the log has them again.
    private var failure: AtticError?
    /// Payments that came back, and keys found, since the beginning.
    package private(set) var returnedCount = 0
    package private(set) var evictedCount = 0
    package private(set) var agedKeysFound = 0

    /// A state, empty or as a snapshot has it, and the attic that belongs to it.
    package init(_ state: consuming LedgerState, _ attic: consuming Attic<P>, _ limits: MemoryLimits) {
        self.state = state
        self.attic = attic
        self.limits = limits
        clock = QuietClock(span: limits.quietSpan)
        self.state.dueRoom = LedgerState.commandsDueMax
        // A batch is opened before its cutoff, and so was everything before it.
        let time = self.state.time
        clock.recall(
            self.state.batches.sortedRows.filter { $0.closesAt <= time }
                .map { (time: $0.closesAt, next: $0.id.createdBy) })
    }

    // MARK: The state's verbs

    /// As `LedgerState.decide`.
    package mutating func decide(
        _ command: Command, at time: LedgerTime, into events: inout EventBatch
    ) throws(AtticError) -> Outcome {
        try checkWhole()
        try bringBack(for: command)
        let agedKey = try agedKey(command.key)
        return state.decide(command, at: time, agedKey: agedKey, into: &events)
    }

    /// Decides what waits, in its order, each as `decide` would on its own, and asks meanwhile for the memory
    /// that those behind will look at.
    ///
    /// - Parameters:
    ///   - outlooks: of the commands, in their order: made where they arrive, not on this thread. Hints.
    ///   - outcomes: gets the answers at its end. After an error those of the commands before it.
    package mutating func decide(
        _ commands: Span<Command>, _ outlooks: Span<Outlook>, at time: LedgerTime,
        into events: inout EventBatch, answering outcomes: inout [Outcome]
    ) throws(AtticError) {
        for index in commands.indices {
            state.lookAhead(outlooks, at: index)
            outcomes.append(try decide(commands[index], at: time, into: &events))
        }
    }

    /// As `LedgerState.decideAll`.
    package mutating func decideAll(
        _ commands: [Command], key: Hash128, fingerprint: UInt64, at time: LedgerTime,
        into events: inout EventBatch
    ) throws(AtticError) -> RequestOutcome {
        try checkWhole()
        for command in commands { try bringBack(for: command) }
        let agedKey = try agedKey(key)
        return state.decideAll(
            commands, key: key, fingerprint: fingerprint, at: time, agedKey: agedKey, into: &events)
    }

    /// As `LedgerState.tick`: what falls due is of payments in memory. Begins a turn: until the next tick
    /// commands write no more timed events than leave no reply behind more than `replyDueMax`.
    package mutating func tick(
        at time: LedgerTime, into events: inout EventBatch
    ) throws(AtticError) -> Bool {
        try checkWhole()
        state.dueRoom = LedgerState.commandsDueMax
        return state.tick(at: time, into: &events)
    }

    /// As `LedgerState.apply`.
    package mutating func apply(_ event: Event) throws(AtticError) {
        try checkWhole()
        if let id = state.absentPayment(for: event) {
            guard try bringBack(id) else { throw .missing(id, event.sequence) }
            guard state.latest(of: id) == event.context.previous else {
                throw .payment(id, .neverLeft(id))
            }
        }
        state.apply(event)
    }

    // MARK: In and out

    /// A payment as it is now, brought back if need be; nil if there is none.
    package mutating func view(of id: PaymentID) throws(AtticError) -> PaymentView? {
        if let absent = state.absentPayment(id) { _ = try bringBack(absent) }
        return state.view(of: id)
    }

    /// A payment with everything that hangs on it, brought back if need be; nil if there is none.
    package mutating func detail(of id: PaymentID) throws(AtticError) -> PaymentDetail? {
        if let absent = state.absentPayment(id) { _ = try bringBack(absent) }
        return state.detail(of: id)
    }

    private mutating func bringBack(for command: Command) throws(AtticError) {
        // Never made: the state says so itself.
        if let id = state.absentPayment(for: command) { _ = try bringBack(id) }
    }

    private mutating func bringBack(_ id: PaymentID) throws(AtticError) -> Bool {
        found.removeAll(keepingCapacity: true)
        guard try attic.find(id, into: &found) else { return false }
        let bytes = found
        do throws(PackedPaymentError) {
            try bytes.withRawSpan { (span) throws(PackedPaymentError) in
                try state.restore(span, of: id)
            }
        } catch { throw .payment(id, error) }
        returnedCount += 1
        return true
    }

    private mutating func agedKey(_ key: Hash128) throws(AtticError) -> AgedKey? {
        guard state.mayBeAged(key), let found = try attic.find(key) else { return nil }
        agedKeysFound += 1
        return found
    }

    /// Lets a few rows leave, if there are more than there should be, and keeps the attic in order. For after
    /// each commit: what leaves, what is looked at and what is merged have limits.
    package mutating func trim() throws(AtticError) {
        try checkWhole()
        clock.note(state.next, at: state.time)
        do throws(AtticError) {
            var moved = try evict()
            moved += try spill()
            if let hour = state.firstLiveKeyHour { attic.forgetKeys(before: hour) }
            if moved > 0 { try attic.mergeStep(budget: moved * limits.mergedPerRow) }
        } catch {
            failure = error
            throw error
        }
    }

    private func checkWhole() throws(AtticError) {
        if let failure { throw failure }
    }

    /// Writes a snapshot, and before it makes durable the attic that it is whole with. Blocks the calling
    /// thread; between two commands, of no more than is durable.
    ///
    /// - Returns: the snapshot's path and size in bytes.
    @discardableResult
    package mutating func writeSnapshot(
        to store: SnapshotStore<P>
    ) throws(SnapshotError) -> (path: StoragePath, byteCount: UInt64) {
        let draft = try beginSnapshot(in: store)
        try draft.fill(with: &state)
        try store.publish(draft)
        return (draft.path, draft.byteCount)
    }

    /// Begins a snapshot of the state as it is now, and makes durable the attic that it is whole with.
    /// Between two commands, of no more than is durable.
    package mutating func beginSnapshot(
        in store: SnapshotStore<P>
    ) throws(SnapshotError) -> SnapshotDraft<P> {
        let older = try store.sequences().filter { $0 < state.next.raw }
        let kept = older.prefix(SnapshotStore<P>.keptCount - 1).map { SequenceNumber(raw: $0) }
        do throws(AtticError) { try attic.commit(at: state.next, keeping: kept) } catch {
            throw .attic(error)
        }
        return try store.begin(&state)
    }

    private mutating func evict() throws(AtticError) -> Int {
        // Before new payments are answered with `busy`, quiet ones leave.
        let most = min(limits.payments, Int(state.settings.livePaymentsMax) / 8 * 7)
        let over = state.payments.count - most
        guard over > 0 else { return 0 }
        packed.removeAll()
        state.evictPayments(
            atMost: min(over, limits.paymentsPerCommit), lookingAt: limits.placesPerCommit,
            quietBefore: clock.quietBefore, into: &packed)
        let bytes = packed.bytes
        for (id, range) in packed.entries {
            try bytes.withRawSpan { (span) throws(AtticError) in
                try attic.put(id, span.extracting(range))
            }
        }
        evictedCount += packed.entries.count
        return packed.entries.count
    }

    private mutating func spill() throws(AtticError) -> Int {
        let over = state.keyCount - limits.keys
        guard over > 0 else { return 0 }
        aged.removeAll(keepingCapacity: true)
        _ = state.spillKeys(atMost: min(over, limits.keysPerCommit), into: &aged)
        for key in aged { try attic.put(key) }
        return aged.count
    }
}

/// What a machine keeps in memory, and how fast the rest leaves.
package struct MemoryLimits: Sendable {
    /// Payments; quiet ones leave above it.
    package var payments = 10_000_000
    /// Keys whose outcome is known; the oldest leave above it.
    package var keys = 50_000_000
    /// What memory is taken for at the start.
    package var room = LedgerRoom()
    /// How long a payment has to be quiet before it leaves.
    package var quietSpan = LedgerSpan.hours(48)
    /// Rows that leave after one commit, at most …
    package var paymentsPerCommit = 64
    package var keysPerCommit = 256
    /// … and places looked at to find them.
    package var placesPerCommit = 1_024
    /// Records merged for each that leaves: as many as a record is merged again in its life, or more.
    package var mergedPerRow = 16

    package init() {}
}
