// A second ledger, written from docs/commands.md for clarity and without a look at the first one. It keeps
// lists and walks them. Whoever compares the two needs no reason to trust either.

package import Ledger

/// The ledger as a list of events and one value of state.
package final class LedgerModel {
    package internal(set) var state = ModelState()
    package internal(set) var events: [ModelEvent] = []
    /// Of the next event; whoever keeps a log leaves out what its own acts take.
    package var nextSequence: SequenceNumber
    /// Of the last event.
    package internal(set) var lastTime = LedgerTime.none
    let shard: Shard
    /// Which command of the last request was the reason that it was refused.
    package private(set) var refusedIndex = 0
    /// What became of each command of the last request, if they were done.
    package private(set) var outcomes: [ModelOutcome] = []
    /// The moment that the command at hand is decided in.
    var now = LedgerTime.none
    /// In whose name events are written.
    var author = ModelAuthor()
    /// Whether what is written comes before what was asked for: then the key waits.
    var keyWaits = false
    /// Events of what is due that may still be written; nil for any number.
    var dueLeft: Int?
    /// Whether the form is looked at for moments, the second time round.
    var looksAtMoments = false
    /// The first command of a request that wrote anything: the key waits for what it began.
    var firstDone: (command: Command, outcome: ModelOutcome)?
    /// Of the command at hand.
    var key = Hash128.none
    var fingerprint: UInt64 = 0
    /// Whether the command at hand is one of a request.
    var isInRequest = false
    /// Whether the command at hand left its key free.
    var leavesKeyFree = false
    /// Promises of the model itself that did not hold.
    var broken: [String] = []

    /// A ledger in which only `ledgerOpened` has happened, at sequence 0.
    package init(nextSequence: UInt64 = 1, shard: Shard) {
        self.nextSequence = SequenceNumber(raw: nextSequence)
        self.shard = shard
    }

    /// Does one command, or says why not.
    ///
    /// - Parameter dueMax: events of what is due that there is room for; if there are more it is `busy`.
    package func perform(_ command: Command, at time: LedgerTime, dueMax: Int? = nil) -> ModelOutcome {
        setNow(time)
        if isTimeOver { return .refused(.timeOutOfRange) }
        do throws(Refusal) {
            try checkForm(command, isAlone: true)
            try checkMerchant(command)
        } catch {
            return .refused(error.code)
        }
        if let answer = answerOfKey(command) ?? answerOfTelling(command) { return answer }
        do throws(Refusal) { try checkMoments(command.request) } catch { return .refused(error.code) }
        dueLeft = dueMax
        guard writeDue(before: command) else { return .refused(.busy) }
        author = ModelAuthor(command)
        let outcome = run(command)
        firstDone = (command, outcome)
        if case .refused(let code) = outcome {
            // Facts are told again until they are heard.
            if command.request.operation.isFact { return outcome }
            if command.key.isNone == false, code.isLogged { writeRefused(command, code, index: 0) }
        }
        if !leavesKeyFree { remember(command.key, command.fingerprint, outcome) }
        return outcome
    }

    /// Does all of them or none. A refused request leaves what was due, and its `refused`.
    package func performAll(
        _ commands: [Command], key: Hash128, fingerprint: UInt64, at time: LedgerTime, dueMax: Int? = nil
    ) -> ModelOutcome {
        setNow(time)
        outcomes = []
        refusedIndex = 0
        if isTimeOver { return .refused(.timeOutOfRange) }
        if Self.eventsMax(commands) > Self.requestEventsMax { return .refused(.requestTooLarge) }
        do throws(Refusal) {
            guard !commands.isEmpty else { throw Refusal(.malformed) }
            try forEach(commands) { command throws(Refusal) in try checkForm(command, isAlone: false) }
            if key.isNone {
                try forEach(commands) { command throws(Refusal) in
                    if command.request.operation.needsKey { throw Refusal(.keyRequired) }
                }
            }
            try forEach(commands) { command throws(Refusal) in try checkMerchant(command) }
            refusedIndex = 0
        } catch {
            return .refused(error.code)
        }
        if !key.isNone, let use = state.keys[key] { return answer(use, to: fingerprint) }
        do throws(Refusal) {
            try forEach(commands) { command throws(Refusal) in try checkMoments(command.request) }
        } catch {
            return .refused(error.code)
        }
        dueLeft = dueMax
        for (index, command) in commands.enumerated() {
            refusedIndex = index
            guard writeDue(before: command) else { return .refused(.busy) }
        }
        refusedIndex = 0
        let outcome = runAll(commands, key: key, fingerprint)
        remember(key, fingerprint, outcome)
        return outcome
    }

    /// Looks at all of them in turn; `refusedIndex` says at which one it stopped.
    private func forEach(
        _ commands: [Command], _ check: (Command) throws(Refusal) -> Void
    ) throws(Refusal) {
        for (index, command) in commands.enumerated() {
            refusedIndex = index
            try check(command)
        }
    }

    /// Writes everything that has fallen due, oldest first.
    package func tick(at time: LedgerTime) {
        setNow(time)
        if isTimeOver { return }
        dueLeft = nil
        writeDue(of: Array(state.waiting), batches: Array(state.openBatches.values), isTick: true)
        state.waiting = state.waiting.filter { !dues(ofPayment: $0).isEmpty }
    }

    /// The four sums of an account.
    package func balance(_ account: AccountID) -> ModelSums { state.sums[account] ?? ModelSums() }

    /// Of the exception that an event opened, if it is still listed.
    package func kind(of event: SequenceNumber) -> ExceptionKind? {
        state.exceptions[ExceptionID(createdBy: event, shard: shard)]?.kind
    }

    /// Accounts that anything was ever posted to.
    package var accountCount: Int { state.sums.count }

    /// Every payment, oldest first.
    package var payments: [ModelPayment] { state.payments }
}

extension LedgerModel {
    private func setNow(_ time: LedgerTime) {
        now = max(time, lastTime.adding(LedgerSpan(nanoseconds: 1)))
    }

    /// The last hour of all is nobody's.
    private var isTimeOver: Bool { now > LedgerTime.max.subtracting(.hours(1)) }

    private func runAll(_ commands: [Command], key: Hash128, _ fingerprint: UInt64) -> ModelOutcome {
        let before = (state: state, count: events.count, next: nextSequence, time: lastTime)
        isInRequest = true
        defer { isInRequest = false }
        var (first, count) = (SequenceNumber.none, 0)
        for (index, command) in commands.enumerated() {
            author = ModelAuthor(command)
            if count == 0 { author.take(key: key, fingerprint) }
            let outcome = run(command)
            outcomes.append(outcome)
            switch outcome {
            case .exists: continue
            case .known: broken.append("a command of a request has a key")
            case .done(let start, let own):
                if count == 0 {
                    first = start
                    firstDone = (command, .done(first: start, count: own))
                }
                count += own
            case .refused(let code):
                (state, nextSequence, lastTime) = (before.state, before.next, before.time)
                events.removeSubrange(before.count...)
                refusedIndex = index
                if !key.isNone, code.isLogged {
                    author = ModelAuthor(commands[0])
                    author.take(key: key, fingerprint)
                    writeRefused(commands[0], code, index: index)
                }
                return .refused(code)
            }
        }
        return count == 0 ? .exists(.none) : .done(first: first, count: count)
    }

    /// Says that a command was refused, or a request: then of its first command, whichever was the reason.
    private func writeRefused(_ command: Command, _ code: RefusalCode, index: Int) {
        write(
            .refused, merchant: command.merchant,
            says: ["operation": command.request.operation, "code": code, "index": UInt16(index)])
    }

    /// The command itself, once what is due is written.
    private func run(_ command: Command) -> ModelOutcome {
        (key, fingerprint, leavesKeyFree) = (command.key, command.fingerprint, false)
        let (before, first) = (events.count, nextSequence)
        do throws(Refusal) {
            try decide(command)
        } catch {
            if events.count != before { broken.append("\(error.code) after something was written") }
            if !writeDown(command, insteadOf: error.code) { return .refused(error.code) }
        }
        if events.count != before { return .done(first: first, count: events.count - before) }
        let about = state.paymentIndex[command.request.payment].map { state.payments[$0] }
        return .exists(about?.merchant == command.merchant ? about?.latest ?? .none : .none)
    }

    private func checkMerchant(_ command: Command) throws(Refusal) {
        switch command.request {
        // The ledger's own facts have exceptions too.
        case .openException, .resolveException, .approveResolution:
            if command.merchant.isNone { return }
        default:
            if command.merchant.isNone, command.request.operation.isOfLedger { return }
        }
        guard state.merchants[command.merchant] != nil else { throw Refusal(.merchantUnknown) }
    }

    /// The answer to a key seen before; nil for a new one.
    private func answerOfKey(_ command: Command) -> ModelOutcome? {
        guard !command.key.isNone, let use = state.keys[command.key] else { return nil }
        if use.fingerprint == command.fingerprint || !command.request.operation.isFact {
            let answer = answer(use, to: command.fingerprint)
            if case .known(.refused(let code), _) = answer { return .refused(code) }
            return answer
        }
        let telling = ModelState.Telling.content(command.fingerprint, key: command.key)
        if let known = state.tellings[telling] { return .known(.done, by: known) }
        let first = nextSequence
        author = ModelAuthor(command)
        (author.key, author.fingerprint) = (.none, 0)
        state.tellings[telling] = first
        openConflict(command, with: use.event, told: telling)
        return .done(first: first, count: 1)
    }

    /// The answer to a fact under a key that was told like this before and set money aside, or was not what
    /// was told first, whatever fits now.
    private func answerOfTelling(_ command: Command) -> ModelOutcome? {
        let operation = command.request.operation
        guard operation.isFact, operation.needsKey,
            let event = state.tellings[.content(command.fingerprint, key: command.key)],
            let exception = state.exceptions[ExceptionID(createdBy: event, shard: shard)]
        else { return nil }
        let isFinal = exception.suspense != 0 || exception.kind == .conflictingFact
        return isFinal ? .known(.done, by: event) : nil
    }

    /// A key points at an event: what wrote none of its own is not remembered.
    private func remember(_ key: Hash128, _ fingerprint: UInt64, _ outcome: ModelOutcome) {
        let (isRemembered, frozen): (Bool, ModelKeyOutcome) =
            switch outcome {
            case .exists, .known: (false, .done)
            case .done: (true, .done)
            case .refused(let code): (code.isLogged, .refused(code))
            }
        guard !key.isNone, isRemembered else { return }
        guard let event = events.last(where: { $0.author.key == key }) else {
            return broken.append("no event has the key of \(outcome)")
        }
        remember(
            key,
            .init(
                fingerprint: fingerprint, event: event.sequence, outcome: frozen,
                awaited: frozen == .done ? whatKeyAwaits() : nil, usedAt: event.time))
    }
}

// What keys wait for, and for how long they are remembered.
extension LedgerModel {
    private func answer(_ use: ModelState.KeyUse, to fingerprint: UInt64) -> ModelOutcome {
        guard use.fingerprint == fingerprint else { return .refused(.keyReused) }
        guard let awaited = use.awaited else { return .known(use.outcome, by: use.event) }
        return .known(state.ends[awaited]?.outcome ?? .pending, by: use.event)
    }

    func remember(_ key: Hash128, _ use: ModelState.KeyUse) {
        state.keys[key] = use
        guard let awaited = use.awaited else { return makeFinal(key, at: use.usedAt) }
        if let end = state.ends[awaited] {
            makeFinal(key, at: end.time)
        } else {
            state.waitingKeys[awaited] = key
        }
    }

    private func makeFinal(_ key: Hash128, at time: LedgerTime) {
        state.finalKeys[time.nanoseconds / Self.hour, default: []].append(key)
    }

    /// Somebody knows what became of a thing, by the last event. What is known already stays.
    func end(_ awaited: ModelState.Awaited, _ outcome: ModelKeyOutcome) {
        guard state.ends[awaited] == nil else { return }
        state.ends[awaited] = .init(outcome: outcome, time: lastTime)
        if let key = state.waitingKeys.removeValue(forKey: awaited) { makeFinal(key, at: lastTime) }
    }

    /// With every event, the keys of whole hours are forgotten that ended so long ago.
    private func forgetKeys() {
        for (hour, keys) in state.finalKeys {
            let end = LedgerTime(nanoseconds: (hour + 1) * Self.hour)
            guard end.adding(state.settings.keySpan) <= lastTime else { continue }
            for key in keys { state.keys[key] = nil }
            state.finalKeys[hour] = nil
        }
    }

    private static var hour: UInt64 { LedgerSpan.hours(1).nanoseconds }

    /// What is known of what a key began; nil if it is not remembered.
    func keyOutcome(_ key: Hash128) -> ModelKeyOutcome? {
        guard let use = state.keys[key] else { return nil }
        guard let awaited = use.awaited else { return use.outcome }
        return state.ends[awaited]?.outcome ?? .pending
    }

    /// When a key is forgotten, with the first event from then on; nil if it is not remembered, or waits.
    package func keyEnd(_ key: Hash128) -> LedgerTime? {
        guard let use = state.keys[key] else { return nil }
        guard let final = use.awaited.map({ state.ends[$0]?.time }) ?? use.usedAt else { return nil }
        return LedgerTime(nanoseconds: (final.nanoseconds / Self.hour + 1) * Self.hour)
            .adding(state.settings.keySpan)
    }

    /// What the command just done leaves open; nil if nothing.
    private func whatKeyAwaits() -> ModelState.Awaited? {
        guard let (command, outcome) = firstDone, case .done(let first, let count) = outcome,
            let start = events.lastIndex(where: { $0.sequence == first })
        else { return nil }
        let own = events[start..<start + count]
        func event(_ type: FactType) -> SequenceNumber? { own.first { $0.type == type }?.sequence }
        switch command.request {
        case .requestPayment: return .payment(own[start].payment)
        case .recordAuthorization(let body) where body.order.risk.action == .review:
            return .payment(own[start].payment)
        case .submitDebit: return own.last.map { .payment($0.payment) }
        case .capturePayment:
            return event(.captureRequested).map { .capture(CaptureID(createdBy: $0, shard: shard)) }
        case .voidPayment(let body): return event(.voidRequested).map { _ in .void(body.payment) }
        case .refundPayment:
            return event(.refundRequested).map { .refund(RefundID(createdBy: $0, shard: shard)) }
        case .reversePayment(let body):
            if event(.voidRequested) != nil { return .void(body.payment) }
            return event(.refundRequested).map { .refund(RefundID(createdBy: $0, shard: shard)) }
        case .createPayout: return .payout(PayoutID(createdBy: first, shard: shard))
        default: return nil
        }
    }
}

// Room.
extension LedgerModel {
    /// Events a request may write together.
    package static var requestEventsMax: Int { 2_048 }

    /// Events that the commands of a request may write, and one more.
    package static func eventsMax(_ commands: [Command]) -> Int {
        commands.reduce(1) { $0 + eventsMax($1) }
    }

    /// Events that a command may write, besides what is due before it.
    package static func eventsMax(_ command: Command) -> Int {
        switch command.request.operation {
        case .rejectItem: 204
        case .refundPayment, .reversePayment: 54
        default: 8
        }
    }
}

extension RefusalCode {
    /// Whether it lies in the state, so that a repetition must meet it again.
    var isLogged: Bool { (400..<1_000).contains(rawValue) }
}

extension LedgerModel {
    /// Writes an event: its legs onto the accounts, itself into the list.
    ///
    /// - Parameters:
    ///   - says: the fields of the fact, in their order, but for `told`.
    ///   - told: what was told that did not fit, if it is about that.
    @discardableResult
    func write(
        _ type: FactType, merchant: MerchantID, payment: PaymentID = .none, cause: SequenceNumber = .none,
        _ posting: Posting = Posting(), says said: Said, told: ModelState.Telling? = nil
    ) -> SequenceNumber {
        let sequence = nextSequence
        lastTime = max(now, lastTime.adding(LedgerSpan(nanoseconds: 1)))
        nextSequence = nextSequence.advanced(by: 1)
        forgetKeys()
        endArrived()
        var totals: [UInt64: Int128] = [:]
        for leg in posting.legs {
            state.sums[leg.account, default: ModelSums()].add(leg)
            let purse = UInt64(leg.account.currency.number) << 1 | UInt64(leg.layer.rawValue)
            totals[purse, default: 0] += Int128(leg.amount)
        }
        if totals.values.contains(where: { $0 != 0 }) { broken.append("\(sequence): \(type) is unbalanced") }
        var event = ModelEvent(
            sequence: sequence, time: lastTime, type: type, merchant: merchant, payment: payment,
            previous: .none, cause: cause, author: author, said: said, told: told, legs: posting.legs)
        // A batch is opened for what was asked for; that has the key.
        if keyWaits || type == .batchOpened {
            (event.author.key, event.author.fingerprint) = (.none, 0)
        } else {
            (author.key, author.fingerprint) = (.none, 0)
        }
        if let index = state.paymentIndex[payment] {
            event.previous = state.payments[index].latest
            state.payments[index].latest = sequence
        }
        events.append(event)
        return sequence
    }

    /// Writes an event of a payment.
    @discardableResult
    func write(
        _ type: FactType, of payment: Int, _ posting: Posting = Posting(), says said: Said
    ) -> SequenceNumber {
        state.waiting.insert(payment)
        let about = state.payments[payment]
        return write(type, merchant: about.merchant, payment: about.id, posting, says: said)
    }

    /// Writes what has to come before what was asked for: the key waits.
    func before(_ write: () -> Void) {
        keyWaits = true
        write()
        keyWaits = false
    }
}

extension LedgerModel {
    /// Every batch, in the order of their opening.
    package var batches: [BatchID] { state.batchList }
}
