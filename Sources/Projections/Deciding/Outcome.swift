package import Ledger

/// What became of a command.
package enum Outcome: Equatable, Sendable {
    /// Done: these events say so.
    case done(first: SequenceNumber, count: Int)
    /// Known already, by its key or as a fact: nothing was written. The event that said it first, or the
    /// latest of what it is about; what became of it.
    case exists(SequenceNumber, KeyOutcome)
    /// Not done, and why.
    case refused(RefusalCode)
}

/// What became of a request of several commands, all or none of which are done.
package enum RequestOutcome: Equatable, Sendable {
    /// All done, in order.
    case done([Outcome])
    /// Known already, by its key. If it was refused then, the event says which command was the reason.
    case exists(SequenceNumber, KeyOutcome)
    /// Nothing done, because of this one.
    case refused(RefusalCode, index: Int)
}
