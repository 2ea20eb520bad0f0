/// The id of one thing of a kind: 64 bits, no meaning but the one it is minted with. Zero is "none".
///
/// What comes with traffic (payments, captures, refunds, batches, disputes, exceptions, payouts) is named
/// after the event that created it: shard in the upper 10 bits, sequence in the lower 54. What is
/// configured (merchants, acquirers, bank accounts, operators) counts up from 1: shard above bit 32, number
/// below. Outside, ids are shown with a prefix and through a keyed permutation, so that they tell nobody's
/// volume.
public struct Identifier<Kind>: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// The 64 bits.
    public let raw: UInt64

    /// An id with these bits.
    public init(raw: UInt64) { self.raw = raw }

    /// No thing at all. Sequence 0 is the ledger's own first event, so that nothing has this id.
    public static var none: Self { Self(raw: 0) }
    /// Whether this names nothing.
    public var isNone: Bool { raw == 0 }

    public static func < (left: Self, right: Self) -> Bool { left.raw < right.raw }

    /// The id of what the event at `sequence` created.
    public init(createdBy sequence: SequenceNumber, shard: Shard) {
        raw = UInt64(shard.number) << 54 | sequence.raw
    }

    /// The sequence of the event that created it; for ids minted from one.
    public var createdBy: SequenceNumber { SequenceNumber(raw: raw & SequenceNumber.max.raw) }

    /// The `number`th configured thing of a shard, from 1.
    public init(number: UInt32, shard: Shard) {
        raw = UInt64(shard.number) << 32 | UInt64(number)
    }

    /// The number within its shard; for ids minted by counting.
    public var number: UInt32 { UInt32(truncatingIfNeeded: raw) }
}

/// The kinds of things that have ids. Never made; they only tell ids apart.
public enum Kinds {
    /// Who is paid.
    public enum Merchant {}
    /// Who takes the card's money for us.
    public enum Acquirer {}
    /// One of our own accounts at a bank.
    public enum BankAccount {}
    /// Who did it.
    public enum Actor {}
    /// One payment, from request to settlement and beyond.
    public enum Payment {}
    /// Money kept for a payment at the cardholder's bank.
    public enum Hold {}
    /// One taking of held money.
    public enum Capture {}
    /// One giving back.
    public enum Refund {}
    /// Captures and refunds that go to an acquirer together.
    public enum Batch {}
    /// A cardholder's objection.
    public enum Dispute {}
    /// Something reconciliation could not explain.
    public enum Exception {}
    /// Money on its way to a merchant.
    public enum Payout {}
    /// An authorization to be undone at the acquirer.
    public enum Reversal {}
}

public typealias MerchantID = Identifier<Kinds.Merchant>
public typealias AcquirerID = Identifier<Kinds.Acquirer>
public typealias BankAccountID = Identifier<Kinds.BankAccount>
public typealias ActorID = Identifier<Kinds.Actor>
public typealias PaymentID = Identifier<Kinds.Payment>
public typealias HoldID = Identifier<Kinds.Hold>
public typealias CaptureID = Identifier<Kinds.Capture>
public typealias RefundID = Identifier<Kinds.Refund>
public typealias BatchID = Identifier<Kinds.Batch>
public typealias DisputeID = Identifier<Kinds.Dispute>
public typealias ExceptionID = Identifier<Kinds.Exception>
public typealias PayoutID = Identifier<Kinds.Payout>
public typealias ReversalID = Identifier<Kinds.Reversal>
