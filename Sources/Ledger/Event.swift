/// Something that happened: who, when, why, what, and which money moved.
///
/// The legs are in the event, not recomputed from rules at replay: the ledger entry *is* in the log, and a
/// later change of posting rules can never change history.
public struct Event: Hashable, Sendable, BitwiseCopyable {
    public var head: EventHead
    public var fact: Fact
    public var legs = Legs()

    /// An event without context and legs.
    public init(sequence: SequenceNumber, time: LedgerTime, fact: Fact) {
        head = EventHead(sequence: sequence, time: time)
        self.fact = fact
    }

    /// Its place in the log.
    public var sequence: SequenceNumber { head.sequence }
    /// When, by the log's clock; strictly increasing.
    public var time: LedgerTime { head.time }
    /// Who asked for it, about what, and why.
    public var context: EventContext {
        get { head.context }
        set { head.context = newValue }
    }
}

/// All of an event but its fact and its legs: what those who apply a fact need beside it.
public struct EventHead: Hashable, Sendable, BitwiseCopyable {
    /// Its place in the log.
    public var sequence: SequenceNumber
    /// When, by the log's clock; strictly increasing.
    public var time: LedgerTime
    public var context = EventContext()

    /// A head without context.
    public init(sequence: SequenceNumber, time: LedgerTime) {
        self.sequence = sequence
        self.time = time
    }
}

/// What every event may say beside its fact. Parts that say nothing take no bytes.
public struct EventContext: Hashable, Sendable, BitwiseCopyable {
    /// Whose it is.
    public var merchant: MerchantID = .none
    /// The payment it is about.
    public var payment: PaymentID = .none
    /// The event of the same payment before this one: a chain back to its request.
    public var previous: SequenceNumber = .none
    /// Business time, told from outside; log time if none. Order never depends on it.
    public var effective: LedgerTime = .none
    /// Who asked for it; none for what fell due by itself.
    public var actor: ActorID = .none
    /// The trace it belongs to (W3C trace id).
    public var correlation: Hash128 = .none
    /// The event that made it necessary, if it is not `previous`.
    public var cause: SequenceNumber = .none
    /// The keyed hash of the idempotency key, or of source and source id for a fact from outside.
    public var key: Hash128 = .none
    /// Keyed hash over operation, merchant and canonical request; with a key only.
    public var fingerprint: UInt64 = 0

    /// Nothing said.
    public init() {}
}
