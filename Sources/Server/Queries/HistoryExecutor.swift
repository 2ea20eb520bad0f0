internal import Ledger
package import LogStore
internal import Projections
package import Protocol
package import Replay

/// What is asked of the log, with what the state knows of it: all that a thread without the state needs.
package struct HistoryTask: Sendable {
    let search: HistorySearch
    /// Behind the last event that the state knew.
    let position: Position
    let names: Names

    init(_ search: HistorySearch, position: Position, names: Names) {
        (self.search, self.position, self.names) = (search, position, names)
    }
}

/// What to look for in the log.
enum HistorySearch: Sendable {
    /// What an account came to with an event.
    case balance(AccountPast, asOf: Position)
}

extension PastBalanceQuery: LoggedQuery {
    func merchant(asking asker: Asker) -> MerchantID { account.merchant }

    func search(in state: borrowing LedgerState) -> HistorySearch {
        .balance(state.past(of: account), asOf: position)
    }
}

/// Answers what has to be read from the log. Used by one thread, which may wait for the disk: never the one
/// that owns the state. Any number of them share a log.
package struct HistoryExecutor<P: Platform>: Sendable {
    private let log: ReplayLog<P>

    package init(_ log: ReplayLog<P>) { self.log = log }

    /// Answers a query.
    ///
    /// - Parameter buffer: gets the body of `answer` at its end; nothing if it fails.
    /// - Returns: why there is no answer; nil if there is one.
    /// - Throws: if the log cannot be read there: whoever calls answers `notReadable` and tells people.
    package func answer(
        _ task: HistoryTask, into buffer: inout WireBuffer
    ) throws(ReplayError) -> Failure? {
        switch task.search {
        case .balance(let account, let position):
            guard position.raw < min(account.next.raw, log.readableEnd) else { return Self.unknownPosition }
            let past = try AccountHistory.balance(of: account, asOf: position.raw, in: log)
            AnswerMessage<PastBalanceQuery>(
                position: task.position, past.map { AccountRecord($0.sums) }
            ).write(names: task.names, to: &buffer)
        }
        return nil
    }

    private static var unknownPosition: Failure {
        Failure(.unknownPosition, "no event is there, or none of what was asked for")
    }
}
