// Appending: waiting for room, and what LogStore itself has to say, from the epoch start to the clean end.

extension LogParts {
    /// Prepares this process's own file and makes its first events durable: the epoch start, naming what was
    /// cut, and the acts that the process before did not get to record.
    package func startEpoch(
        _ opening: LogOpening<P>.Result, time: UInt64, isOperatorDecision: Bool
    ) throws(LogStoreError) {
        let time = try ownTime(atOrAfter: time)
        while try prepare(mayUseReserve: true) != .ready {}
        // A log that stays quiet past a month's end shall find that month's key.
        prepareKeysAhead(at: time)
        try noteKeyring()
        let examination = opening.examination
        let position = examination.position
        let start = ReservedEvent.EpochStart(
            incarnation: incarnation, epoch: incarnation, recoveredSequence: position.nextSequence,
            root: position.frontier.root, isOperatorDecision: isOperatorDecision,
            cuts: Array(examination.cuts.map(\.cut).suffix(ReservedEvent.cutsMax)))
        _ = try append([.epochStart(start)], time: time)
        try recover(opening.lostActs, time: time)
        while try commit() {}
        try recordWatermark()
    }

    /// Appends lost acts before any new one. Without room for them they wait with the new ones: a full log
    /// opens too.
    private func recover(_ acts: [ReservedEvent], time: UInt64) throws(LogStoreError) {
        for (index, act) in acts.enumerated() {
            do throws(LogStoreError) { _ = try append([act], time: time) } catch {
                guard case .storageFull = error else { throw error }
                return exchange.putBack(Array(acts[index...]))
            }
        }
    }

    /// The time of LogStore's next own act. It may follow the last event into the time no caller reaches,
    /// but a clock does not bring it there.
    private func ownTime(atOrAfter time: UInt64) throws(LogStoreError) -> UInt64 {
        let next = exchange.position.lastTime + 1
        guard time <= max(next, EventHeader.callerTimeMax), next <= EventHeader.timeMax else {
            throw .invalidRequest("time \(max(time, next)) is beyond \(EventHeader.callerTimeMax)")
        }
        return max(time, next)
    }

    /// A wall clock further ahead of the last event is not believed for LogStore's own acts, nanoseconds: an
    /// hour, for sequences are the order and time never goes back.
    private static var clockLeadMax: UInt64 { 3_600_000_000_000 }

    /// The time of an own act for which nobody gave one: the wall clock's if it is at most an hour after the
    /// last event, else the last event's. A log without events has nothing to compare with.
    package var clockTime: UInt64 {
        let (next, last) = exchange.position
        let now = platform.wallTime()
        return next == 0 || now > last && now - last <= Self.clockLeadMax ? now : last
    }

    /// Appends LogStore's own acts, one group each: a group may not span months.
    package func append(_ acts: [ReservedEvent], time: UInt64) throws(LogStoreError) -> Range<UInt64> {
        var buffer = EventBuffer(capacity: EventHeader.eventBytesMax)
        var range: Range<UInt64>?
        for act in acts {
            buffer.removeAll()
            let time = try ownTime(atOrAfter: time)
            let fits = act.payload.withRawSpan {
                buffer.appendAny(
                    type: act.type, schema: ReservedEvent.schema, flags: 0, time: time, payload: $0)
            }
            invariant(fits, "an act of \(act.payload.count) bytes")
            let sequences = try appendWithRoom(buffer.group, isOwnAct: true)
            range = (range?.lowerBound ?? sequences.lowerBound)..<sequences.upperBound
        }
        guard let range else { invariantViolated("no acts to append") }
        return range
    }

    /// Appends, waiting while the log is busy; without threads it takes the steps that lift the limit itself.
    /// Throws `busy` if there is nothing to wait for.
    package func appendWithRoom(
        _ group: EncodedGroup, isOwnAct: Bool = false
    ) throws(LogStoreError) -> Range<UInt64> {
        while true {
            let seen = exchange.room.current
            do { return try exchange.append(group, isOwnAct: isOwnAct) } catch .busy(let reason, let hint) {
                guard hasThreads else {
                    try liftLimit(reason, hint)
                    continue
                }
                if reason == .sealingBehind && !options.sealsInBackground {
                    throw .busy(reason: reason, retryAfterMilliseconds: hint)
                }
                exchange.waitForRoom(since: seen, milliseconds: hint)
            }
        }
    }

    /// Without threads nobody else would lift the limit.
    private func liftLimit(_ reason: LogStoreError.BusyReason, _ hint: Int) throws(LogStoreError) {
        switch reason {
        case .frameFull: _ = try commit()
        case .nextFileNotReady:
            // What has gathered may leave room in the file, or take the file that is ready.
            _ = try commit()
            _ = try prepare()
        case .sealingBehind:
            if try !seal() { throw .busy(reason: reason, retryAfterMilliseconds: hint) }
        }
    }

    /// The orderly end, once no thread works any more: what LogStore still has to say, `cleanEnd`, and the
    /// last writes.
    ///
    /// A full device does not keep a log from closing: everything acknowledged is durable, and the next open
    /// finds what is lost of the acts. Without `cleanEnd` the end is not called clean.
    package func end(time: UInt64) throws(LogStoreError) {
        if let failure = exchange.failure { throw failure }
        let acts = exchange.takeActs() + [.cleanEnd(incarnation: incarnation)]
        var isClean = true
        do throws(LogStoreError) { _ = try append(acts, time: time) } catch {
            guard case .storageFull = error else { throw error }
            isClean = false
        }
        while try commit() {}
        try markIdle()
        try recordWatermark()
        signEnd()
        try recordSuperblock(isClean: isClean)
    }

    /// A log that ended has a checkpoint over all of it, `cleanEnd` included; nothing may be appended any
    /// more to say so. One that cannot be signed is late, not lost, as while the log runs: it raises the same
    /// alarm, and the next process signs.
    private func signEnd() {
        do throws(LogStoreError) { _ = try checkpointer.sign(progress.lastPoint) } catch {
            backgroundFailed(.proofs, error)
        }
    }
}
