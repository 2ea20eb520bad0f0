import Ledger
import LedgerModel
import LedgerSpaces

/// What a life has met: every operation with every outcome, every fact, every way of being asked again.
struct LockstepCoverage {
    private var counts: [String: Int] = [:]
    /// Keys that were ever remembered.
    private var keys: Set<Hash128> = []
    /// Keys of facts that found nothing they could be about.
    private var freedKeys: Set<Hash128> = []

    mutating func add(_ name: String, _ count: Int = 1) { counts[name, default: 0] += count }

    /// What became of a command by itself.
    mutating func add(_ operation: Operation, _ outcome: ModelOutcome) {
        let word =
            switch outcome {
            case .done: "done"
            case .exists: "exists"
            case .known(let known, _): "known \(Self.word(known))"
            case .refused(let code): "\(code)"
            }
        add("\(operation) \(word)")
        if case .refused(let code) = outcome { add("refused \(code)") }
    }

    /// What became of a fact that does not fit, or of its like, and of the ledger's own exceptions.
    mutating func addTelling(_ command: Command, _ outcome: ModelOutcome, _ model: LedgerModel) {
        let (operation, key) = (command.operation, command.key)
        guard operation.isFact || operation.isOfException else { return }
        let isReused = model.state.keys[key].map { $0.fingerprint != command.fingerprint } ?? false
        let telling: ModelState.Telling =
            operation.needsKey || isReused
            ? .content(command.fingerprint, key: key) : .words(command.merchant, command.request)
        let event = model.state.tellings[telling]
        let isConflict = event.map { model.kind(of: $0) == .conflictingFact } ?? false
        switch outcome {
        case .known, .exists:
            guard event != nil else { return }
            let isKeyKnown = model.state.keys[key] != nil
            switch (isConflict, operation.needsKey) {
            case (false, false): add("words told again")
            case (false, true): add("unplaced fact told again")
            case (true, _): add(isKeyKnown ? "conflict told again" : "conflict told again, key forgotten")
            }
        case .done:
            if !key.isNone, event == model.events.last?.sequence, !isConflict { freedKeys.insert(key) }
            if freedKeys.contains(key), model.state.keys[key] != nil { add("freed key heard") }
            if command.merchant.isNone, operation.isOfException { add("\(operation) of nobody") }
        case .refused: return
        }
    }

    /// What became of a request, and of its commands.
    mutating func add(_ commands: [Command], _ outcome: ModelOutcome, _ model: LedgerModel) {
        switch outcome {
        case .done, .exists:
            add("request done")
            for (command, own) in zip(commands, model.outcomes) { add(command.operation, own) }
        case .known(let known, _): add("request known \(Self.word(known))")
        case .refused(let code):
            add("request refused \(code)")
            add("refused \(code)")
            // Refused by a command, after so many were done and are undone.
            let done = model.outcomes.dropLast().filter { if case .done = $0 { true } else { false } }
            if !model.outcomes.isEmpty { add("request undone after \(min(done.count, 5))") }
        }
    }

    /// What is known of a key before it is used once more.
    mutating func addUse(of key: Hash128, by model: LedgerModel) {
        guard !key.isNone, keys.contains(key) else { return }
        guard let use = model.state.keys[key] else { return add("key forgotten") }
        let age = max(model.lastTime, use.usedAt).nanoseconds - use.usedAt.nanoseconds
        let isOld = age > model.state.settings.keySpan.nanoseconds + LedgerSpan.hours(1).nanoseconds
        switch (isOld, model.keyEnd(key)) {
        case (true, nil): add("key pending beyond its span")
        case (true, _): add("key final later than it was used")
        case (false, _): add("key again")
        }
    }

    /// What is known of it after.
    mutating func keep(_ key: Hash128, of model: LedgerModel) {
        if !key.isNone, model.state.keys[key] != nil { keys.insert(key) }
    }

    /// Adds everything to a result, by name.
    func add(to result: inout CampaignResult) {
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) { result.add(count, to: name) }
    }

    private static func word(_ outcome: ModelKeyOutcome) -> String {
        switch outcome {
        case .pending: "pending"
        case .done: "done"
        case .failed: "failed"
        case .declined: "declined"
        case .blocked: "blocked"
        case .refused: "refused"
        }
    }
}

extension LockstepCoverage {
    /// Codes that no drawn command is refused with, and why.
    static let neverDrawn: [RefusalCode: String] = [
        .rateLimited: "said by a server, which counts, before a ledger is asked",
        .sumTooLarge: "a sum of 63 bits takes 9,224 of the largest amounts in one batch or reserve",
        .tooManyAPIKeys: "takes a million of them; a test has as many",
        .captureFailed: "only online captures fail, and those are not voided: the mode is looked at first",
        .refundUnknown: "of facts alone, which are kept as exceptions",
        .payoutUnknown: "of facts alone, which are kept as exceptions",
        .reversalUnknown: "of facts alone, which are kept as exceptions",
        .currencyMismatch: "of facts alone, which are kept as exceptions",
    ]

    /// What all lives together must have met and have not.
    static func missing(in result: CampaignResult) -> [String] {
        var wanted = Operation.allCases.map { "\($0) done" }
        // How a ledger begins is not drawn.
        wanted += FactType.allCases.filter { $0 != .ledgerOpened }.map { "fact \($0)" }
        wanted += Trials.typesOfDue.map { "tick \($0)" }.sorted()
        wanted += RefusalCode.allCases.filter { neverDrawn[$0] == nil }.map { "refused \($0)" }
        wanted += (0...5).map { "request undone after \($0)" }
        wanted += ["pending", "done", "failed", "declined", "blocked", "refused"].map {
            "request known \($0)"
        }
        wanted += [
            "request done", "request refused keyReused", "key again", "key forgotten",
            "key pending beyond its span", "key final later than it was used", "busy at once",
            "busy after some of what is due", "little room, and enough",
            "words told again", "unplaced fact told again", "conflict told again",
            "conflict told again, key forgotten", "freed key heard", "openException of nobody",
            "resolveException of nobody", "approveResolution of nobody",
        ]
        return wanted.filter { result[$0] == 0 }
    }
}
