internal import Ledger
internal import Protocol
internal import Simulation

/// What one client does, command after command, and what the ledger must answer: worked out from the story
/// alone, without the ledger's code.
struct PaymentStory {
    /// One command and the answers that would be right.
    struct Step {
        let command: Command
        let key: String
        let expected: Expected
    }

    enum Expected {
        /// Done now, or before under the same key; either way the same thing.
        case done
        /// Noted as one that the caller's risk rules had blocked.
        case blocked
        case refused(RefusalCode)
    }

    private enum Intent {
        case authorize
        case authorizeAgain
        case authorizeOtherwise
        case authorizeNothing
        case block
        case capture
        case captureTwice
        case captureForeign
        /// Any that was done, however long ago: its key must be known still.
        case oldOne
    }

    private let number: Int
    private let merchant: MerchantID
    private var random: SeededRandom
    private var intents: [Intent] = []
    private var payment: UInt64 = 0
    private var amount: Int64 = 0
    private var order = 0
    /// What was done, as far as it was answered.
    private(set) var authorizedCount = 0
    private(set) var blockedCount = 0
    private(set) var capturedSum: Int64 = 0
    /// By key: what was told of it first.
    private var told: [String: CommandResult] = [:]
    /// What was done, in order.
    private var past: [Step] = []

    init(number: Int, merchant: MerchantID, seed: UInt64) {
        (self.number, self.merchant) = (number, merchant)
        random = SeededRandom(seed: seed)
    }

    /// The next command.
    mutating func next() -> Step {
        if intents.isEmpty { beginOrder() }
        let intent = intents.removeFirst()
        switch intent {
        case .authorize: return step(authorization(amount), "authorize", .done)
        case .authorizeAgain: return step(authorization(amount), "authorize", .done)
        case .authorizeOtherwise:
            return step(authorization(amount + 1), "authorize", .refused(.keyReused))
        case .authorizeNothing: return step(authorization(0), "nothing", .refused(.amountZero))
        case .block: return step(blockedRequest(amount), "block", .blocked)
        case .capture: return step(capture(payment), "capture", .done)
        case .captureTwice: return step(capture(payment), "capture twice", .refused(.alreadyCaptured))
        case .captureForeign:
            return step(capture(payment ^ 0x5555), "capture foreign", .refused(.paymentUnknown))
        case .oldOne: return past[Int(random.next() >> 33) % past.count]
        }
    }

    private mutating func beginOrder() {
        order += 1
        amount = Int64(100 + random.next() % 10_000)
        intents = [.authorize]
        let others: [Intent] = [
            .authorizeAgain, .authorizeOtherwise, .authorizeNothing, .captureForeign, .block,
        ]
        for other in others where random.next() % 3 == 0 { intents.append(other) }
        if !past.isEmpty { intents.append(.oldOne) }
        if random.next() % 4 != 0 {
            intents.append(.capture)
            if random.next() % 2 == 0 { intents.append(.captureTwice) }
        }
    }

    private func step(_ command: Command, _ key: String, _ expected: Expected) -> Step {
        var command = command
        command.merchant = merchant
        return Step(command: command, key: "\(number)/\(order)/\(key)", expected: expected)
    }

    private func authorization(_ amount: Int64) -> Command {
        var body = RecordAuthorization()
        body.order.amount = amount
        body.order.currency = Currency.eur.number
        body.acquirer = AcquirerID(raw: 1)
        return Command(.recordAuthorization(body))
    }

    private func blockedRequest(_ amount: Int64) -> Command {
        var body = RequestPayment()
        body.order.amount = amount
        body.order.currency = Currency.eur.number
        body.order.risk.action = .block
        return Command(.requestPayment(body))
    }

    private func capture(_ payment: UInt64) -> Command {
        var body = CapturePayment()
        body.payment = PaymentID(raw: payment)
        return Command(.capturePayment(body))
    }

    /// Takes an answer; what is wrong with it, if anything.
    mutating func answered(_ step: Step, _ result: CommandResult) -> String? {
        switch (step.expected, result.status) {
        case (.refused(let code), .refused(let given)) where code == given: return nil
        case (.done, .done), (.done, .exists(.done)): return remember(step, result)
        case (.blocked, .done), (.blocked, .exists(.blocked)): return remember(step, result)
        default: return "\(step.key): \(result.status), expected \(step.expected)"
        }
    }

    private mutating func remember(_ step: Step, _ result: CommandResult) -> String? {
        if let before = told[step.key] {
            // What exists is told by the event that has the key: a batch may have been opened before it.
            let events = before.position..<before.position + UInt64(max(1, before.events))
            guard before.made == result.made, events.contains(result.position) else {
                return "\(step.key): \(result) now, \(before) before"
            }
            return result.status == .done ? "\(step.key): done twice" : nil
        }
        told[step.key] = result
        past.append(step)
        switch step.command.operation {
        case .recordAuthorization:
            payment = result.made
            authorizedCount += 1
        case .requestPayment: blockedCount += 1
        default: capturedSum += amount
        }
        return nil
    }
}
