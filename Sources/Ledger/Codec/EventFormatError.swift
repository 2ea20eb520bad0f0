/// Bytes that are no event of this ledger, an operating failure, for events come out of a log that proves
/// what was written; or no command, which is for whoever sent it to hear. Names the fact or the operation and
/// the field; the reader of the log adds the sequence.
public struct EventFormatError: Error, Equatable, Sendable {
    /// What was being read: a fact or an operation, or "event" or "command" for what all have in common.
    public let subject: String
    /// Which field of it; empty if it is about the whole.
    public let field: String
    /// What is wrong with it.
    public let problem: String
}

extension EventFormatError: CustomStringConvertible {
    public var description: String {
        field.isEmpty ? "\(subject): \(problem)" : "\(subject).\(field): \(problem)"
    }
}
