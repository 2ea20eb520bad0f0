/// One thing asked of the ledger.
public struct Command: Hashable, Sendable, BitwiseCopyable {
    public var head: CommandHead
    /// What is asked for.
    public private(set) var request: Request

    /// A command without context.
    public init(_ request: Request) {
        head = CommandHead(request)
        self.request = request
    }
}

extension Command {
    /// Says where what it captures or refunds goes if no batch is open.
    public mutating func place(_ place: BatchPlace) { request.place(place) }
}

/// All of a command but its request: who asks for what kind of thing, about what, under which key.
public struct CommandHead: Hashable, Sendable, BitwiseCopyable {
    /// Whose ledger it is about; none for the ledger's own affairs.
    public var merchant: MerchantID = .none
    /// Who asks.
    public var actor: ActorID = .none
    /// The trace it belongs to (W3C trace id).
    public var correlation: Hash128 = .none
    /// Business time, told from outside; log time if none.
    public var effective: LedgerTime = .none
    /// The keyed hash of the idempotency key; of source and source id for a fact from outside. Required for
    /// everything that moves money.
    public var key: Hash128 = .none
    /// Keyed hash over operation, merchant and canonical request.
    public var fingerprint: UInt64 = 0
    /// The request's number, and the payment and the batch it names, if any: read off once, since every look
    /// into a request copies it.
    public let operation: Operation
    public let payment: PaymentID
    public let batch: BatchID

    fileprivate init(_ request: Request) {
        operation = request.operation
        payment = request.payment
        batch = request.batch
    }
}

// Its head, spelled short.
extension Command {
    public var merchant: MerchantID {
        get { head.merchant }
        set { head.merchant = newValue }
    }
    public var actor: ActorID {
        get { head.actor }
        set { head.actor = newValue }
    }
    public var correlation: Hash128 {
        get { head.correlation }
        set { head.correlation = newValue }
    }
    public var effective: LedgerTime {
        get { head.effective }
        set { head.effective = newValue }
    }
    public var key: Hash128 {
        get { head.key }
        set { head.key = newValue }
    }
    public var fingerprint: UInt64 {
        get { head.fingerprint }
        set { head.fingerprint = newValue }
    }
    public var operation: Operation { head.operation }
    public var payment: PaymentID { head.payment }
    public var batch: BatchID { head.batch }
}

/// The fields of one kind of command. Imperative; numbers are as the caller gave them, so that the ledger,
/// and nobody before it, says what is wrong with them.
public protocol CommandBody: Fielded {
    /// Its kind.
    static var operation: Operation { get }
}
