/// The place of an event in its shard's log: 0-based, dense, the Merkle leaf index too.
public struct SequenceNumber: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// At most `max`.
    public let raw: UInt64

    /// The place with this number.
    public init(raw: UInt64) { self.raw = raw }

    /// Below 2^54, so that an id has room for the shard: at a million events a second, 570 years.
    public static var max: Self { Self(raw: (1 << 54) - 1) }
    /// No event. Sequence 0, the ledger's opening, is nobody's cause or predecessor.
    public static var none: Self { Self(raw: 0) }
    /// Whether this is no event.
    public var isNone: Bool { raw == 0 }

    public static func < (left: Self, right: Self) -> Bool { left.raw < right.raw }

    /// The place `count` further on.
    public func advanced(by count: Int) -> Self { Self(raw: raw + UInt64(count)) }
}

/// One of the independent logs a ledger may be spread over; the first is 0.
public struct Shard: Hashable, Sendable, BitwiseCopyable {
    /// Below 1024.
    public let number: UInt16

    /// The shard with this number.
    public init(number: UInt16) { self.number = number }
}
