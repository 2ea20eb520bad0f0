package import Ledger
package import LogStore
internal import Projections
internal import Protocol
package import Replay

/// Decides what came in, in its order, one turn at a time, and hands events and answers on.
///
///     Inbox ─▶ gather 64 commands ─▶ look ahead, decide, apply ─▶ one group of events ─▶ LogStore
///                                          └─▶ answers ─▶ ReplyQueue, until the log is durable
///
/// Owns the state; called by one thread at a time. Nothing in it reads a clock, waits or allocates per
/// command; the simulation calls the same code.
package struct Sequencer<P: Platform, Index: EventIndex, Calendar: BusinessCalendar>: ~Copyable {
    package internal(set) var ledger: BoundedLedger<P>
    let log: LogStore<P, Index>
    let inbox: Inbox
    var events: EventBatch
    var arena: InboxArena
    /// Of the arena: those before it are done.
    var nextEntry = 0
    var intake: CommandIntake<Calendar>
    var draft = ReplyDraft()
    var queries: QueryExecutor
    /// When the group being gathered is decided.
    var now = LedgerTime.none
    /// What has been counted since the beginning.
    package internal(set) var counts = SequencerCounts()
    /// Of `counts.refused` and `counts.rateLimited`, by code.
    package internal(set) var refusals = RefusalCounts()

    /// Bytes of events at which a group is handed on: large enough to share a lock, small enough for a cache.
    let groupBytes: Int
    private static var groupBytesWanted: Int { 256 << 10 }
    /// A request that is all or nothing, what is due before it, and a group that was not full.
    package static var groupEventsMax: Int {
        LedgerState.requestEventsMax + LedgerState.commandsDueMax + LedgerState.tickEventsMax
            + groupBytesWanted / EventBatch.eventBytesMax + 1
    }
    /// The longest group there can be: a frame of the log must take it.
    package static var groupBytesMax: Int { groupEventsMax * EventBatch.eventBytesMax }
    /// Commands that are decoded before the first of them is decided.
    static var gatheredMax: Int { 64 }

    /// - Parameters:
    ///   - ledger: as the log has it, to its very end.
    ///   - opening: the ledger's first event.
    ///   - groupEventsMax: fewer where frames are small; requests that may write more are `busy` then.
    package init(
        _ ledger: consuming BoundedLedger<P>, log: LogStore<P, Index>, opening: LedgerOpened, inbox: Inbox,
        calendar: Calendar, groupEventsMax: Int = groupEventsMax
    ) {
        self.ledger = ledger
        self.log = log
        self.inbox = inbox
        intake = CommandIntake(
            cipher: IDCipher(key: opening.idCipherKey), secret: opening.keySecret, calendar: calendar)
        events = EventBatch(capacity: groupEventsMax)
        groupBytes = min(Self.groupBytesWanted, groupEventsMax * EventBatch.eventBytesMax / 4)
        arena = inbox.makeArena()
        queries = QueryExecutor(ledger: opening.ledger)
    }

    /// Decides what has come in since the last turn.
    ///
    /// - Parameters:
    ///   - time: log time, not before any turn's.
    ///   - replies: gets the answers, for when the log is durable.
    /// - Throws: what ends the server. Nothing that was not acknowledged may be believed then.
    package mutating func turn(
        at time: LedgerTime, replies: inout ReplyQueue
    ) throws(SequencerError) -> TurnEnd {
        begin(at: time)
        if let wait = try handOn() { return .logIsBusy(milliseconds: wait) }
        try writeOwnActs(time)
        var isMoreDue = false
        do { isMoreDue = try ledger.tick(at: now, into: &events) } catch { throw .attic(error) }
        if let wait = try work(time, replies) { return .logIsBusy(milliseconds: wait) }
        do { try ledger.trim() } catch { throw .attic(error) }
        replies.add(&draft, end: ledger.state.next.raw)
        if replies.isFull { return .repliesWait }
        return isMoreDue ? .isMoreDue : .idle
    }

    /// Works off what has come in, and hands its events on.
    ///
    /// - Returns: milliseconds after which to go on, if the log has no room now.
    private mutating func work(
        _ time: LedgerTime, _ replies: borrowing ReplyQueue
    ) throws(SequencerError) -> Int? {
        if nextEntry == arena.count, intake.isEmpty, !replies.isFull {
            arena.removeAll()
            nextEntry = 0
            _ = inbox.take(&arena)
        }
        while nextEntry < arena.count || !intake.isEmpty {
            if events.byteCount >= groupBytes, let wait = try handOn() { return wait }
            begin(at: time)
            if !intake.isEmpty {
                if let wait = try decideGathered(time) { return wait }
            } else if let wait = try takeNext() {
                return wait
            }
        }
        return try handOn()
    }

    /// Sets when the next command is decided: later than the log's last event, and with all that may be
    /// written with it in one month.
    mutating func begin(at time: LedgerTime) {
        if events.count > 0 { return }
        let first = max(log.position.lastTime, ledger.state.time.nanoseconds) + 1
        now = max(time, LedgerTime(nanoseconds: first))
        let end = LedgerTime(nanoseconds: Month(containing: now.nanoseconds).end)
        if end.nanoseconds - now.nanoseconds < Self.monthMargin { now = end }
    }

    /// A group lies in one month, and its events follow each other by a nanosecond. Whoever comes in the last
    /// millisecond of a month is of the next.
    private static var monthMargin: UInt64 { 1_000_000 }

    /// Gives the events there are to the log, as one group.
    ///
    /// - Returns: milliseconds after which to try again, if it has no room now: nothing that is applied is
    ///   dropped.
    mutating func handOn() throws(SequencerError) -> Int? {
        if events.count == 0 { return nil }
        do throws(LogStoreError) {
            let sequences = try log.append(EncodedGroup(events.bytes))
            invariant(
                sequences.upperBound == ledger.state.next.raw,
                "the log ends at \(sequences.upperBound), the state at \(ledger.state.next.raw)")
            counts.events &+= UInt64(events.count)
            events.removeAll()
            return nil
        } catch {
            switch error {
            case .busy(_, let milliseconds): return milliseconds
            // Sealing gives room back, and so do people.
            case .storageFull: return 1_000
            default: throw .log(error)
            }
        }
    }

    /// Whether the log has got every event there is.
    var isHandedOn: Bool { events.count == 0 }

    /// Lets the log write what it has to say itself; between two groups, for it takes sequences.
    private mutating func writeOwnActs(_ time: LedgerTime) throws(SequencerError) {
        guard log.hasOwnActs else { return }
        do throws(LogStoreError) { try log.appendOwnActs(time: now.nanoseconds) } catch {
            switch error {
            case .busy, .storageFull: break
            default: throw .log(error)
            }
        }
        ledger.state.skip(to: SequenceNumber(raw: log.position.nextSequence))
        begin(at: time)
    }

    /// Takes the next request of the arena.
    private mutating func takeNext() throws(SequencerError) -> Int? {
        switch arena.request(nextEntry).kind {
        case .commands:
            guard CommandsRequest.isAtomic(arena.body(nextEntry)) else { return try takeCommands() }
            return try takeAtomic()
        case .query: try answerQuery(nextEntry)
        case .findKey: findKey(arena.request(nextEntry))
        }
        nextEntry += 1
        return nil
    }

    private mutating func findKey(_ request: InboxRequest) {
        let key = ledger.state.apiKey(publicID: request.correlation)
        draft.addKey(
            ReplyTurn.FoundKey(
                connection: request.connection, key: key.flatMap { $0.isUsable(at: now) ? $0 : nil },
                position: ledger.state.next))
    }

    /// Who asks with a key now; nil if it is not good any more.
    borrowing func asker(_ key: APIKeyID) -> Asker? {
        guard let view = ledger.state.apiKey(key), view.isUsable(at: now) else { return nil }
        return Asker(key: key, scopes: view.scopes, merchant: view.merchant, actor: view.actor)
    }
}

/// How a turn ended.
package enum TurnEnd: Equatable, Sendable {
    /// All that had come in is decided.
    case idle
    /// So is it, and more falls due: another turn is wanted soon.
    case isMoreDue
    /// The log has no room; another turn is wanted after so long, or when more is durable.
    case logIsBusy(milliseconds: Int)
    /// Answers wait for the log; another turn is wanted when more is durable.
    case repliesWait
}

/// What a sequencer has done since its beginning.
package struct SequencerCounts: Equatable, Sendable {
    /// Events that were handed to the log.
    package internal(set) var events: UInt64 = 0
    /// Commands by what became of them.
    package internal(set) var done: UInt64 = 0
    package internal(set) var existed: UInt64 = 0
    package internal(set) var refused: UInt64 = 0
    package internal(set) var rateLimited: UInt64 = 0
}
