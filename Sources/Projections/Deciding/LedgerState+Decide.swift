import Invariants
package import Ledger

extension LedgerState {
    /// Does what is asked, as `events` applied at once, or refuses and changes nothing but what has fallen
    /// due (also before `busy`) and, if the command has a key, that it was refused.
    ///
    /// - Parameters:
    ///   - time: log time; events are later than any before, by a nanosecond if need be.
    ///   - agedKey: what was found of its key where keys go that left the memory: see `mayBeAged`.
    ///   - events: with room for `eventsMax` events of the operation; what is due may need more, and the
    ///     answer is then `busy` until it is written.
    package mutating func decide(
        _ command: Command, at time: LedgerTime, agedKey: AgedKey? = nil,
        into events: inout EventBatch
    ) -> Outcome {
        guard beginTurn(at: time) else { return .refused(.timeOutOfRange) }
        let turn = SingleTurn(head: command.head, agedKey: agedKey)
        return take(command.request, turn, &events)
    }

    /// A command on its own.
    private struct SingleTurn: CommandTurn {
        let head: CommandHead
        let agedKey: AgedKey?

        func take<Body: DecidedRequest>(
            _ body: Body, _ state: inout LedgerState, _ events: inout EventBatch
        ) -> Outcome {
            state.decide(body, head, agedKey, &events)
        }
    }

    private mutating func decide<Body: DecidedRequest>(
        _ body: Body, _ head: CommandHead, _ agedKey: AgedKey?,
        _ events: inout EventBatch
    ) -> Outcome {
        let room = Body.operation.eventsMax
        guard events.room >= room else { return .refused(.busy) }
        if let refusal = body.formRefusal(askedBy: head.merchant) ?? keyRefusal(head) ?? merchantRefusal(head)
        {
            return .refused(refusal)
        }
        if let answer = answerByKey(body, head, agedKey, &events) { return answer }
        if let known = exceptionByKey(body, head) { return .exists(known, .done) }
        if let refusal = body.momentRefusal(at: now, after: time) { return .refused(refusal) }
        guard writeDue(before: head, body.newPaymentPlace, leaving: room, &events) else {
            return .refused(.busy)
        }
        author = Author(head)
        let start = next
        if let refusal = perform(orKeep: body, head, &events) { return refuse(head, refusal, &events) }
        return outcome(since: start, of: head)
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
            let refusal = take(command.request, FormTurn(merchant: command.merchant), &events)
            if let refusal = refusal ?? (command.key.isNone ? nil : .malformed) {
                return .refused(refusal, index: index)
            }
        }
        if key.isNone, let index = commands.firstIndex(where: { $0.operation.needsKey }) {
            return .refused(.keyRequired, index: index)
        }
        for (index, command) in commands.enumerated() {
            if let refusal = merchantRefusal(command.head) { return .refused(refusal, index: index) }
        }
        guard var first = commands.first?.head else { return .refused(.malformed, index: 0) }
        first.key = key
        first.fingerprint = fingerprint
        if !key.isNone, let entry = keys.find(key, agedKey) {
            guard entry.fingerprint == KeyRow.fold(fingerprint) else { return .refused(.keyReused, index: 0) }
            return .exists(entry.sequence, entry.outcome)
        }
        for (index, command) in commands.enumerated() {
            if let refusal = take(command.request, MomentTurn(), &events) {
                return .refused(refusal, index: index)
            }
        }
        for (index, command) in commands.enumerated() {
            guard take(command.request, DueTurn(head: command.head, room: room), &events) else {
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
        pace.beginTurn()
        now = max(time, self.time.adding(LedgerSpan(nanoseconds: 1)))
        return now <= Self.turnTimeMax
    }

    private mutating func decideTogether(
        _ commands: [Command], _ first: CommandHead, _ events: inout EventBatch
    ) -> RequestOutcome {
        let mark = Mark(core: core, byteCount: events.byteCount, count: events.count)
        openJournal()
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(commands.count)
        var key = first.key
        for (index, command) in commands.enumerated() {
            pace.beginTurn()
            author = Author(command.head)
            // The key goes with the first event of the request, whichever command writes it.
            author.key = key
            author.fingerprint = key.isNone ? 0 : first.fingerprint
            let start = next
            if let refusal = take(command.request, PerformTurn(head: command.head), &events) {
                undoJournal()
                core = mark.core
                events.truncate(byteCount: mark.byteCount, count: mark.count)
                _ = refuse(first, refusal, index: UInt16(index), isRequest: true, &events)
                return .refused(refusal, index: index)
            }
            if next > start { key = .none }
            outcomes.append(outcome(since: start, of: command.head))
        }
        commitJournal()
        return .done(outcomes)
    }

    /// The steps of a command in a request: each is taken by all before the next is.
    private struct FormTurn: CommandTurn {
        let merchant: MerchantID

        func take<Body: DecidedRequest>(
            _ body: Body, _ state: inout LedgerState, _ events: inout EventBatch
        ) -> RefusalCode? {
            body.formRefusal(askedBy: merchant)
        }
    }

    private struct MomentTurn: CommandTurn {
        func take<Body: DecidedRequest>(
            _ body: Body, _ state: inout LedgerState, _ events: inout EventBatch
        ) -> RefusalCode? {
            body.momentRefusal(at: state.now, after: state.time)
        }
    }

    private struct DueTurn: CommandTurn {
        let head: CommandHead
        let room: Int

        func take<Body: DecidedRequest>(
            _ body: Body, _ state: inout LedgerState, _ events: inout EventBatch
        ) -> Bool {
            state.writeDue(before: head, body.newPaymentPlace, leaving: room, &events)
        }
    }

    private struct PerformTurn: CommandTurn {
        let head: CommandHead

        func take<Body: DecidedRequest>(
            _ body: Body, _ state: inout LedgerState, _ events: inout EventBatch
        ) -> RefusalCode? {
            state.perform(orKeep: body, head, &events)
        }
    }

    @inline(__always)
    private func outcome(since start: SequenceNumber, of head: CommandHead) -> Outcome {
        if next == start { return .exists(latest(of: head), .done) }
        return .done(first: start, count: Int(next.raw - start.raw))
    }

    /// The newest event of the payment a command is about, if it is the merchant's.
    @inline(__always)
    private func latest(of head: CommandHead) -> SequenceNumber {
        guard let number = payments.find(head.payment.raw),
            payments[number].merchantNumber == head.merchant.number
        else { return .none }
        return payments[number].latest
    }

    /// Whether a key is missing.
    @inline(__always)
    private func keyRefusal(_ head: CommandHead) -> RefusalCode? {
        head.key.isNone && head.operation.needsKey ? .keyRequired : nil
    }

    /// What is wrong with who asks.
    @inline(__always)
    private func merchantRefusal(_ head: CommandHead) -> RefusalCode? {
        if head.merchant.isNone && (head.operation.isOfLedger || head.operation.isOfException) { return nil }
        return findMerchant(head.merchant) == nil ? .merchantUnknown : nil
    }

    /// The answer to a command whose key was used before; nil for a new one.
    private mutating func answerByKey<Body: DecidedRequest>(
        _ body: Body, _ head: CommandHead, _ agedKey: AgedKey?,
        _ events: inout EventBatch
    ) -> Outcome? {
        guard !head.key.isNone, let entry = keys.find(head.key, agedKey) else { return nil }
        if entry.fingerprint == KeyRow.fold(head.fingerprint) {
            if case .refused(let code) = entry.outcome { return .refused(code) }
            return .exists(entry.sequence, entry.outcome)
        }
        guard head.operation.isFact else { return .refused(.keyReused) }
        let told = toldHash(head.key, head.fingerprint)
        if let known = findTold(told) { return .exists(known, .done) }
        author = Author(head)
        (author.key, author.fingerprint) = (.none, 0)
        let start = next
        openConflict(ToldFields(body), about: head.payment, with: entry.sequence, hash: told, &events)
        return outcome(since: start, of: head)
    }

    /// The exception that a fact under a key is known by, whatever fits now: one that set money aside, or
    /// that is about another content than was told under the key first, even if that is forgotten. Of what
    /// needs a key: the rest the state itself tells apart, and a hash for each settled item is too much.
    private func exceptionByKey<Body: DecidedRequest>(
        _ body: Body, _ head: CommandHead
    ) -> SequenceNumber? {
        guard Body.operation.isFact, Body.operation.needsKey, told.count > 0,
            let event = findTold(toldHash(head.key, head.fingerprint)),
            let number = exceptions.find(ExceptionID(createdBy: event, shard: shard).raw)
        else { return nil }
        let row = exceptions[number]
        return row.suspense != 0 || row.kind == .conflictingFact ? event : nil
    }

    /// A refusal that lies in the state is remembered under the key: what a caller sends late must not
    /// succeed after "no". What somebody outside says is told again until it can be heard.
    private mutating func refuse(
        _ head: CommandHead, _ refusal: RefusalCode, index: UInt16 = 0, isRequest: Bool = false,
        _ events: inout EventBatch
    ) -> Outcome {
        let isAskedFor = isRequest || !head.operation.isFact
        if refusal.isLogged && !head.key.isNone && isAskedFor {
            author = Author(head)
            var fact = Refused()
            fact.operation = head.operation
            fact.code = refusal
            fact.index = index
            write(fact, into: &events)
        }
        return .refused(refusal)
    }

    /// What has fallen due of what a command is about, so that it is decided as things are by now. False if
    /// that leaves less room than asked for.
    private mutating func writeDue(
        before head: CommandHead, _ newPaymentPlace: (AcquirerID, Currency)?, leaving room: Int,
        _ events: inout EventBatch
    ) -> Bool {
        if !head.payment.isNone, let number = payments.find(head.payment.raw),
            payments[number].merchantNumber == head.merchant.number
        {
            guard writeDue(of: number, leaving: room, &events) else { return false }
            if head.operation.isAboutOpenBatch {
                guard writeCutoffIfDue(payments[number], leaving: room, &events) else { return false }
            }
        }
        if !head.batch.isNone, let number = batches.find(head.batch.raw),
            batches[number].merchantNumber == head.merchant.number
        {
            guard writeCutoffIfDue(number, leaving: room, &events) else { return false }
        }
        guard case (let acquirer, let currency)? = newPaymentPlace, findAcquirer(acquirer) != nil
        else { return true }
        return writeCutoffIfDue(head.merchant.number, acquirer.number, currency, leaving: room, &events)
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
