internal import Ledger
internal import LogStore
internal import Projections
internal import Protocol
internal import Replay

// Queries, in turn with commands.
extension Sequencer {
    /// Answers a query, or drafts what is to be read from the log for it.
    mutating func answerQuery(_ entry: Int) throws(SequencerError) {
        let request = arena.request(entry)
        guard let asker = asker(request.key) else {
            return draft.addFailure(Failure(.unauthorized, "the key is not good any more"), to: request)
        }
        let names = intake.names(showsSequences: asker.showsSequences)
        queries.durableEnd = SequenceNumber(raw: log.durableEnd)
        let start = draft.frames.beginFrame()
        let outcome: QueryOutcome
        do throws(AtticError) {
            outcome = try Self.answer(queries, arena, entry, asker, &ledger, names, &draft.frames)
        } catch { throw .attic(error) }
        switch outcome {
        case .answered:
            draft.frames.endFrame(start, .answer, request: request.request)
            draft.addFrame(from: start, to: request.connection)
        case .failed(let failure):
            draft.frames.truncate(to: start)
            draft.addFailure(failure, to: request)
        case .readsLog(let task):
            draft.frames.truncate(to: start)
            draft.addHistory(HistoryRequest(request, task))
        }
    }

    /// Apart from `self`, so that the body can be borrowed while the ledger changes.
    private static func answer(
        _ queries: QueryExecutor, _ arena: borrowing InboxArena, _ entry: Int, _ asker: Asker,
        _ ledger: inout BoundedLedger<P>, _ names: Names, _ frames: inout WireBuffer
    ) throws(AtticError) -> QueryOutcome {
        try queries.answer(arena.body(entry), for: asker, of: &ledger, names: names, into: &frames)
    }
}
