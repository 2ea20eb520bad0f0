import Client
import Ledger
import Protocol

/// What became of a command, for people and for programs.
struct Answered {
    /// What of it names: `payment`, `capture` …
    let made: (name: String, text: String)?
    let key: String
    let result: CommandResult

    /// - Throws: with status 20 if it is refused, now or then: after the answer was told.
    func tell(json: Bool, quiet: Bool = false, _ done: String) throws {
        if json {
            try StandardOutput.json(AnsweredDocument(self))
        } else if let refusal {
            throw CommandFailure(
                .refused, "refused: \(refusal) (\(refusal.rawValue)), idempotency key \(key)")
        } else if let failure {
            throw CommandFailure(.refused, "\(failure), idempotency key \(key)")
        } else if quiet {
            try StandardOutput.line(made?.text ?? "")
        } else {
            try StandardOutput.line(([said(done)] + (made.map { [$0.text] } ?? [])).joined(separator: " "))
            try StandardOutput.line("idempotency key \(key)")
        }
        if refusal != nil || failure != nil { throw ExitStatus.refused.code }
    }

    var refusal: RefusalCode? {
        switch result.status {
        case .refused(let code), .exists(.refused(let code)): code
        default: nil
        }
    }

    /// What became of it in the end, if not what was wanted.
    private var failure: String? {
        switch result.status {
        case .exists(.declined(let code)): "declined: \(code) (\(code.rawValue))"
        case .exists(.blocked(let code)): "blocked: \(code) (\(code.rawValue))"
        case .exists(.failed): "failed"
        default: nil
        }
    }

    private func said(_ done: String) -> String {
        switch result.status {
        case .exists(.pending): "already under way: \(done)"
        case .exists: "already \(done)"
        default: done
        }
    }
}

/// The same as JSON.
struct AnsweredDocument: Encodable {
    /// `done`, `exists`, `refused`.
    let status: String
    /// Of what exists: `pending`, `done`, `declined`, `blocked`, `refused`, `failed`.
    let outcome: String?
    /// Why it was refused, declined or blocked: the stable number, and its name.
    let code: Int?
    let reason: String?
    /// What was made.
    let payment: String?
    let capture: String?
    let refund: String?
    let merchant: String?
    let acquirer: String?
    let idempotencyKey: String
    let events: Int
    let position: UInt64

    init(_ answered: Answered) {
        func made(_ name: String) -> String? {
            answered.made.flatMap { $0.name == name ? $0.text : nil }
        }
        (payment, capture, refund) = (made("payment"), made("capture"), made("refund"))
        (merchant, acquirer) = (made("merchant"), made("acquirer"))
        (idempotencyKey, position) = (answered.key, answered.result.position)
        events = Int(answered.result.events)
        let words = Words(answered.result.status)
        (status, outcome, code, reason) = (words.status, words.outcome, words.code, words.reason)
    }

    private struct Words {
        let status: String
        var outcome: String?
        var code: Int?
        var reason: String?

        init(_ status: CommandResult.Status) {
            switch status {
            case .done: self.status = "done"
            case .refused(let refusal):
                self.status = "refused"
                (code, reason) = (Int(refusal.rawValue), "\(refusal)")
            case .exists(let known):
                self.status = "exists"
                tell(known)
            }
        }

        private mutating func tell(_ known: CommandResult.Known) {
            switch known {
            case .pending: outcome = "pending"
            case .done: outcome = "done"
            case .failed: outcome = "failed"
            case .declined(let why): (outcome, code, reason) = ("declined", Int(why.rawValue), "\(why)")
            case .blocked(let why): (outcome, code, reason) = ("blocked", Int(why.rawValue), "\(why)")
            case .refused(let why): (outcome, code, reason) = ("refused", Int(why.rawValue), "\(why)")
            }
        }
    }
}

/// The key under which a command is asked for.
enum IdempotencyKey {
    /// 128 random bits.
    static func random() -> String {
        let words = [UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max)]
        return "cli-"
            + words.map { word in
                let digits = String(word, radix: 16)
                return String(repeating: "0", count: 16 - digits.count) + digits
            }.joined()
    }
}

extension LedgerClient {
    /// Has a command done; if its answer is lost the key is told, to ask again with.
    func perform(_ request: Request, of merchant: MerchantID = .none, key: String) async throws
        -> CommandResult
    {
        var command = Command(request)
        command.merchant = merchant
        do throws(ClientError) { return try await execute(command, key: key) } catch {
            if case .outcomeUnknown = error {
                throw CommandFailure(.outcomeUnknown, "\(error): --key \(key)")
            }
            throw error
        }
    }
}
