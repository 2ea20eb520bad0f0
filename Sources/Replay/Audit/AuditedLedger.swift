import Invariants
import Ledger
import LogStore
import Projections

/// A ledger that is replayed with an auditor beside it: his own books, and a look at what each event touched.
///
///     event ─▶ books: legs, accounts, totals        always
///           └▶ order, digest ─▶ state ─▶ promises   until the first event that contradicts
///
/// Once an event contradicts what came before, the state would be that of no ledger: it is given up, and the
/// books go on.
struct AuditedLedger: ~Copyable, ReplayTarget {
    private(set) var state: LedgerState
    private(set) var books = AuditBooks()
    private(set) var findings: [AuditFinding] = []
    private(set) var findingCount = 0
    private(set) var opening: AuditReport.Opening?
    private(set) var promiseCount: UInt64 = 0
    /// Whether the state is still that of a ledger.
    private(set) var isFollowing = true
    private(set) var next = SequenceNumber(raw: 0)
    /// By merchant, the most that ever was allowed of it beyond an authorization.
    private var overcapture: [MerchantID: Rate] = [:]
    /// What was found of payments, so that each is told once.
    private var told: Set<String> = []

    /// More findings than this are counted and not kept.
    static var findingsMax: Int { 1_000 }

    init(shard: Shard, seed: UInt64) { state = LedgerState(shard: shard, seed: seed) }

    var shard: Shard { state.shard }
    var time: LedgerTime { state.time }
    var digest: StateDigest { state.digest }

    mutating func skip(to sequence: SequenceNumber) {
        next = sequence
        if isFollowing { state.skip(to: sequence) }
    }

    borrowing func lookAhead(_ outlooks: Span<Outlook>, at index: Int) {
        state.lookAhead(outlooks, at: index)
    }

    // MARK: Events

    mutating func replay(_ block: EventBlock, _ progress: inout ReplayProgress) throws(ReplayError) {
        for index in 0..<block.count {
            let event = block[index]
            if isFollowing {
                if event.sequence > state.next { state.skip(to: event.sequence) }
                lookAhead(block.outlooks.span, at: index)
            }
            audit(event, &progress)
            next = event.sequence.advanced(by: 1)
        }
        try finish(block, &progress)
    }

    mutating func replay(_ event: Event) { state.apply(event) }

    private mutating func audit(_ event: Event, _ progress: inout ReplayProgress) {
        let contradictions = books.take(event)
        for what in contradictions { find(.money, event.sequence, what) }
        guard isFollowing, mayFollow(event, &progress) else { return }
        guard contradictions.isEmpty else { return giveUp() }
        InvariantContext.noteReplay(of: event.sequence.raw)
        replay(event)
        note(event)
        checkPromises(event)
    }

    /// Whether an event may come after those before it. A digest that differs does not change the state.
    private mutating func mayFollow(_ event: Event, _ progress: inout ReplayProgress) -> Bool {
        do throws(ReplayError) {
            try check(event, &progress)
            return true
        } catch {
            switch error {
            case .digestDiffers(let said, let found, _):
                find(.digest, event.sequence, "the state before it is \(found), it says \(said)")
                return true
            case .misfit(let what, _): find(.order, event.sequence, what)
            case .log, .undecodable, .attic: find(.order, event.sequence, "\(error)")
            }
            giveUp()
            return false
        }
    }

    private mutating func giveUp() { isFollowing = false }

    /// Remembers what later events are judged by.
    private mutating func note(_ event: Event) {
        switch event.fact.type {
        case .ledgerOpened:
            guard case .ledgerOpened(let fact) = event.fact else { return }
            opening = .init(sequence: event.sequence.raw, time: event.time, isTest: fact.isTest)
        case .merchantOpened, .merchantChanged:
            let merchant = event.context.merchant
            let now = state.overcapture(of: merchant)
            overcapture[merchant] = max(overcapture[merchant] ?? .zero, now)
        default: return
        }
    }

    private mutating func checkPromises(_ event: Event) {
        let payment = event.context.payment
        // What somebody outside says may be of a payment that nobody knows.
        guard !payment.isNone, state.payments.find(payment.raw) != nil else { return }
        promiseCount += 1
        let allowed = overcapture[event.context.merchant]
        let broken = state.brokenPromises(of: payment, overcapture: allowed)
        for what in broken where told.insert(what).inserted { find(.promise, event.sequence, what) }
    }

    /// Looks at everything once more, whatever the last events were about.
    mutating func close() {
        guard isFollowing else { return }
        for what in state.brokenPromises(overcapture: overcapture) where !told.contains(what) {
            find(.promise, nil, what)
        }
        for what in books.differences(from: state) { find(.books, nil, what) }
    }

    private mutating func find(_ kind: AuditFinding.Kind, _ sequence: SequenceNumber?, _ what: String) {
        findingCount += 1
        guard findings.count < Self.findingsMax else { return }
        findings.append(AuditFinding(kind: kind, sequence: sequence?.raw, file: nil, what: what))
    }
}
