internal import Ledger
internal import Protocol

/// A command, or an all-or-nothing request, on its way to an answer.
final class WaitingRequest: WaitingItem {
    /// Its commands, each with its length before it; and how many.
    let commands: [UInt8]
    let count: Int
    let isAtomic: Bool
    /// Of an all-or-nothing request.
    let key: [UInt8]
    /// Every command has a key, or says nothing new the second time.
    let isRepeatable: Bool
    let deadline: UInt64
    var turn: UInt64 = 0
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

/// A query on its way to an answer. It changes nothing, so that it may always be asked again.
final class WaitingQuery: WaitingItem {
    /// Kind and fields.
    let body: [UInt8]
    let deadline: UInt64
    var isRepeatable: Bool { true }
    var turn: UInt64 = 0
    private let answer: @Sendable (Result<[UInt8], ClientError>) -> Void

    init(
        body: [UInt8], deadline: UInt64, answer: @escaping @Sendable (Result<[UInt8], ClientError>) -> Void
    ) {
        (self.body, self.deadline, self.answer) = (body, deadline, answer)
    }

    /// - Parameter body: of the answer.
    func succeed(_ body: [UInt8]) { answer(.success(body)) }
    func fail(_ error: ClientError) { answer(.failure(error)) }
}
