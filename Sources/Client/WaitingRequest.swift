internal import Ledger
internal import Protocol

/// A command, or an all-or-nothing request, on its way to an answer.
final class WaitingRequest {
    /// Its commands, each with its length before it; and how many.
    let commands: [UInt8]
    let count: Int
    let isAtomic: Bool
    /// Of an all-or-nothing request.
    let key: [UInt8]
    /// Whether asking again with the same bytes is safe: every command has a key, or says nothing new the
    /// second time.
    let isRepeatable: Bool
    /// Of the client's clock, nanoseconds: it is not sent again later than that.
    let deadline: UInt64
    private let answer: @Sendable (Result<[CommandResult], ClientError>) -> Void

    init(
        commands: [UInt8], count: Int, isAtomic: Bool, key: [UInt8], isRepeatable: Bool, deadline: UInt64,
        answer: @escaping @Sendable (Result<[CommandResult], ClientError>) -> Void
    ) {
        (self.commands, self.count, self.isAtomic, self.key) = (commands, count, isAtomic, key)
        (self.isRepeatable, self.deadline, self.answer) = (isRepeatable, deadline, answer)
    }

    func succeed(_ results: [CommandResult]) { answer(.success(results)) }
    func fail(_ error: ClientError) { answer(.failure(error)) }
}
