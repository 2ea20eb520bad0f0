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
    /// The moment that the command at hand is decided in.
    var now = LedgerTime.none
    /// Whether the form is looked at for moments, the second time round.
    var looksAtMoments = false
    /// The first command of a request that wrote anything: the key waits for what it began.
    var firstDone: (command: Command, outcome: ModelOutcome)?
    /// Of the command at hand.
    var key = Hash128.none
    /// Whether the command at hand is one of a request.
    var isInRequest = false
    /// Promises of the model itself that did not hold.
    var broken: [String] = []

    /// A ledger in which only `ledgerOpened` has happened, at sequence 0.
    package init(nextSequence: UInt64 = 1, shard: Shard) {
        self.nextSequence = SequenceNumber(raw: nextSequence)
        self.shard = shard
    }

    /// Does one command, or says why not.
    package func perform(_ command: Command, at time: LedgerTime) -> ModelOutcome {
        setNow(time)
        if isTimeOver { return .refused(.timeOutOfRange) }
        do throws(Refusal) {
            try checkForm(command, isAlone: true)
            try checkMerchant(command)
        } catch {
            return .refused(error.code)
        }
        if let answer = answerOfKey(command) { return answer }
        do throws(Refusal) { try checkMoments(command.request) } catch { return .refused(error.code) }
        writeDue(before: command)
        let outcome = run(command)
        firstDone = (command, outcome)
        if case .refused(let code) = outcome {
            // Facts are told again until they are heard.
            if command.request.operation.isFact { return outcome }
            if command.key.isNone == false, code.isLogged { write(.refused, merchant: command.merchant) }
        }
        remember(command.key, command.fingerprint, outcome)
        return outcome
    }

    /// Does all of them or none. A refused request leaves what was due, and its `refused`.
    package func performAll(
        _ commands: [Command], key: Hash128, fingerprint: UInt64, at time: LedgerTime
    ) -> ModelOutcome {
        setNow(time)
        if isTimeOver { return .refused(.timeOutOfRange) }
        do throws(Refusal) {
            guard !commands.isEmpty else { throw Refusal(.malformed) }
            for command in commands { try checkForm(command, isAlone: false) }
            if key.isNone, commands.contains(where: { $0.request.operation.needsKey }) {
                throw Refusal(.keyRequired)
            }
            for command in commands { try checkMerchant(command) }
        } catch {
            return .refused(error.code)
        }
        if let use = state.keys[key], !key.isNone { return answer(use, to: fingerprint) }
        do throws(Refusal) { for command in commands { try checkMoments(command.request) } } catch {
            return .refused(error.code)
        }
        for command in commands { writeDue(before: command) }
        let outcome = runAll(commands, key: key)
        remember(key, fingerprint, outcome)
        return outcome
    }

    /// Writes everything that has fallen due, oldest first.
    package func tick(at time: LedgerTime) {
        setNow(time)
        if isTimeOver { return }
        writeDue(of: Array(state.waiting), batches: Array(state.openBatches.values), isTick: true)
        state.waiting = state.waiting.filter { !dues(ofPayment: $0).isEmpty }
    }

    /// The four sums of an account.
    package func balance(_ account: AccountID) -> ModelSums { state.sums[account] ?? ModelSums() }

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

    private func runAll(_ commands: [Command], key: Hash128) -> ModelOutcome {
        let before = (state: state, count: events.count, next: nextSequence, time: lastTime)
        isInRequest = true
        defer { isInRequest = false }
        var (first, count) = (SequenceNumber.none, 0)
        for command in commands {
            switch run(command) {
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
                if !key.isNone, code.isLogged { write(.refused, merchant: commands[0].merchant) }
                return .refused(code)
            }
        }
        return count == 0 ? .exists : .done(first: first, count: count)
    }

    /// The command itself, once what is due is written.
    private func run(_ command: Command) -> ModelOutcome {
        key = command.key
        let (before, first) = (events.count, nextSequence)
        do throws(Refusal) {
            try decide(command)
        } catch {
            if events.count != before { broken.append("\(error.code) after something was written") }
            if !writeDown(command, insteadOf: error.code) { return .refused(error.code) }
        }
        return events.count == before ? .exists : .done(first: first, count: events.count - before)
    }

    private func checkMerchant(_ command: Command) throws(Refusal) {
        if command.request.operation.isOfLedger { return }
        guard state.merchants[command.merchant] != nil else { throw Refusal(.merchantUnknown) }
    }

    /// The answer to a key seen before; nil for a new one.
    private func answerOfKey(_ command: Command) -> ModelOutcome? {
        guard !command.key.isNone, let use = state.keys[command.key] else { return nil }
        if use.fingerprint == command.fingerprint || !command.request.operation.isFact {
            return answer(use, to: command.fingerprint)
        }
        let conflict = ModelState.Conflict(key: command.key, fingerprint: command.fingerprint)
        guard state.conflicts.insert(conflict).inserted else { return .known(.done) }
        let first = nextSequence
        openConflict(command)
        return .done(first: first, count: 1)
    }

    /// A key points at an event: what wrote none of its own is not remembered.
    private func remember(_ key: Hash128, _ fingerprint: UInt64, _ outcome: ModelOutcome) {
        guard !key.isNone else { return }
        switch outcome {
        case .exists, .known: return
        case .done:
            state.keys[key] = .init(
                fingerprint: fingerprint, refusal: nil, awaited: whatKeyAwaits(), usedAt: now)
        case .refused(let code):
            guard code.isLogged else { return }
            state.keys[key] = .init(fingerprint: fingerprint, refusal: code, usedAt: now)
        }
    }
}

// What keys wait for.
extension LedgerModel {
    private func answer(_ use: ModelState.KeyUse, to fingerprint: UInt64) -> ModelOutcome {
        guard use.fingerprint == fingerprint else { return .refused(.keyReused) }
        if let refusal = use.refusal { return .refused(refusal) }
        guard let awaited = use.awaited else { return .known(.done) }
        return .known(state.ends[awaited] ?? .pending)
    }

    /// Somebody knows what became of a thing. What is known already stays.
    func end(_ awaited: ModelState.Awaited, _ outcome: ModelKeyOutcome) {
        if state.ends[awaited] == nil { state.ends[awaited] = outcome }
    }

    /// What the command just done leaves open; nil if nothing.
    private func whatKeyAwaits() -> ModelState.Awaited? {
        guard let (command, outcome) = firstDone, case .done(let first, let count) = outcome else {
            return nil
        }
        let own = events.filter { $0.sequence >= first && $0.sequence < first.advanced(by: count) }
        func event(_ type: FactType) -> SequenceNumber? { own.first { $0.type == type }?.sequence }
        switch command.request {
        case .requestPayment: return .payment(own[0].payment)
        case .recordAuthorization(let body) where body.order.risk.action == .review:
            return .payment(own[0].payment)
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

extension RefusalCode {
    /// Whether it lies in the state, so that a repetition must meet it again.
    var isLogged: Bool { (400..<1_000).contains(rawValue) }
}

extension LedgerModel {
    /// Writes an event: its legs onto the accounts, itself into the list.
    @discardableResult
    func write(
        _ type: FactType, merchant: MerchantID, payment: PaymentID = .none, _ posting: Posting = Posting()
    ) -> SequenceNumber {
        let sequence = nextSequence
        endArrived()
        lastTime = max(now, lastTime.adding(LedgerSpan(nanoseconds: 1)))
        nextSequence = nextSequence.advanced(by: 1)
        forgetWords()
        var totals: [UInt64: Int128] = [:]
        for leg in posting.legs {
            state.sums[leg.account, default: ModelSums()].add(leg)
            let purse = UInt64(leg.account.currency.number) << 1 | UInt64(leg.layer.rawValue)
            totals[purse, default: 0] += Int128(leg.amount)
        }
        if totals.values.contains(where: { $0 != 0 }) { broken.append("\(sequence): \(type) is unbalanced") }
        events.append(
            ModelEvent(
                sequence: sequence, time: lastTime, type: type, merchant: merchant, payment: payment,
                legs: posting.legs))
        return sequence
    }

    /// Writes an event of a payment.
    @discardableResult
    func write(_ type: FactType, of payment: Int, _ posting: Posting = Posting()) -> SequenceNumber {
        state.waiting.insert(payment)
        let about = state.payments[payment]
        return write(type, merchant: about.merchant, payment: about.id, posting)
    }
}

extension LedgerModel {
    /// Every batch, in the order of their opening.
    package var batches: [BatchID] { state.batchList }
}
