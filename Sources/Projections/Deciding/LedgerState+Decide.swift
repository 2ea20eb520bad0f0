import Invariants
package import Ledger

extension LedgerState {
    /// Does what is asked, as `events` and applied at once, or refuses and changes nothing but
    /// what has fallen due and, if the command has a key, that it was refused.
    ///
    /// - Parameters:
    ///   - time: log time; events are later than any before, by a nanosecond if need be.
    ///   - agedKey: what was found of its key where keys go that left the memory: see `mayBeAged`.
    ///   - agedConflict: the same of the key of a conflict: see `agedConflict(of:)`.
    ///   - events: with room for `eventsMax` events of the operation; what is due may need more, and the
    ///     answer is then `busy` until it is written.
    package mutating func decide(
        _ command: Command, at time: LedgerTime, agedKey: AgedKey? = nil, agedConflict: AgedKey? = nil,
        into events: inout EventBatch
    ) -> Outcome {
        guard beginTurn(at: time) else { return .refused(.timeOutOfRange) }
        let room = command.operation.eventsMax
        guard events.room >= room else { return .refused(.busy) }
        if let refusal = formRefusal(command) ?? merchantRefusal(command) { return .refused(refusal) }
        if let answer = answerByKey(command, agedKey, agedConflict, &events) { return answer }
        if let refusal = momentRefusal(command) { return .refused(refusal) }
        guard writeDue(before: command, leaving: room, &events) else { return .refused(.busy) }
        author = Author(command)
        let start = next
        if let refusal = perform(command, &events) {
            return refuse(command, refusal, &events)
        }
        return outcome(since: start, of: command)
    }

    /// Events that one request may write at most, besides what is due before it. A buffer with room for as
    /// many, and for what falls due of so many commands, takes every request sooner or later.
    package static var requestEventsMax: Int { 2_048 }

    /// Does everything that is asked, or nothing. The commands have no keys; the request may have one.
    ///
    /// One that may write more than `requestEventsMax` events is `requestTooLarge` for ever; one that has no
    /// room at the moment, `busy`.
    package mutating func decideAll(
        _ commands: [Command], key: Hash128, fingerprint: UInt64, at time: LedgerTime,
        agedKey: AgedKey? = nil, into events: inout EventBatch
    ) -> RequestOutcome {
        guard beginTurn(at: time) else { return .refused(.timeOutOfRange, index: 0) }
        let room = commands.reduce(1) { $0 + $1.operation.eventsMax }
        guard room <= Self.requestEventsMax else { return .refused(.requestTooLarge, index: 0) }
        guard events.room >= room else { return .refused(.busy, index: 0) }
        for (index, command) in commands.enumerated() {
            let refusal = fieldRefusal(command) ?? (command.key.isNone ? nil : .malformed)
            if let refusal { return .refused(refusal, index: index) }
        }
        if key.isNone, let index = commands.firstIndex(where: { $0.operation.needsKey }) {
            return .refused(.keyRequired, index: index)
        }
        for (index, command) in commands.enumerated() {
            if let refusal = merchantRefusal(command) { return .refused(refusal, index: index) }
        }
        guard var first = commands.first else { return .refused(.malformed, index: 0) }
        first.key = key
        first.fingerprint = fingerprint
        if !key.isNone, let entry = keys.find(key, agedKey) {
            guard entry.fingerprint == KeyRow.fold(fingerprint) else { return .refused(.keyReused, index: 0) }
            return .exists(entry.sequence, entry.outcome)
        }
        for (index, command) in commands.enumerated() {
            if let refusal = momentRefusal(command) { return .refused(refusal, index: index) }
        }
        for (index, command) in commands.enumerated() {
            guard writeDue(before: command, leaving: room, &events) else {
                return .refused(.busy, index: index)
            }
        }
        return decideTogether(commands, first, &events)
    }

    /// No turn is later: its events follow each other by a nanosecond, and need room before the end of time.
    package static var turnTimeMax: LedgerTime { .max.subtracting(.hours(1)) }

    /// Sets when a turn is: as told, but later than anything before. False, and nothing may be written, at
    /// the end of time: a clock that is so far off must not take log time along.
    mutating func beginTurn(at time: LedgerTime) -> Bool {
        now = max(time, self.time.adding(LedgerSpan(nanoseconds: 1)))
        return now <= Self.turnTimeMax
    }

    private mutating func decideTogether(
        _ commands: [Command], _ first: Command, _ events: inout EventBatch
    ) -> RequestOutcome {
        let mark = Mark(core: core, byteCount: events.byteCount, count: events.count)
        openJournal()
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(commands.count)
        var key = first.key
        for (index, command) in commands.enumerated() {
            author = Author(command)
            // The key goes with the first event of the request, whichever command writes it.
            author.key = key
            author.fingerprint = key.isNone ? 0 : first.fingerprint
            let start = next
            if let refusal = perform(command, &events) {
                undoJournal()
                core = mark.core
                events.truncate(byteCount: mark.byteCount, count: mark.count)
                _ = refuse(first, refusal, index: UInt16(index), isRequest: true, &events)
                return .refused(refusal, index: index)
            }
            if next > start { key = .none }
            outcomes.append(outcome(since: start, of: command))
        }
        commitJournal()
        return .done(outcomes)
    }

    private func outcome(since start: SequenceNumber, of command: Command) -> Outcome {
        if next == start { return .exists(latest(of: command), .done) }
        return .done(first: start, count: Int(next.raw - start.raw))
    }

    /// The newest event of the payment a command is about.
    private func latest(of command: Command) -> SequenceNumber {
        guard let number = payments.find(command.payment.raw) else { return .none }
        return payments[number].latest
    }

    /// What is wrong with a command whatever the state.
    private func formRefusal(_ command: Command) -> RefusalCode? {
        if let refusal = fieldRefusal(command) { return refusal }
        return command.operation.needsKey && command.key.isNone ? .keyRequired : nil
    }

    /// What is wrong with a moment it names.
    private func momentRefusal(_ command: Command) -> RefusalCode? {
        command.request.momentRefusal(at: now, after: time)
    }

    /// What is wrong with its fields.
    private func fieldRefusal(_ command: Command) -> RefusalCode? {
        if let refusal = command.request.formRefusal { return refusal }
        guard command.operation == .postCorrection, case .postCorrection(let correction) = command.request,
            correction.touchesPurse(notOf: command.merchant)
        else { return nil }
        return .malformed
    }

    /// What is wrong with who asks.
    private func merchantRefusal(_ command: Command) -> RefusalCode? {
        if command.operation.isOfLedger { return nil }
        return findMerchant(command.merchant) == nil ? .merchantUnknown : nil
    }

    /// The answer to a command whose key was used before; nil for a new one.
    private mutating func answerByKey(
        _ command: Command, _ agedKey: AgedKey?, _ agedConflict: AgedKey?, _ events: inout EventBatch
    ) -> Outcome? {
        guard !command.key.isNone, let entry = keys.find(command.key, agedKey) else { return nil }
        if entry.fingerprint == KeyRow.fold(command.fingerprint) {
            if case .refused(let code) = entry.outcome { return .refused(code) }
            return .exists(entry.sequence, entry.outcome)
        }
        guard command.operation.isFact else { return .refused(.keyReused) }
        // A key of the conflict's own: told again, it is known.
        author = Author(command)
        author.key = Self.conflict(command.key, command.fingerprint)
        if let known = keys.find(author.key, agedConflict) { return .exists(known.sequence, known.outcome) }
        let start = next
        openConflict(command.request, with: entry.sequence, &events)
        return outcome(since: start, of: command)
    }

    /// The key of the exception that there is one content more under a key.
    static func conflict(_ key: Hash128, _ fingerprint: UInt64) -> Hash128 {
        var hasher = RowHasher(table: .keys)
        hasher.combine(key)
        hasher.combine(fingerprint)
        let sum = hasher.finish()
        return Hash128(low: UInt64(truncatingIfNeeded: sum), high: UInt64(truncatingIfNeeded: sum >> 64))
    }

    /// A refusal that lies in the state is remembered under the key: what a caller sends late must not
    /// succeed after "no". What somebody outside says is told again until it can be heard.
    private mutating func refuse(
        _ command: Command, _ refusal: RefusalCode, index: UInt16 = 0, isRequest: Bool = false,
        _ events: inout EventBatch
    ) -> Outcome {
        let isAskedFor = isRequest || !command.operation.isFact
        if refusal.isLogged && !command.key.isNone && isAskedFor {
            author = Author(command)
            var fact = Refused()
            fact.operation = command.operation
            fact.code = refusal
            fact.index = index
            write(fact, into: &events)
        }
        return .refused(refusal)
    }

    /// What has fallen due of what a command is about, so that it is decided as things are by now. False if
    /// that leaves less room than asked for.
    private mutating func writeDue(
        before command: Command, leaving room: Int, _ events: inout EventBatch
    ) -> Bool {
        if !command.payment.isNone, let number = payments.find(command.payment.raw),
            payments[number].merchantNumber == command.merchant.number
        {
            guard writeDue(of: number, leaving: room, &events) else { return false }
            if command.operation.isAboutOpenBatch {
                guard writeCutoffIfDue(payments[number], leaving: room, &events) else { return false }
            }
        }
        if !command.batch.isNone, let number = batches.find(command.batch.raw),
            batches[number].merchantNumber == command.merchant.number
        {
            guard writeCutoffIfDue(number, leaving: room, &events) else { return false }
        }
        guard command.operation.makesPaidPayment,
            case (let acquirer, let currency)? = command.request.newPaymentPlace,
            findAcquirer(acquirer) != nil
        else { return true }
        return writeCutoffIfDue(command.merchant.number, acquirer.number, currency, leaving: room, &events)
    }
}

extension Operation {
    /// Events it may write, besides what is due before it. A rejected item has every refund of its capture
    /// fail first; a refund may take every capture out of its batch.
    package var eventsMax: Int {
        switch self {
        case .rejectItem: Int(LedgerState.refundCountMax) + 4
        case .refundPayment, .reversePayment: Int(LedgerState.captureCountMax) + 4
        default: 8
        }
    }
}

extension RefusalCode {
    /// Whether it lies in the state: then the same request must be refused for ever.
    var isLogged: Bool { 400..<1_000 ~= rawValue }
}
