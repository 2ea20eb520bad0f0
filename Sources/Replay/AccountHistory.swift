package import Ledger
package import LogStore
package import Projections

/// What an account came to as of an event, and what was read to learn it.
package struct PastBalance: Sendable {
    package let sums: AccountRow
    /// The events that were looked at, the one asked for among them; all of its month.
    package let read: Range<UInt64>
}

/// Accounts as they were, from the state as it is and the few events in between: see `openingBalance`.
package enum AccountHistory<P: Platform> {
    /// What an account came to with the event at `sequence`. Reads events of that month alone: from the first
    /// that touched the account, or that one event if none did before it.
    ///
    /// - Parameter state: of this very log, at a later sequence.
    /// - Returns: nil if it is forgotten (`openingBalance`).
    package static func balance(
        of account: AccountID, asOf sequence: UInt64, in log: ReplayLog<P>, _ state: borrowing LedgerState
    ) throws(ReplayError) -> PastBalance? {
        try balance(of: state.past(of: account), asOf: sequence, in: log)
    }

    /// As above, of an account as the state remembered it: for threads that have no state.
    package static func balance(
        of account: AccountPast, asOf sequence: UInt64, in log: ReplayLog<P>
    ) throws(ReplayError) -> PastBalance? {
        guard sequence < account.next.raw else {
            throw .misfit(
                "the state is at \(account.next.raw)",
                .init(sequence: sequence, file: log.file(of: sequence)))
        }
        var reader = LogReader(source: log.source, from: sequence, windowBytes: windowBytes)
        let month = LedgerMonth(containing: try time(of: sequence, &reader))
        guard let first = account.balance(before: month), first.firstSequence.raw <= sequence else {
            let opening = account.opening(of: month)
            return opening.map { PastBalance(sums: $0.sums, read: sequence..<sequence + 1) }
        }
        // No line is wanted, only what it comes to.
        var fold = StatementBuilder(
            account.now.id, from: .max, to: .max, sums: first.sums, at: first.firstSequence)
        try feed(&fold, log, &reader, upTo: sequence + 1)
        return PastBalance(sums: fold.closing, read: first.firstSequence.raw..<sequence + 1)
    }

    /// The statement of a period, from the first event of the month it begins in that touched the account.
    /// If it has more lines than one takes, `next` and `closing` say where another goes on.
    ///
    /// - Returns: nil if what the account came to before is forgotten.
    package static func statement(
        of account: AccountID, from start: LedgerTime, to end: LedgerTime, in log: ReplayLog<P>,
        _ state: borrowing LedgerState
    ) throws(ReplayError) -> StatementBuilder? {
        guard var statement = state.statement(of: account, from: start, to: end) else { return nil }
        var reader = LogReader(source: log.source, from: statement.next.raw, windowBytes: windowBytes)
        try feed(&statement, log, &reader, upTo: min(state.next.raw, log.readableEnd))
        return statement
    }

    private static var windowBytes: Int { 256 << 10 }

    private static func time(
        of sequence: UInt64, _ reader: inout LogReader<P.Disk>
    ) throws(ReplayError) -> LedgerTime {
        try readRun(&reader)
        var cursor = reader.run.makeCursor()
        guard let view = cursor.next() else { invariantViolated("a run of no event at \(sequence)") }
        return LedgerTime(nanoseconds: view.header.time)
    }

    /// Gives the builder every event from the one it wants next to before `end`, or until it wants no more.
    private static func feed(
        _ statement: inout StatementBuilder, _ log: ReplayLog<P>, _ reader: inout LogReader<P.Disk>,
        upTo end: UInt64
    ) throws(ReplayError) {
        reader.seek(to: statement.next.raw)
        while reader.position < end, statement.isOpen {
            try readRun(&reader)
            var cursor = reader.run.makeCursor()
            while let view = cursor.next(), view.sequence < end, statement.isOpen {
                if let event = try log.event(view) { statement.take(event) }
            }
        }
    }

    private static func readRun(_ reader: inout LogReader<P.Disk>) throws(ReplayError) {
        let position = reader.position
        do throws(LogStoreError) {
            guard try reader.next() else {
                throw .notReadable(sequence: position, reason: "the log ends here")
            }
        } catch { throw .log(error, sequence: position) }
    }
}
