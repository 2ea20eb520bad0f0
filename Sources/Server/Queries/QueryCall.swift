internal import Ledger
internal import LogStore
internal import Projections
internal import Protocol
internal import Replay

/// One query on its way to its answer: the body is read, then the key is looked at, then the state.
struct QueryCall: ~Escapable {
    private let body: RawSpan
    private let asker: Asker
    private let names: Names
    private let server: ServerPosition

    @_lifetime(copy body)
    init(_ body: RawSpan, _ asker: Asker, _ names: Names, _ server: ServerPosition) {
        (self.body, self.asker) = (body, asker)
        (self.names, self.server) = (names, server)
    }

    /// Answers it from the state.
    func answer<Asked: AnsweredQuery, P: Platform>(
        _ type: Asked.Type, of ledger: inout BoundedLedger<P>, into buffer: inout WireBuffer
    ) throws(AtticError) -> QueryOutcome {
        var query = Asked()
        if let failure = read(into: &query) { return .failed(failure) }
        let answer = try query.answer(asker, of: &ledger, server)
        AnswerMessage<Asked>(position: Position(ledger.state.next), answer).write(names: names, to: &buffer)
        return .answered
    }

    /// Hands it to who reads the log, with what the state knows.
    func hand<Asked: LoggedQuery>(_ type: Asked.Type, of state: borrowing LedgerState) -> QueryOutcome {
        var query = Asked()
        if let failure = read(into: &query) { return .failed(failure) }
        return .readsLog(HistoryTask(query.search(in: state), position: Position(state.next), names: names))
    }

    /// Reads the fields, and looks whether the key may ask.
    private func read<Asked: OwnedQuery>(into query: inout Asked) -> Failure? {
        do throws(WireError) { query = try QueryMessage.read(body, as: Asked.self, names: names) } catch {
            return Failure(.malformedRequest, "\(error)")
        }
        guard asker.may(Access(Asked.kind), for: query.merchant(asking: asker)) else {
            return Failure(.forbidden, "\(Asked.kind) is not for this key")
        }
        return nil
    }
}
