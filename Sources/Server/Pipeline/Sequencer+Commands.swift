internal import Ledger
internal import LogStore
internal import Projections
internal import Protocol
internal import Replay

// Requests of commands: decoded together, decided one by one.
extension Sequencer {
    /// Takes requests until there are enough commands to look ahead over.
    mutating func takeCommands() throws(SequencerError) -> Int? {
        while nextEntry < arena.count, isNextGatherable {
            let request = arena.request(nextEntry)
            do throws(RequestFailure) { try gather(request, nextEntry) } catch {
                draft.addFailure(error.failure, to: request)
            }
            nextEntry += 1
        }
        return nil
    }

    /// Whether the next request may be decided with those that were gathered.
    private var isNextGatherable: Bool {
        arena.request(nextEntry).kind == .commands && !CommandsRequest.isAtomic(arena.body(nextEntry))
            && intake.commands.count < Self.gatheredMax && !intake.endsAccess
    }

    private mutating func gather(_ request: InboxRequest, _ entry: Int) throws(RequestFailure) {
        guard let asker = asker(request.key) else {
            throw RequestFailure(.unauthorized, "the key is not good any more")
        }
        try Self.gather(arena, entry, by: asker, ledger.state, at: now, into: &intake)
    }

    /// Apart from `self`, so that the body can be borrowed while the intake changes.
    private static func gather(
        _ arena: borrowing InboxArena, _ entry: Int, by asker: Asker, _ state: borrowing LedgerState,
        at now: LedgerTime, into intake: inout CommandIntake<Calendar>
    ) throws(RequestFailure) {
        let body = try CommandIntake<Calendar>.read(arena.body(entry))
        try intake.add(body, arena.request(entry), by: asker, state, at: now)
    }

    /// Decides what was gathered, from where it was left.
    ///
    /// - Returns: milliseconds after which to go on, if the log has no room now.
    mutating func decideGathered(_ time: LedgerTime) throws(SequencerError) -> Int? {
        while intake.nextRequest < intake.requests.count {
            let request = intake.requests[intake.nextRequest]
            let start = intake.frameStart ?? beginResults(request)
            let names = intake.names(showsSequences: request.showsSequences)
            while intake.nextCommand < request.end {
                if events.byteCount >= groupBytes {
                    if let wait = try handOn() { return wait }
                    begin(at: time)
                }
                try decide(intake.nextCommand, names).write(to: &draft.frames)
                intake.nextCommand += 1
            }
            draft.frames.endFrame(start, .results, request: request.inbox.request)
            draft.addFrame(from: start, to: request.inbox.connection)
            intake.frameStart = nil
            intake.nextRequest += 1
        }
        intake.removeAll()
        return nil
    }

    private mutating func beginResults(_ request: CommandIntake<Calendar>.Request) -> Int {
        let start = draft.frames.beginFrame()
        ResultsHead.write(count: request.end - intake.nextCommand, to: &draft.frames)
        intake.frameStart = start
        return start
    }

    @inline(__always)
    private mutating func decide(
        _ index: Int, _ names: Names
    ) throws(SequencerError) -> CommandResult {
        if let verdict = intake.verdicts[index] {
            counts.rateLimited &+= 1
            refusals.note(verdict)
            return CommandResult(.refused(verdict))
        }
        ledger.state.lookAhead(intake.outlooks.span, at: index)
        let mark = EventMark(next: ledger.state.next, offset: events.byteCount)
        let outcome: Outcome
        do throws(AtticError) {
            outcome = try ledger.decide(intake.commands[index], at: now, into: &events)
        } catch { throw .attic(error) }
        return result(outcome, index, mark, names)
    }

    // MARK: All or nothing

    /// Decides the next request, which is all or nothing.
    mutating func takeAtomic() throws(SequencerError) -> Int? {
        // All it may write lies in one group.
        if let wait = try handOn() { return wait }
        let request = arena.request(nextEntry)
        let entry = nextEntry
        nextEntry += 1
        do throws(RequestFailure) { try gather(request, entry) } catch {
            draft.addFailure(error.failure, to: request)
            return nil
        }
        try decideTogether(intake.requests[0], keyOfRequest(entry))
        intake.removeAll()
        return nil
    }

    /// The hashes of a request's key and of its commands; the key is its first command's merchant's.
    private borrowing func keyOfRequest(_ entry: Int) -> (key: Hash128, fingerprint: UInt64) {
        guard let body = try? CommandIntake<Calendar>.read(arena.body(entry)) else {
            invariantViolated("a request that was read is not readable")
        }
        if body.key.byteCount == 0 { return (.none, 0) }
        let merchant = intake.commands[0].merchant
        return (
            KeyedHash.ofKey(body.key, of: merchant, secret: intake.secret),
            KeyedHash.ofRequest(body.commands, of: merchant, secret: intake.secret)
        )
    }

    private mutating func decideTogether(
        _ request: CommandIntake<Calendar>.Request, _ key: (key: Hash128, fingerprint: UInt64)
    ) throws(SequencerError) {
        let names = intake.names(showsSequences: request.showsSequences)
        let start = draft.frames.beginFrame()
        if let index = intake.verdicts.firstIndex(where: { $0 != nil }), let verdict = intake.verdicts[index]
        {
            counts.rateLimited &+= 1
            refusals.note(verdict)
            answerWhole(CommandResult(.refused(verdict)), reason: UInt16(index))
        } else {
            let mark = EventMark(next: ledger.state.next, offset: events.byteCount)
            let outcome: RequestOutcome
            do throws(AtticError) {
                outcome = try ledger.decideAll(
                    intake.together, key: key.key, fingerprint: key.fingerprint, at: now, into: &events)
            } catch { throw .attic(error) }
            answer(outcome, mark, names)
        }
        draft.frames.endFrame(start, .results, request: request.inbox.request)
        draft.addFrame(from: start, to: request.inbox.connection)
    }

    private mutating func answer(_ outcome: RequestOutcome, _ mark: EventMark, _ names: Names) {
        switch outcome {
        case .done(let outcomes):
            ResultsHead.write(count: outcomes.count, to: &draft.frames)
            for (index, outcome) in outcomes.enumerated() {
                result(outcome, index, mark, names).write(to: &draft.frames)
            }
        case .exists(let sequence, let known):
            counts.existed &+= 1
            let position = names.close(sequence.raw, as: SequenceNumber.disclosure)
            answerWhole(CommandResult(.exists(CommandResult.Known(known)), position: position))
        case .refused(let code, let index):
            counts.refused &+= 1
            refusals.note(code)
            answerWhole(CommandResult(.refused(code)), reason: UInt16(truncatingIfNeeded: index))
        }
    }

    private mutating func answerWhole(_ result: CommandResult, reason: UInt16 = ResultsHead.none) {
        ResultsHead.write(count: 1, reason: reason, to: &draft.frames)
        result.write(to: &draft.frames)
    }
}
