/// The id of one thing of a kind: 64 bits, no meaning but the one it is minted with. Zero is "none".
///
/// What comes with traffic (payments, captures, refunds, batches, disputes, exceptions, payouts) is named
/// after the event that created it: shard in the upper 10 bits, sequence in the lower 54. What is
/// configured (merchants, acquirers, bank accounts, operators, API keys) counts up from 1: shard above bit
/// 32, number below. Outside, ids are shown with a prefix and through a keyed permutation, so that they tell
/// nobody's volume.
public struct Identifier<Kind: IdentifierKind>: Hashable, Comparable, Sendable, BitwiseCopyable {
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

/// A kind of thing that has ids.
public protocol IdentifierKind {
    /// Tells kinds apart where ids are enciphered. Never changes, is never used again.
    static var number: UInt8 { get }
    /// Of the printed form: `pay_…`.
    static var prefix: StaticString { get }
    /// Whether its ids are minted from sequences; others count up.
    static var isMinted: Bool { get }
}

/// The kinds of things that have ids. Never made; they only tell ids apart.
public enum Kinds {
    /// Who is paid.
    public enum Merchant: IdentifierKind {
        public static var number: UInt8 { 1 }
        public static var prefix: StaticString { "mer" }
        public static var isMinted: Bool { false }
    }

    /// Who takes the card's money for us.
    public enum Acquirer: IdentifierKind {
        public static var number: UInt8 { 2 }
        public static var prefix: StaticString { "acq" }
        public static var isMinted: Bool { false }
    }

    /// One of our own accounts at a bank.
    public enum BankAccount: IdentifierKind {
        public static var number: UInt8 { 3 }
        public static var prefix: StaticString { "bnk" }
        public static var isMinted: Bool { false }
    }

    /// Who did it.
    public enum Actor: IdentifierKind {
        public static var number: UInt8 { 4 }
        public static var prefix: StaticString { "act" }
        public static var isMinted: Bool { false }
    }

    /// What somebody asks with.
    public enum APIKey: IdentifierKind {
        public static var number: UInt8 { 14 }
        public static var prefix: StaticString { "key" }
        public static var isMinted: Bool { false }
    }

    /// One payment, from request to settlement and beyond.
    public enum Payment: IdentifierKind {
        public static var number: UInt8 { 5 }
        public static var prefix: StaticString { "pay" }
        public static var isMinted: Bool { true }
    }

    /// Money kept for a payment at the cardholder's bank.
    public enum Hold: IdentifierKind {
        public static var number: UInt8 { 6 }
        public static var prefix: StaticString { "hld" }
        public static var isMinted: Bool { true }
    }

    /// One taking of held money.
    public enum Capture: IdentifierKind {
        public static var number: UInt8 { 7 }
        public static var prefix: StaticString { "cap" }
        public static var isMinted: Bool { true }
    }

    /// One giving back.
    public enum Refund: IdentifierKind {
        public static var number: UInt8 { 8 }
        public static var prefix: StaticString { "ref" }
        public static var isMinted: Bool { true }
    }

    /// Captures and refunds that go to an acquirer together.
    public enum Batch: IdentifierKind {
        public static var number: UInt8 { 9 }
        public static var prefix: StaticString { "bat" }
        public static var isMinted: Bool { true }
    }

    /// A cardholder's objection.
    public enum Dispute: IdentifierKind {
        public static var number: UInt8 { 10 }
        public static var prefix: StaticString { "dsp" }
        public static var isMinted: Bool { true }
    }

    /// Something reconciliation could not explain.
    public enum Exception: IdentifierKind {
        public static var number: UInt8 { 11 }
        public static var prefix: StaticString { "exc" }
        public static var isMinted: Bool { true }
    }

    /// Money on its way to a merchant.
    public enum Payout: IdentifierKind {
        public static var number: UInt8 { 12 }
        public static var prefix: StaticString { "pyo" }
        public static var isMinted: Bool { true }
    }

    /// An authorization to be undone at the acquirer.
    public enum Reversal: IdentifierKind {
        public static var number: UInt8 { 13 }
        public static var prefix: StaticString { "rev" }
        public static var isMinted: Bool { true }
    }
}

public typealias MerchantID = Identifier<Kinds.Merchant>
public typealias AcquirerID = Identifier<Kinds.Acquirer>
public typealias BankAccountID = Identifier<Kinds.BankAccount>
public typealias ActorID = Identifier<Kinds.Actor>
public typealias APIKeyID = Identifier<Kinds.APIKey>
public typealias PaymentID = Identifier<Kinds.Payment>
public typealias HoldID = Identifier<Kinds.Hold>
public typealias CaptureID = Identifier<Kinds.Capture>
public typealias RefundID = Identifier<Kinds.Refund>
public typealias BatchID = Identifier<Kinds.Batch>
public typealias DisputeID = Identifier<Kinds.Dispute>
public typealias ExceptionID = Identifier<Kinds.Exception>
public typealias PayoutID = Identifier<Kinds.Payout>
public typealias ReversalID = Identifier<Kinds.Reversal>
